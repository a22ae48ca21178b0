-- The network that an agency's request to join came from, while it waits: one network may have only a few.
alter table exchange.membership_request add column caller text;
