-- What was entered into the log about an office or a mandate, with the salts that open the entry's commitments. Deleting a
-- row unlinks its entry for ever.
create table identity.logged_act (
  staged bigint primary key,
  kind text not null,
  person_id uuid not null references identity.person,
  opening jsonb not null
);
create index logged_act_person on identity.logged_act (person_id);
