-- From which entry on the index of persons is whole, and with which key it makes labels: another one would give every
-- person a second, empty list.
alter table ledger.tree add column person_vrf bytea;
alter table ledger.tree add column listed_from bigint not null default 0;
-- Drawn with the key, so that an entry begun before somebody was forgotten does not go onto the list they have afterwards.
alter table ledger.person add column generation bytea not null default '\x';
-- The proof of the label; it never changes and costs milliseconds.
alter table ledger.person add column proof bytea;
