-- Every set of policies that ever decided here, whole, so that an old decision can be read beside the text that made it.
create table identity.policy_set (
  version text primary key,
  schema text not null,
  rules jsonb not null,
  first_used_at timestamptz not null
);

-- What was asked and decided. The request names persons by this module's ids; no names, no national numbers.
create table identity.decision (
  id uuid primary key,
  at timestamptz not null,
  person_id uuid not null,
  action text not null,
  resource_type text not null,
  resource_id text not null,
  request jsonb not null,
  allowed boolean not null,
  reason text,
  policies text[] not null,
  version text not null references identity.policy_set
);
create index decision_person on identity.decision (person_id, at desc);
create index decision_resource on identity.decision (resource_type, resource_id, at desc);
create index decision_time on identity.decision (at);
