create schema if not exists ledger;

-- One row per log: the tree as it is integrated. This row is the fence: who changes the tree holds it.
create table ledger.tree (
  log smallint generated always as identity primary key,
  origin text not null unique,
  size bigint not null default 0,
  root bytea not null check (octet_length(root) = 32),
  published bigint,                -- size of the newest signed head
  witnessed bigint,                -- size of the newest head with a quorum of cosignatures
  frozen text                      -- why this log signs nothing more
);

-- Entries whose order is not fixed yet. Durable with the transaction that wrote them.
create table ledger.staged (
  id bigint generated always as identity primary key,
  log smallint not null,
  entry bytea not null check (octet_length(entry) between 1 and 65535),
  idem text,
  staged_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0.01);
create index staged_by_log on ledger.staged (log, id);
create unique index staged_idem on ledger.staged (log, idem) where idem is not null;

-- Where each staged entry went.
create table ledger.placed (
  log smallint not null,
  staged_id bigint not null,
  idx bigint not null,
  idem text,
  primary key (log, staged_id)
);
create unique index placed_idem on ledger.placed (log, idem) where idem is not null;

-- The files of the log, by their C2SP path. Immutable.
create table ledger.resource (
  log smallint not null,
  path text collate "C" not null,
  body bytea not null,
  primary key (log, path)
);
alter table ledger.resource alter column body set storage external;

-- Every tree head ever signed, and who cosigned it.
create table ledger.head (
  log smallint not null,
  size bigint not null,
  root bytea not null,
  note text not null,
  signed_at timestamptz not null,
  primary key (log, size)
);
create table ledger.cosig (
  log smallint not null,
  size bigint not null,
  witness text not null,
  line text not null,
  at bigint not null,              -- POSIX seconds the witness stated
  primary key (log, size, witness)
);

-- The witness role, in a database of its own: the last head of each log it follows, and proofs of misconduct.
create table ledger.witness_head (
  origin text primary key,
  size bigint not null,
  root bytea not null,
  note text not null,              -- text and verified log signatures only
  cosigned_at bigint not null      -- POSIX seconds; never goes backwards
);
create table ledger.witness_evidence (
  id bigint generated always as identity primary key,
  origin text not null,
  reason text not null,
  note text not null,
  recorded_note text not null,
  at timestamptz not null,
  unique (origin, note)
);
