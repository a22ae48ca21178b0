-- What a customer finds: reports (pain.002) and notifications (camt.054). What was confirmed is not offered again.
alter table bank.report alter column message_id drop not null;
alter table bank.report add column fetched_at timestamptz;
create index report_open on bank.report (n) where fetched_at is null;
create index report_file on bank.report (message_id, n);

-- A payment carried out: the same EndToEndId is never carried out twice.
create table bank.paid (
  end_to_end_id text primary key,
  message_id text not null
);
-- The bank's own references, one for each line of an account.
create sequence bank.reference;

-- How far the bank's clock is ahead of the real one. One row.
create table bank.clock (
  one boolean primary key default true check (one),
  ahead_ms bigint not null
);
insert into bank.clock (ahead_ms) values (0);
