-- What one gateway keeps: the last good configuration, rights on its services, and evidence of every exchange.
create table exchange.accepted_configuration (
  instance text primary key,
  version bigint not null,
  document text not null,
  content text not null,
  accepted_at timestamptz not null
);

create table exchange.access_right (
  id uuid primary key,
  version int not null,
  provider text not null,
  service_code text not null,
  subject text not null,
  method text not null,
  path_glob text not null,
  purposes text[] not null,
  legal_bases text[] not null,
  consent text not null check (consent in ('none', 'required')),
  fields text[],
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  state text not null check (state in ('active', 'suspended', 'revoked')),
  changed_at timestamptz not null
);
create index access_right_service on exchange.access_right (provider, service_code);

-- One row per side per exchange. `draft` is the record as far as it is known; `record` is final and never changes.
-- Salts live here and nowhere else: without them the log's commitments say nothing.
create table exchange.evidence (
  record_id uuid primary key,
  server_code text not null,
  side text not null check (side in ('consumer', 'provider')),
  exchange_id text not null,
  -- false for a provider's record of a message whose sender was not proven: such a message must not take an id away
  authentic boolean not null,
  opened_at timestamptz not null,
  done_at timestamptz,
  client text not null,
  service text not null,
  draft json not null,
  salts json not null,
  subject_key bytea,
  outcome text,
  record text,
  log_entry bigint
);
create unique index evidence_exchange on exchange.evidence (server_code, side, exchange_id) where authentic;
create index evidence_open on exchange.evidence (server_code) where done_at is null;
create index evidence_subject on exchange.evidence (subject_key, record_id desc) where subject_key is not null;
