-- The caller's message id, by which kept messages are asked for (SHA-256, as ids may be longer than an index takes), and the
-- other member's seal over the half that it sent: asked for once somebody wants it, gone with the message.
alter table exchange.kept_message
  add column message_key bytea,
  add column peer_seal bytea,
  add column seal_wanted_at timestamptz;
update exchange.kept_message
  set message_key = sha256(convert_to(coalesce((evidence.record::json) ->> 'messageId', ''), 'UTF8'))
  from exchange.evidence where evidence.record_id = kept_message.record_id;
create index kept_message_key on exchange.kept_message (message_key);
create index kept_message_wanted on exchange.kept_message (seal_wanted_at) where seal_wanted_at is not null;
