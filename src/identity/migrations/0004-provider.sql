-- Relying parties. One purpose each; a second purpose is a second row.
create table identity.oidc_client (
  id text primary key,
  environment text not null check (environment in ('sandbox', 'production')),
  profile text not null check (profile in ('fapi', 'plain')),
  status text not null check (status in ('active', 'asked', 'refused', 'deleted')),
  manager_id uuid not null references identity.person, -- who registered it and looks after it
  owner text not null, -- the organisation; people are known to it under one name
  metadata jsonb not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  expires_at timestamptz
);
-- One server answers for an audience.
create unique index oidc_client_audience on identity.oidc_client ((metadata->'resource'->>'audience'), environment)
  where status = 'active' and metadata->'resource' is not null;
create index oidc_client_manager on identity.oidc_client (manager_id);

create table identity.oidc_client_decision (
  client_id text not null references identity.oidc_client,
  officer_id uuid not null references identity.person,
  approved boolean not null,
  at timestamptz not null,
  primary key (client_id, officer_id)
);

-- What went wrong in a client's requests, for the client's own managers. Nothing of a person stands in it.
create table identity.oidc_failure (
  id uuid primary key,
  client_id text not null references identity.oidc_client,
  endpoint text not null,
  error text not null,
  detail text not null,
  checks jsonb not null,
  at timestamptz not null
);
create index oidc_failure_client on identity.oidc_failure (client_id, at desc);

-- The provider's artifacts. `id` is the SHA-256 of what was handed out: a reader of the database gets no live token.
create table identity.oidc (
  model text not null,
  id bytea not null,
  payload jsonb not null,
  grant_id bytea,
  uid text,
  -- The portal's session on which the provider's one stands and with which it ends.
  session_id uuid references identity.session on delete cascade,
  expires_at timestamptz,
  consumed_at timestamptz,
  primary key (model, id)
);
create index oidc_grant_of on identity.oidc (grant_id) where grant_id is not null;
create unique index oidc_session_uid on identity.oidc (uid) where model = 'Session';
create index oidc_session_of on identity.oidc (session_id) where session_id is not null;
create index oidc_expiry on identity.oidc (expires_at);

-- What a person allowed a client, and for whom: one per person, client and party.
create table identity.oidc_grant (
  id bytea primary key,
  person_id uuid not null references identity.person,
  client_id text not null references identity.oidc_client,
  scopes text[] not null,
  party_id uuid references identity.person,
  party jsonb,
  mandate text, -- kind/representative/principal: an ended mandate finds its grants by it
  acr text not null,
  at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  check ((party is null) = (party_id is null))
);
create index oidc_grant_person on identity.oidc_grant (person_id);
create index oidc_grant_party on identity.oidc_grant (party_id) where party_id is not null;
create index oidc_grant_client on identity.oidc_grant (client_id);
create index oidc_grant_mandate on identity.oidc_grant (mandate) where mandate is not null;

-- Sign-outs that clients have still to hear of.
create table identity.oidc_logout (
  id uuid primary key,
  client_id text not null references identity.oidc_client,
  person_id uuid not null references identity.person,
  sid text not null,
  tries integer not null default 0,
  next_at timestamptz not null
);
create index oidc_logout_next on identity.oidc_logout (next_at);
