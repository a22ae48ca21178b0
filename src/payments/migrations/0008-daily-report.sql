-- A closed day: the report as it was signed, in the order of days, each naming the one before.
create table payments.daily_report (
  day date primary key,
  sha256 text not null unique,
  content text not null,
  -- JWS over the content's bytes, if the house signs.
  signature text,
  closed_at timestamptz not null,
  closed_by text not null
);
create trigger append_only before update or delete or truncate on payments.daily_report
  for each statement execute function payments.append_only();
