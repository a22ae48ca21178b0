-- What a gateway answered about a person's whole list in its log: positions and the proof that none was left out.
alter table consent.usage_read add column list json;
