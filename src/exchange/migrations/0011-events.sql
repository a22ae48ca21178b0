-- Events of rooms: a room is a subsystem of this gateway, numbered by one sequence each.
create table exchange.event_room (
  room text primary key,
  last_sequence bigint not null default 0
);

create table exchange.event_type (
  room text not null,
  event_type text not null,
  schema json not null,
  made_at timestamptz not null,
  primary key (room, event_type)
);

-- `failing` counts failed attempts in a row: a subscriber that fails gets one call at a time.
create table exchange.event_subscription (
  id uuid primary key,
  room text not null,
  event_type text not null,
  subscriber text not null,
  delivery text not null check (delivery in ('PUSH', 'PULL')),
  ttl_seconds int not null,
  fifo boolean not null,
  service text not null,
  path text not null,
  attempts int,
  made_at timestamptz not null,
  failing int not null default 0,
  unique (room, event_type, subscriber),
  foreign key (room, event_type) references exchange.event_type (room, event_type) on delete cascade
);

create table exchange.event (
  room text not null,
  sequence bigint not null,
  id uuid not null unique,
  event_type text not null,
  publisher text not null,
  event_key text,
  payload text not null,
  purpose text,
  legal_basis text,
  idempotency text,
  digest text not null,
  published_at timestamptz not null,
  primary key (room, sequence)
);
create unique index event_idempotency on exchange.event (room, publisher, idempotency) where idempotency is not null;
create index event_age on exchange.event (published_at);

-- One row for each event and subscriber. Rows of one `lane` go one after the other: `blocked` waits for an earlier one.
-- `hold` names the attempt under way; what no longer holds it changes nothing.
create table exchange.event_delivery (
  subscription_id uuid not null references exchange.event_subscription (id) on delete cascade,
  room text not null,
  sequence bigint not null,
  lane text,
  state text not null check (state in ('ready', 'blocked', 'held', 'done', 'dead', 'discarded', 'cancelled')),
  next_at timestamptz not null,
  expires_at timestamptz not null,
  hold uuid,
  held_until timestamptz,
  attempts int not null default 0,
  outcome text,
  changed_at timestamptz not null,
  primary key (subscription_id, sequence),
  foreign key (room, sequence) references exchange.event (room, sequence) on delete cascade
);
create index event_delivery_event on exchange.event_delivery (room, sequence);
create index event_delivery_ready on exchange.event_delivery (subscription_id, next_at, sequence) where state = 'ready';
create index event_delivery_held on exchange.event_delivery (subscription_id, held_until) where state = 'held';
create index event_delivery_lane on exchange.event_delivery (subscription_id, lane, sequence)
  where state in ('ready', 'blocked', 'held');
create index event_delivery_expiry on exchange.event_delivery (expires_at) where state in ('ready', 'blocked');
create index event_delivery_dead on exchange.event_delivery (room, sequence) where state = 'dead';

create table exchange.event_attempt (
  subscription_id uuid not null,
  sequence bigint not null,
  attempt int not null,
  at timestamptz not null,
  message_id text not null,
  outcome text not null,
  primary key (subscription_id, sequence, attempt, message_id),
  foreign key (subscription_id, sequence) references exchange.event_delivery (subscription_id, sequence) on delete cascade
);
