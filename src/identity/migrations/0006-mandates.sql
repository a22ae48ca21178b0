-- Powers that people give each other here. Who is to act is kept as a keyed hash of their number until they accept, so
-- that nobody learns from this table, or from giving a mandate, whom the site knows.
create table identity.mandate (
  id uuid primary key,
  kind text not null check (kind in ('attorney', 'employee', 'intermediary')),
  principal_id uuid not null references identity.person,
  given_by uuid not null references identity.person,
  representative_index bytea not null,
  representative_name text not null,
  representative_id uuid references identity.person,
  scopes text[] not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null,
  -- In force only until then, unless the giver says again that it stands.
  confirm_by timestamptz,
  status text not null check (status in ('proposed', 'active', 'declined', 'suspended', 'revoked')),
  signature text not null,
  proposed_at timestamptz not null,
  check (valid_from < valid_to),
  check ((status in ('active', 'suspended')) <= (representative_id is not null and confirm_by is not null))
);
create index mandate_principal on identity.mandate (principal_id, proposed_at desc);
create index mandate_giver on identity.mandate (given_by, proposed_at desc);
create index mandate_representative on identity.mandate (representative_index, proposed_at desc);

-- Every step of a mandate, so that who could act on any past day can be told. Rows are never changed.
create table identity.mandate_step (
  id uuid primary key,
  -- The order in which they happened; two may bear one instant.
  position bigint generated always as identity,
  mandate_id uuid not null references identity.mandate,
  what text not null check (what in ('given', 'accepted', 'declined', 'suspended', 'resumed', 'confirmed', 'revoked', 'resigned')),
  by_person uuid not null references identity.person,
  at timestamptz not null
);
create index mandate_step_mandate on identity.mandate_step (mandate_id, at);

-- For whom somebody acted, from when until when, and what confirmed it: a register's answer or a mandate above.
create table identity.acting (
  id uuid primary key,
  session_id uuid not null,
  representative_id uuid not null references identity.person,
  principal_id uuid not null references identity.person,
  kind text not null,
  mandate_id uuid references identity.mandate,
  source jsonb not null,
  scopes text[] not null,
  valid_to timestamptz not null,
  from_at timestamptz not null,
  until_at timestamptz
);
create index acting_principal on identity.acting (principal_id, from_at desc);
create index acting_session on identity.acting (session_id) where until_at is null;

-- The kinds of events grow with the module; the code names them.
alter table identity.auth_event drop constraint if exists auth_event_what_check;
