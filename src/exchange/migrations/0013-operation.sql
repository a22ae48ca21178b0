-- Operational monitoring: one row per gateway and call for a week, sums per minute for five weeks, sums for ever.
create table exchange.operational_record (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  record jsonb not null
);
create index operational_record_at on exchange.operational_record (at);

-- buckets[i] counts calls whose duration is at most the i-th bound (src/exchange/operation/durations.ts); the last has no bound.
create table exchange.traffic_minute (
  minute timestamptz not null,
  side text not null,
  client text not null,
  service text not null,
  succeeded boolean not null,
  calls bigint not null,
  buckets bigint[] not null,
  milliseconds double precision not null,
  request_bytes bigint not null,
  response_bytes bigint not null,
  primary key (minute, side, client, service, succeeded)
);

create table exchange.traffic_total (
  side text not null,
  client text not null,
  service text not null,
  status text not null,
  calls bigint not null,
  buckets bigint[] not null,
  milliseconds double precision not null,
  request_bytes bigint not null,
  response_bytes bigint not null,
  primary key (side, client, service, status)
);
