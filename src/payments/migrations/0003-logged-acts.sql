-- What was entered into the log about an act, with the salts that open the entry's commitments. Deleting a row unlinks its
-- entry for ever. `subject` is an instruction or a file.
create table payments.logged_act (
  staged bigint primary key,
  kind text not null,
  subject text not null,
  opening jsonb not null
);
create index logged_act_subject on payments.logged_act (subject);
