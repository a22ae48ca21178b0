-- A list of payees that one decision pays: what was read of it so far, and what was refused. A chunk of rows, the payments it
-- makes and this checkpoint are one transaction, so that a killed import goes on at `bytes`.
create table payments.roster (
  id uuid primary key,
  programme text not null references payments.programme,
  name text not null,
  decision text not null,
  decision_hash text not null,
  -- The payees' accounts were confirmed by their banks before: they need not wait as new ones do.
  owners_checked boolean not null,
  imported_by text not null,
  state text not null check (state in ('reading', 'read', 'stopped')),
  stopped_for text,
  size bigint,
  -- The names of its columns, or `jsonl`; from its first line.
  head text,
  -- Whole rows taken, their bytes, and the SHA-256 of these bytes: another file under the same name is noticed.
  bytes bigint not null default 0,
  sha256 text not null default 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  -- Lines of the file, its head and empty ones included; rows are those with content.
  lines bigint not null default 0,
  rows bigint not null default 0,
  accepted bigint not null default 0,
  refused bigint not null default 0,
  total bigint not null default 0,
  started_at timestamptz not null,
  -- The run that reads now began here: its pace and the time that is left are counted from this.
  resumed_at timestamptz not null,
  resumed_rows bigint not null default 0,
  resumed_bytes bigint not null default 0,
  updated_at timestamptz not null,
  check (rows = accepted + refused),
  check ((state = 'stopped') = (stopped_for is not null)),
  unique (programme, decision_hash, name)
);
create table payments.roster_refusal (
  roster uuid not null references payments.roster,
  -- The line of the file, as an editor counts.
  line bigint not null,
  code text not null,
  -- As far as it could be read; no names, no accounts.
  reference text,
  primary key (roster, line)
);
create trigger append_only before update or delete or truncate on payments.roster_refusal
  for each statement execute function payments.append_only();
