-- Until when a person has been told what happened to the keys that open their account.
create table identity.notice_seen (
  person_id uuid primary key references identity.person,
  at timestamptz not null
);
create index auth_event_keys on identity.auth_event (person_id, at) where what = 'passkey';
