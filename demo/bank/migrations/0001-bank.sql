create schema if not exists bank;

-- A file as it was handed in. The receipt is the bank's promise; the same file again gets the same receipt.
create table bank.file (
  message_id text primary key,
  receipt text not null unique,
  name text not null,
  sha256 text not null,
  xml text not null,
  lines int not null,
  total bigint not null,
  received_at timestamptz not null
);

-- Reports for the customer, in the order they were written; visible from `visible_at` on.
create table bank.report (
  n bigint generated always as identity primary key,
  name text not null unique,
  xml text not null,
  message_id text not null references bank.file,
  visible_at timestamptz not null
);

-- Knocks at a door that stays shut at first (message ids ending in -DOWN).
create table bank.knock (
  message_id text primary key,
  times int not null
);
