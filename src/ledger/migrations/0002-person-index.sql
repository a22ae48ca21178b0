-- Whom entries are about, for the index that proves a person's list complete. Secret: nothing of it is published.
create table ledger.person (
  log smallint not null,
  lookup bytea not null check (octet_length(lookup) = 32),   -- keyed hash of the identifier
  topic text not null,
  label bytea not null check (octet_length(label) = 32),
  key bytea not null check (octet_length(key) = 32),         -- without it the person's entries cannot be told apart
  primary key (log, lookup, topic),
  unique (log, label)
);

alter table ledger.staged add column label bytea;

-- Where the entries about a person stand.
create table ledger.position (
  log smallint not null,
  label bytea not null,
  idx bigint not null,
  primary key (log, label, idx)
);
create index position_by_idx on ledger.position (log, idx);

-- The index: a binary tree over the bits of the labels. Only what the served version and the next one need.
create table ledger.map_node (
  log smallint not null,
  depth smallint not null,
  prefix bytea not null,           -- the first `depth` bits, the others zero
  version bigint not null,
  hash bytea not null check (octet_length(hash) = 32),
  label bytea,                     -- of a leaf
  value bytea,
  primary key (log, depth, prefix, version)
);

-- Every root of the index, and the log's own entry that says so.
create table ledger.map_root (
  log smallint not null,
  version bigint not null,
  upto bigint not null,            -- entries before this one are covered
  root bytea not null check (octet_length(root) = 32),
  staged bigint not null,
  primary key (log, version)
);
