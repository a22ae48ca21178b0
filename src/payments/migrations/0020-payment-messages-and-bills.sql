-- Messages of G2P Connect's mapper and what they came to, sealed: whom they name is nobody's to read here.
create table payments.api_message (
  id uuid primary key,
  client text not null,
  action text not null,
  transaction text not null,
  correlation text not null,
  sealed bytea not null,
  outcome bytea,
  callback text,
  at timestamptz not null,
  answered_at timestamptz,
  check ((outcome is null) = (answered_at is null))
);
create index api_message_open on payments.api_message (at) where answered_at is null;
create index api_message_transaction on payments.api_message (client, transaction);

-- Bills that agencies present over the payments API, and what payers' institutions say about them.
create table payments.api_bill (
  id uuid primary key,
  institution text not null,
  number text not null,
  biller text not null,
  biller_name text not null,
  amount bigint not null check (amount > 0),
  amount_late bigint not null check (amount_late >= amount),
  due_on date not null,
  presented_by text not null,
  presented_at timestamptz not null,
  -- Whose payment was accepted: one, for ever.
  paid_by text,
  paid_reference text,
  paid_amount bigint,
  paid_at timestamptz,
  unique (number),
  check ((paid_by is null) = (paid_at is null) and (paid_by is null) = (paid_amount is null))
);
create table payments.api_pay_request (
  id text primary key,
  bill uuid not null references payments.api_bill,
  asked_by text not null,
  request text not null,
  alias_index bytea,
  callback text,
  state text not null check (state in ('PND', 'COM', 'EXP', 'CAN', 'RJC')),
  at timestamptz not null,
  expires_at timestamptz not null,
  unique (asked_by, request)
);
