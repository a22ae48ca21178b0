-- Several gateways and several processes of a member share one database.
-- An exchange is recorded once by each side, whichever of the member's gateways took it: a call that is sent again to
-- another gateway after a failure is found to be a repeated one.
create unique index evidence_exchange_once on exchange.evidence (side, exchange_id) where authentic;
drop index exchange.evidence_exchange;

-- Which process opened a record. Its life is an advisory lock on the number; a record whose process is dead and that is
-- still open was never answered. Null: opened before there were numbers.
create sequence exchange.process_number;
alter table exchange.evidence add column process bigint;
drop index exchange.evidence_open;
create index evidence_open on exchange.evidence (process) where done_at is null;
