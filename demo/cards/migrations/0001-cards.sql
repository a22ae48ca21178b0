create schema if not exists cards;

-- One row is one plastic card with its chip: the private keys are in it and nowhere else.
create table cards.card (
  id text primary key,
  holder text not null,
  hint text not null,
  in_reader boolean not null default true,
  authentication_key text not null,
  authentication_certificate bytea not null,
  signature_key text not null,
  signature_certificate bytea not null,
  pin1_salt bytea not null,
  pin1_hash bytea not null,
  pin1_tries int not null default 3 check (pin1_tries between 0 and 3),
  pin2_salt bytea not null,
  pin2_hash bytea not null,
  pin2_tries int not null default 3 check (pin2_tries between 0 and 3),
  made_at timestamptz not null default now()
);

-- What the card authority issued and took back.
create table cards.certificate (
  serial text primary key,
  card_id text not null references cards.card,
  revoked_at timestamptz
);
