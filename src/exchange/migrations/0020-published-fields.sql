-- The fields that a service's answers have by its description; null while nothing says.
alter table exchange.published_service add column fields jsonb;
