-- The digest of what an issued configuration says: the log has an entry where it changed and none where it did not.
alter table exchange.issued_configuration add column content text;
