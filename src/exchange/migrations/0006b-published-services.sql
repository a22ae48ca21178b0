-- What a gateway publishes, as rights need to know it: written at its start, read by whoever asks about rights beside it.
create table exchange.published_service (
  gateway text not null,
  path text not null,
  endpoints jsonb not null,
  purpose_required boolean not null,
  consent text not null,
  primary key (gateway, path)
);
-- To find a group's members at an earlier instant.
create index local_group_change_client on exchange.local_group_change (owner, client);
