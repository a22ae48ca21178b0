create schema consent;

-- A record is never changed; a withdrawal is a new version that replaces it.
create table consent.record (
  id uuid not null,
  version int not null,
  person uuid not null,
  given_by uuid not null,
  case_id uuid,
  agreement text not null,
  agreement_hash text not null,
  purpose text not null,
  basis text not null,
  state text not null check (state in ('given', 'withdrawn')),
  expires_at timestamptz not null,
  document jsonb not null,
  signature text not null,
  digest bytea not null,
  salt bytea not null,
  at timestamptz not null,
  primary key (id, version)
);
create index by_person on consent.record (person, at desc);

-- Our copy of what the providers' gateways say about readings of a person's data; theirs is the original.
create table consent.usage (
  gateway text not null,
  id text not null,
  person uuid not null,
  at timestamptz not null,
  record jsonb not null,
  receipt jsonb,
  primary key (gateway, id)
);
create index usage_by_person on consent.usage (person, at desc);

create table consent.usage_read (
  person uuid not null,
  gateway text not null,
  cursor text,
  at timestamptz not null,
  fault text,
  primary key (person, gateway)
);
