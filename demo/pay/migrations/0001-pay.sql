create schema if not exists pay;
create table pay.charge (
  id text primary key,
  token text not null unique,
  reference text not null unique,
  amount bigint not null check (amount > 0),
  currency text not null,
  description jsonb not null,
  return_url text not null,
  expires_at timestamptz not null,
  made_at timestamptz not null,
  method text,
  ending text,
  refund text check (refund in ('pending', 'done', 'refused')),
  refunded_at timestamptz,
  refund_asked int not null default 0,
  asked int not null default 0
);
-- What becomes of a charge when: the state of a moment is its latest step until then.
create table pay.step (
  n bigint generated always as identity primary key,
  charge text not null references pay.charge,
  at timestamptz not null,
  state text not null,
  taken bigint,
  reason text
);
create index step_charge on pay.step (charge, at);
create table pay.webhook (
  id text primary key,
  charge text not null references pay.charge,
  due_at timestamptz not null,
  body text not null,
  tries int not null default 0,
  delivered_at timestamptz
);
create index webhook_due on pay.webhook (due_at) where delivered_at is null and tries < 6;
