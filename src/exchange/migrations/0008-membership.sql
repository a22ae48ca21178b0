-- Membership: who asks for what, who decided it, and the ways in and out.
alter table exchange.member
  -- what the authority's file said when it was last applied: what a request changed later is not undone by a restart
  add column declared text,
  add column left_at timestamptz;

alter table exchange.invitation
  add column id uuid unique,
  add column expires_at timestamptz,
  add column made_by text,
  add column withdrawn_at timestamptz,
  add column used_by text;

alter table exchange.registered_gateway
  add column retired_at timestamptz;

-- What a gateway has said, so that nobody can say it again for it. Older than ten minutes is refused by its time.
create table exchange.heard_statement (
  digest bytea primary key,
  at timestamptz not null
);

create table exchange.membership_request (
  id uuid primary key,
  kind text not null,
  member text not null,
  -- empty where the asking gateway is not enrolled
  gateway text,
  keyid text not null,
  content jsonb not null,
  digest text not null,
  jws text not null,
  asked_at timestamptz not null,
  state text not null check (state in ('pending', 'approved', 'rejected', 'withdrawn')),
  decided_by text,
  decided_at timestamptz,
  reason text,
  -- a right asked of another member: when that member's gateway took it
  delivered_at timestamptz,
  -- an approved key that may enrol one gateway: when it did
  used_at timestamptz
);
create index membership_request_pending on exchange.membership_request (asked_at) where state = 'pending';

create table exchange.member_group (
  code text primary key,
  folded text not null unique,
  name jsonb not null,
  members jsonb not null
);

create table exchange.authority_root (
  version int primary key,
  document text not null,
  installed_at timestamptz not null
);

-- At a gateway: what it asked for and how that stands.
create table exchange.sent_request (
  id uuid primary key,
  kind text not null,
  content jsonb not null,
  asked_by text not null,
  asked_at timestamptz not null,
  state text not null,
  decided_at timestamptz,
  reason text
);

-- At a gateway: configurations that contradict one it holds.
create table exchange.configuration_conflict (
  instance text not null,
  version bigint not null,
  accepted text not null,
  other text not null,
  seen_at timestamptz not null,
  primary key (instance, version, other)
);
