-- Which way of signing in a challenge belongs to, and what that way keeps until the answer comes (sealed: it may hold a number).
alter table identity.challenge add column authenticator text not null default 'web-eid', add column state bytea;
alter table identity.challenge alter column authenticator drop default;

-- A country adds kinds of its own.
alter table identity.credential drop constraint if exists credential_kind_check;
alter table identity.credential add constraint credential_kind_form check (kind ~ '^[a-z][a-z0-9-]*$');

-- By which way it was tried, and the hash of the issuer's answer about the certificate.
alter table identity.auth_event add column if not exists method text, add column evidence_hash bytea;

-- Failed tries to bind a card that names no number to a person.
create table identity.binding_try (
  fingerprint bytea not null,
  at timestamptz not null
);
create index binding_try_fingerprint on identity.binding_try (fingerprint, at);
