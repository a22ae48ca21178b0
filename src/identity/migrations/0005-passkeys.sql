-- A passkey is a credential too, with no issuer and no end of its own.
alter table identity.credential alter column issuer_fingerprint drop not null, alter column serial drop not null,
  alter column not_after drop not null;

-- When a card was last known to be good, and the certificate by which its issuer is asked again (sealed: it bears the number).
alter table identity.credential add column good_at timestamptz, add column certificate_enc bytea;
update identity.credential set good_at = bound_at;
create index credential_person on identity.credential (person_id);

create table identity.passkey (
  credential_id uuid primary key references identity.credential,
  person_id uuid not null references identity.person,
  web_id bytea not null unique, -- WebAuthn's credential id
  public_key bytea not null, -- COSE
  counter bigint not null,
  transports text[] not null,
  synced boolean not null, -- may live on several devices
  name text not null,
  card_id uuid not null references identity.credential, -- the card that was shown when it was bound
  bound_at timestamptz not null,
  used_at timestamptz,
  suspended_at timestamptz, -- its counter went back: somebody may have a copy
  removed_at timestamptz
);
create index passkey_person on identity.passkey (person_id, bound_at);

-- One open attempt per holder (a browser that signs in, a session that binds): beginning again replaces it.
create table identity.passkey_challenge (
  holder bytea primary key,
  challenge text not null,
  next text not null,
  expires_at timestamptz not null
);
create index passkey_challenge_expiry on identity.passkey_challenge (expires_at);

-- What was sent when a stronger proof was needed first, sealed, until the person sends it again.
create table identity.kept_form (
  id uuid primary key,
  person_id uuid not null references identity.person,
  sealed bytea not null,
  expires_at timestamptz not null
);
create index kept_form_expiry on identity.kept_form (expires_at);

-- The kinds of events grow with the module; the code names them.
alter table identity.auth_event drop constraint if exists auth_event_what_check;
