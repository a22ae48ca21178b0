-- Where events lie in a message broker: what a subscriber that pulls has in hand, so that any process can acknowledge it.
create table exchange.event_lent (
  subscription_id uuid not null references exchange.event_subscription (id) on delete cascade,
  event_id uuid not null,
  reply text not null,
  event json not null,
  attempt int not null,
  until timestamptz not null,
  done boolean not null default false,
  primary key (subscription_id, event_id)
);
