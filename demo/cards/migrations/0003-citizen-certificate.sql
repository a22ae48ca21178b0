-- The same chip's certificate in the form that Taiwan's components work with.
alter table cards.card add column citizen_certificate bytea;
