-- The weeks of the desk's picture and the list of movements read transfers by time.
create index transfer_at on payments.transfer using brin (at);
create index transfer_programme on payments.transfer (programme, id);
-- A case's payments, whatever decision they rest on.
create index if not exists entitlement_case on payments.entitlement (case_ref);
-- An act with money that takes a second person: who asked for it, on what it stands, and what became of it.
create table payments.asked_act (
  id uuid primary key,
  act text not null,
  -- An instruction, a line in suspense, an incident, a recovery.
  subject text not null,
  -- How many events whoever asked had seen of an instruction: one more, and the act is stale.
  seq int,
  detail jsonb not null,
  asked_by text not null,
  asked_at timestamptz not null,
  decided_by text check (decided_by <> asked_by or outcome = 'declined'),
  decided_at timestamptz,
  outcome text check (outcome in ('done', 'declined')),
  check ((decided_by is null) = (outcome is null) and (decided_at is null) = (outcome is null))
);
create unique index asked_act_open on payments.asked_act (subject) where outcome is null;
