create schema services;

-- The append-only log of each case: no update, no delete.
create table services.case_event (
  case_id uuid not null,
  seq int not null,
  id uuid not null unique,
  type text not null,
  at timestamptz not null,
  actor jsonb not null,
  input jsonb not null,
  hash text not null,
  prev_hash text not null,
  idempotency_key text not null,
  primary key (case_id, seq),
  unique (case_id, idempotency_key)
);

-- What queues and lists ask for; rebuilt from the events at any time.
create table services.case (
  id uuid primary key,
  service text not null,
  agency text not null,
  definition_hash text not null,
  definition jsonb not null,
  phase text not null,
  status text not null,
  number text unique,
  principal uuid not null,
  applicant uuid not null,
  submitted_at timestamptz,
  due_at timestamptz,
  -- names and the item asked for, for lists
  summary jsonb not null,
  updated_at timestamptz not null,
  seq int not null
);
create unique index one_draft on services.case (service, principal, applicant) where status = 'draft';
create index by_applicant on services.case (applicant, updated_at desc);
create index by_principal on services.case (principal, updated_at desc);
create index by_queue on services.case (agency, phase, due_at) where status <> 'draft';

create table services.number (
  prefix text primary key,
  last int not null
);

-- Where a step of a case stands in the log, and the salt that opens its commitments. Deleting the row unlinks the entry.
create table services.case_proof (
  case_id uuid not null,
  seq int not null,
  staged bigint not null,
  salt bytea not null,
  primary key (case_id, seq)
);
