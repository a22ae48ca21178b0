-- The authority's register. Gateways have these tables too, empty: one schema per module.
create schema if not exists exchange;

create table exchange.member (
  path text primary key,
  folded text not null unique,
  name jsonb not null,
  subsystems jsonb not null
);

-- Only the digest of an invitation is kept.
create table exchange.invitation (
  token_sha256 bytea primary key,
  member text not null references exchange.member (path),
  made_at timestamptz not null,
  used_at timestamptz
);

create table exchange.registered_gateway (
  path text primary key,
  member text not null references exchange.member (path),
  address text not null,
  clients jsonb not null,
  certificates jsonb not null,
  signing_keys jsonb not null,
  logs jsonb not null
);

create table exchange.revoked_key (
  keyid text primary key,
  at timestamptz not null,
  reason text not null
);

create table exchange.issued_configuration (
  version bigint primary key,
  document text not null,
  issued timestamptz not null
);
