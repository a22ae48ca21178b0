-- What stands until it changes, by topic: the digest in the newest entry about it.
create table ledger.standing (
  log smallint not null,
  topic text not null,
  dig text not null,
  primary key (log, topic)
);
