-- A payment by cheque: where it is sent. The account is then the payer's, on which it is drawn.
alter table payments.instruction add column cheque jsonb;
create trigger guard_cheque before update on payments.instruction
  for each row when (new.cheque is distinct from old.cheque) execute function payments.guard_instruction();

-- The newest answer about an account decides whether it waits, and is asked about again when it grows old.
create index owner_check_newest on payments.owner_check (institution, account, asked_at desc);
-- A question that the system repeats is not the person's doing.
alter table payments.owner_check add column repeated boolean not null default false;
