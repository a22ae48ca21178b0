-- Messages that a service's policy keeps for evidence: header part, signature base and, if wanted, body, sealed with a key
-- of the keys folder (AES-256-GCM). They are personal data: gone at `kept_until`, and when their person is forgotten.
create table exchange.kept_message (
  record_id uuid not null,
  half text not null check (half in ('request', 'response')),
  kept_until timestamptz not null,
  sealed bytea not null,
  primary key (record_id, half)
);
create index kept_message_until on exchange.kept_message (kept_until);
