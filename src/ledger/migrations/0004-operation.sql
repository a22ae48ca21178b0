-- The newest cosignature of a witness, without reading all it ever gave.
create index cosig_by_witness on ledger.cosig (log, witness, size desc);

-- Entries dropped as second copies of another one, whose place is not known again yet: after a recovery.
create table ledger.alias (
  log smallint not null,
  staged_id bigint not null,
  same_as bigint not null,           -- the staged id whose place counts
  primary key (log, staged_id)
);
