-- Every question to a bank whether an account belongs to a person. Counted, so that the check is no oracle of names.
create table payments.owner_check (
  id uuid primary key,
  person text not null,
  institution text not null,
  account text not null,
  day date not null,
  asked_at timestamptz not null,
  result text not null default 'asked'
);
create index owner_check_person on payments.owner_check (person, day);
create index owner_check_account on payments.owner_check (institution, account, day);

create index status_line_instruction on payments.status_line (instruction);
