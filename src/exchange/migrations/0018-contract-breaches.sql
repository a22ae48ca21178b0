-- How many calls of each service broke its description, for ever; `mode` is what was done about it.
create table exchange.contract_breach_total (
  service text not null,
  mode text not null check (mode in ('report', 'enforce')),
  calls bigint not null,
  primary key (service, mode)
);
