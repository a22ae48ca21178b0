-- What a right may ask beside purposes: statutes that stand in for the consent, hours of the day, gateways of the caller.
alter table exchange.access_right
  add column consent_unless text[],
  add column time_window jsonb,
  add column source_gateways text[];
