-- Who administers a gateway or the authority, and what they did. Links and sessions are kept as digests only.
create table exchange.operator (
  name text primary key,
  made_at timestamptz not null,
  removed_at timestamptz
);

create table exchange.operator_link (
  token_sha256 bytea primary key,
  operator text not null references exchange.operator (name),
  expires_at timestamptz not null
);

create table exchange.operator_session (
  token_sha256 bytea primary key,
  operator text not null references exchange.operator (name),
  csrf text not null,
  opened_at timestamptz not null,
  seen_at timestamptz not null
);

create table exchange.administrative_act (
  id uuid primary key,
  at timestamptz not null,
  by text not null,
  act text not null,
  about text not null,
  detail jsonb
);
create index administrative_act_about on exchange.administrative_act (about, id desc);
