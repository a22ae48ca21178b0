-- Every change of a right as it was written into the log: the record and the salt open the entry's commitment.
create table exchange.right_change (
  right_id uuid not null references exchange.access_right (id),
  version int not null,
  at timestamptz not null,
  change text not null,
  record text not null,
  salt text not null,
  log_entry bigint not null,
  primary key (right_id, version)
);
