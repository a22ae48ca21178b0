-- An approved client may be stopped before its year is over.
alter table identity.oidc_client drop constraint oidc_client_status_check;
alter table identity.oidc_client add constraint oidc_client_status_check
  check (status in ('active', 'asked', 'refused', 'stopped', 'deleted'));

-- What officers did with a client, and why. Rows are never changed, but for the second look at a stop.
create table identity.oidc_client_act (
  id uuid primary key,
  client_id text not null references identity.oidc_client,
  what text not null check (what in ('approved', 'refused', 'renewal-refused', 'stopped')),
  reason text not null,
  officer_id uuid not null references identity.person,
  at timestamptz not null,
  seen_by uuid references identity.person,
  seen_at timestamptz
);
create index oidc_client_act_client on identity.oidc_client_act (client_id, at desc);

-- Failed requests that name a client and that nothing proves to be its own: counted, the last one told.
create table identity.oidc_failure_count (
  client_id text not null references identity.oidc_client,
  endpoint text not null,
  error text not null,
  times bigint not null,
  detail text not null,
  checks jsonb not null,
  at timestamptz not null,
  primary key (client_id, endpoint, error)
);

-- Portal sessions that ended, in whatever way, while relying parties had something of them.
create table identity.oidc_ended (
  session_id uuid primary key references identity.session on delete cascade,
  person_id uuid not null references identity.person
);
create function identity.tell_clients_of_end() returns trigger language plpgsql as $$
begin
  insert into identity.oidc_ended (session_id, person_id) select new.id, new.person_id
    where exists (select from identity.oidc where session_id = new.id and model = 'Session')
    on conflict do nothing;
  return null;
end $$;
create trigger session_ended after update of ended_at on identity.session
  for each row when (old.ended_at is null and new.ended_at is not null) execute function identity.tell_clients_of_end();
