-- Configurations that were in force while exchanges were recorded: who exports evidence later shows the one that registered the
-- keys of its time. A re-issue changes number, times and signatures only, so what it shares with others is kept once.
create table exchange.configuration_frame (
  digest bytea primary key,
  frame text not null
);
create table exchange.configuration_version (
  instance text not null,
  version bigint not null,
  frame bytea not null references exchange.configuration_frame (digest),
  -- what the frame lacks: version, times, signatures
  issue json not null,
  accepted_at timestamptz not null,
  superseded_at timestamptz,
  primary key (instance, version)
);
create index configuration_version_frame on exchange.configuration_version (frame);
create index configuration_version_accepted on exchange.configuration_version (instance, accepted_at);
