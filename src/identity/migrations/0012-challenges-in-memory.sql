-- A challenge lives for minutes and is used once. Kept out of the write-ahead log it costs no flush to disk; after a crash both
-- tables are empty, so that an attempt under way begins again and a used challenge never comes back.
alter table identity.challenge set unlogged;
alter table identity.passkey_challenge set unlogged;
