create schema if not exists identity;

-- The national number is here twice and nowhere else: encrypted to be sent, as a keyed hash to be found.
create table identity.person (
  id uuid primary key,
  national_id_enc bytea not null,
  national_id_bidx bytea not null unique,
  name text not null,
  birth_date date,
  status text not null default 'active' check (status in ('active', 'deceased', 'merged', 'blocked')),
  created_at timestamptz not null,
  verified_at timestamptz
);

create table identity.officer (
  person_id uuid primary key references identity.person,
  agency text not null,
  roles text[] not null,
  appointed_at timestamptz not null,
  valid_to timestamptz
);

create table identity.credential (
  id uuid primary key,
  person_id uuid not null references identity.person,
  kind text not null check (kind in ('webeid')),
  fingerprint bytea not null,
  issuer_fingerprint bytea not null,
  serial text not null,
  not_after timestamptz not null,
  bound_at timestamptz not null,
  unique (kind, fingerprint)
);

create table identity.auth_event (
  id uuid primary key,
  person_id uuid references identity.person,
  principal_id uuid references identity.person,
  credential_id uuid references identity.credential,
  what text not null check (what in ('sign-in', 'party', 'signature', 'sign-out')),
  acr text,
  ok boolean not null,
  reason text,
  address text,
  agent_hash bytea,
  at timestamptz not null
);
create index auth_event_person on identity.auth_event (person_id, at desc);
create index auth_event_principal on identity.auth_event (principal_id, at desc) where principal_id is not null;

-- One open challenge per browser: beginning again replaces it.
create table identity.challenge (
  browser_hash bytea primary key,
  challenge text not null,
  next text not null,
  expires_at timestamptz not null
);
create index challenge_expiry on identity.challenge (expires_at);

create table identity.session (
  id uuid primary key,
  token_hash bytea not null unique,
  person_id uuid not null references identity.person,
  credential_id uuid not null references identity.credential,
  acr text not null,
  amr text[] not null,
  csrf text not null,
  signing_certificate_enc bytea, -- it bears the number, so it is sealed
  acting_person_id uuid references identity.person,
  acting jsonb,
  agent_hash bytea,
  auth_time timestamptz not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  check ((acting is null) = (acting_person_id is null))
);
create index session_person on identity.session (person_id, created_at desc);
create index session_expiry on identity.session (expires_at);

create table identity.signature_request (
  id uuid primary key,
  session_id uuid not null references identity.session on delete cascade,
  sealed bytea not null,
  expires_at timestamptz not null
);
create index signature_request_expiry on identity.signature_request (expires_at);

-- The highest revocation list number seen per issuing authority: an older list never comes back.
create table identity.list_number (
  issuer_fingerprint bytea primary key,
  number numeric not null
);
