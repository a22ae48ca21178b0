-- Agencies' staff. A person may hold offices at several agencies. Until an invitation is accepted its office is nobody's:
-- the number is kept as a keyed hash, and sealed for the one way of accepting that needs it; both go when it is accepted.
create table identity.office (
  id uuid primary key,
  agency text not null,
  person_id uuid references identity.person,
  name text not null, -- as the manager wrote it
  invited_index bytea,
  invited_number bytea,
  code_hash bytea unique,
  invited_until timestamptz,
  teams text[] not null default '{}',
  created_at timestamptz not null,
  ended_at timestamptz
);
create unique index office_person on identity.office (person_id, agency) where ended_at is null;
create index office_agency on identity.office (agency) where ended_at is null;
create index office_invited on identity.office (invited_index) where person_id is null and ended_at is null;
create index office_of_person on identity.office (person_id);

-- The roles of an office as they stand: held until, and what waits for a second manager.
create table identity.office_role (
  office_id uuid not null references identity.office,
  role text not null,
  held_until timestamptz,
  reviewed_at timestamptz,
  asked_until timestamptz,
  asked_by uuid references identity.person,
  asked_at timestamptz,
  told_suspended boolean not null default false,
  primary key (office_id, role),
  check ((held_until is null) = (reviewed_at is null)),
  check ((asked_at is null) = (asked_until is null) and (asked_at is null) = (asked_by is null)),
  check (held_until is not null or asked_at is not null)
);

-- When which role was in force. `until_at` is known from the beginning (the role's end, or the day by which it must have been
-- reviewed), so nothing has to happen for a role to run out. Rows are closed, never deleted.
create table identity.office_term (
  id uuid primary key,
  office_id uuid not null references identity.office,
  role text not null,
  from_at timestamptz not null,
  until_at timestamptz not null,
  check (from_at <= until_at)
);
create index office_term_office on identity.office_term (office_id, until_at);

-- Every step, by whom. Rows are never changed. Nobody did what time or the site's operator did.
create table identity.office_step (
  id uuid primary key,
  position bigint generated always as identity,
  office_id uuid not null references identity.office,
  role text,
  what text not null,
  by_person uuid references identity.person,
  at timestamptz not null
);
create index office_step_office on identity.office_step (office_id, position);

create table identity.office_team (
  agency text not null,
  name text not null,
  services text[] not null,
  primary key (agency, name)
);

-- Whose an account at an agency's own identity provider is. The subject is kept as a hash.
create table identity.office_login (
  issuer text not null,
  subject_hash bytea not null,
  office_id uuid not null references identity.office,
  bound_at timestamptz not null,
  primary key (issuer, subject_hash)
);
create index office_login_office on identity.office_login (office_id);

-- One open sign-in at a provider per browser.
create table identity.office_attempt (
  browser_hash bytea primary key,
  sealed bytea not null,
  expires_at timestamptz not null
);

-- On duty for which office. One opened at an agency's own provider is good for that office alone, and without the roles that
-- the provider did not confirm.
alter table identity.session
  add column office_id uuid references identity.office,
  add column office_only boolean not null default false,
  add column withheld_roles text[] not null default '{}',
  add constraint session_office_only check (not office_only or office_id is not null);

insert into identity.office (id, agency, person_id, name, created_at, ended_at)
  select gen_random_uuid(), o.agency, o.person_id, p.name, o.appointed_at, case when o.valid_to <= now() then o.valid_to end
  from identity.officer o join identity.person p on p.id = o.person_id;
insert into identity.office_role (office_id, role, held_until, reviewed_at)
  select f.id, r, coalesce(o.valid_to, now() + interval '366 days'), now()
  from identity.officer o join identity.office f on f.person_id = o.person_id and f.ended_at is null, unnest(o.roles) r
  on conflict do nothing;
insert into identity.office_term (id, office_id, role, from_at, until_at)
  select gen_random_uuid(), r.office_id, r.role, f.created_at, least(r.held_until, r.reviewed_at + interval '120 days')
  from identity.office_role r join identity.office f on f.id = r.office_id;
drop table identity.officer;
