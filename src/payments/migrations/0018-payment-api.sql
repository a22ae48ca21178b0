-- What other systems ask of payments over the payments API (GovStack, G2P Connect). Identity numbers, accounts and names of
-- payees are sealed (AES-256-GCM) and found by keyed hashes: these tables name no person to whoever reads the database.

-- Tokens that were used, until they would have run out anyway.
create table payments.api_token (
  client text not null,
  jti text not null,
  expires timestamptz not null,
  primary key (client, jti)
);
create index api_token_expires on payments.api_token (expires);

-- A call that was carried out, by the caller's own number for it: repeated, it is answered in the same words.
create table payments.api_call (
  client text not null,
  operation text not null,
  key text not null,
  body_sha256 bytea not null,
  answer jsonb,
  at timestamptz not null,
  primary key (client, operation, key)
);

-- Where a payee wants money: one address for each payee and registering institution.
create table payments.api_link (
  id uuid primary key,
  institution text not null,
  payee_index bytea not null,
  sealed bytea not null,
  modality text not null check (modality in ('00', '01', '02', '03', '04')),
  verdict text not null,
  active boolean not null default true,
  changed_at timestamptz not null,
  unique (institution, payee_index)
);
create table payments.api_link_event (
  link uuid not null references payments.api_link,
  seq int not null,
  event text not null check (event in ('linked', 'updated', 'unlinked')),
  client text not null,
  request text not null,
  modality text not null,
  verdict text not null,
  address_index bytea not null,
  at timestamptz not null,
  primary key (link, seq)
);
create trigger append_only before update or delete or truncate on payments.api_link_event
  for each statement execute function payments.append_only();

-- Changes of the mapper that were asked for, worked off one by one since each asks a bank.
create table payments.api_wish (
  client text not null,
  request text not null,
  n int not null,
  kind text not null check (kind in ('link', 'update')),
  institution text not null,
  sealed bytea not null,
  outcome text check (outcome in ('done', 'failed')),
  reason text,
  primary key (client, request, n)
);
create index api_wish_open on payments.api_wish (client, request) where outcome is null;
create table payments.api_wish_list (
  client text not null,
  request text not null,
  form text not null,
  callback text,
  correlation text,
  at timestamptz not null,
  finished_at timestamptz,
  primary key (client, request)
);
create index api_wish_list_open on payments.api_wish_list (at) where finished_at is null;

-- A batch that a client proposed. Nothing of it is paid before somebody else released it.
create table payments.api_batch (
  id uuid primary key,
  client text not null,
  number text not null,
  request text not null,
  form text not null,
  programme text not null references payments.programme,
  lines int not null check (lines > 0),
  total numeric(38) not null check (total > 0),
  content_sha256 text not null,
  callback text,
  correlation text,
  state text not null check (state in ('received', 'proposed', 'releasing', 'released', 'refused')),
  released_by text,
  -- How the source asked for the release and where it wants to hear of it.
  release_callback text,
  release_correlation text,
  -- Nothing more will change, and the source was told so.
  finished_at timestamptz,
  at timestamptz not null,
  unique (client, number),
  check ((state in ('releasing', 'released')) = (released_by is not null))
);
create index api_batch_open on payments.api_batch (at) where finished_at is null;
create table payments.api_batch_line (
  batch uuid not null references payments.api_batch,
  n int not null,
  client text not null,
  reference text not null,
  amount bigint not null check (amount > 0),
  sealed bytea not null,
  payee_index bytea not null,
  state text not null default 'waiting' check (state in ('waiting', 'granted', 'failed')),
  entitlement uuid references payments.entitlement,
  reason text,
  primary key (batch, n),
  check ((state = 'granted') = (entitlement is not null)),
  check ((state = 'failed') = (reason is not null))
);
-- An instruction is paid once, in whatever batch it comes again; one that failed its checks may be mended and sent anew.
create unique index api_batch_line_once on payments.api_batch_line (client, reference) where state <> 'failed';
create index api_batch_line_open on payments.api_batch_line (batch, n) where state = 'waiting';
create index api_batch_line_payee on payments.api_batch_line (client, payee_index);

-- What has to be told to a client at the address it named. Written with what it tells, sent until it is taken.
create table payments.api_callback (
  id uuid primary key,
  client text not null,
  url text not null,
  method text not null,
  body text not null,
  made_at timestamptz not null,
  attempts int not null default 0,
  next_at timestamptz not null,
  taken_at timestamptz,
  given_up_at timestamptz,
  last_fault text
);
create index api_callback_open on payments.api_callback (next_at) where taken_at is null and given_up_at is null;
