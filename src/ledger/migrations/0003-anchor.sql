-- What outsiders stated about a tree head: a time stamp, a place on a chain. Raw, as they answered.
create table ledger.anchor (
  log smallint not null,
  size bigint not null,
  name text collate "C" not null,  -- of the anchor, as the operator calls it
  root bytea not null,
  at timestamptz not null,         -- the time it states
  suffix text not null,            -- of the file, says the format
  body bytea not null,
  primary key (log, size, name)
);
create index anchor_by_time on ledger.anchor (log, at);
