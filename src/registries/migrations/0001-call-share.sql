create schema registries;

-- What is left of a client's calls at a register, for all processes of a gateway. Each takes some at a time.
create table registries.call_share (
  register text not null,
  client text not null,
  tokens double precision not null,
  taken int not null,
  filled_at timestamptz not null,
  primary key (register, client)
);
