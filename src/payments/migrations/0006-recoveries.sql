-- What is asked back of a payment that was made. `person` is the caller's id of the debtor, never an identity number.
create table payments.recovery (
  id uuid primary key,
  -- What the debtor writes on a transfer, and where we find it again.
  reference text not null unique,
  instruction text not null references payments.instruction,
  programme text not null references payments.programme,
  person text not null check (person <> ''),
  amount bigint not null check (amount > 0),
  reason text not null check (reason <> ''),
  legal_basis text not null check (legal_basis <> ''),
  decision_hash text not null,
  due_on date not null,
  opened_by text not null,
  confirmed_by text not null check (confirmed_by <> opened_by),
  opened_at timestamptz not null
);
create index recovery_instruction on payments.recovery (instruction);
create index recovery_person on payments.recovery (person);

-- What happened to a claim. What is left is its amount less its entries.
create table payments.recovery_entry (
  recovery uuid not null references payments.recovery,
  n int not null,
  kind text not null check (kind in ('received', 'offset', 'offset-undone', 'written-off', 'withdrawn')),
  -- Below zero only for an offset that was undone.
  amount bigint not null check (amount <> 0 and (amount < 0) = (kind = 'offset-undone')),
  -- The bank's line, or the entitlement part of which was kept.
  subject text not null,
  legal_basis text,
  by text not null,
  confirmed_by text check (confirmed_by <> by),
  at timestamptz not null,
  primary key (recovery, n),
  check (kind in ('received', 'offset-undone') or confirmed_by is not null)
);
create index recovery_entry_subject on payments.recovery_entry (subject) where kind in ('offset', 'offset-undone');

-- Instalments agreed with the debtor; the newest plan holds.
create table payments.instalment (
  recovery uuid not null references payments.recovery,
  plan int not null,
  n int not null,
  due_on date not null,
  amount bigint not null check (amount > 0),
  by text not null,
  at timestamptz not null,
  primary key (recovery, plan, n)
);

create trigger append_only before update or delete or truncate on payments.recovery
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.recovery_entry
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.instalment
  for each statement execute function payments.append_only();

create function payments.book_recovery() returns trigger language plpgsql as $$
begin
  insert into payments.transfer (programme, from_account, to_account, amount, reason, at)
  select programme, 'paid', 'recovery-open', amount, 'recovery ' || id, opened_at from fresh;
  return null;
end $$;
create trigger book_recovery after insert on payments.recovery
  referencing new table as fresh for each statement execute function payments.book_recovery();

-- Never more than is left, whoever writes at the same time: the claim is locked. What is kept of a later payment is a
-- payment too, made from that payment's programme.
create function payments.book_recovery_entry() returns trigger language plpgsql as $$
declare
  claim record;
  rest bigint;
  payer text;
begin
  select * into claim from payments.recovery where id = new.recovery for update;
  select claim.amount - sum(amount) into rest from payments.recovery_entry where recovery = new.recovery;
  if rest < 0 or rest > claim.amount then
    raise exception 'more than is left of recovery %', new.recovery using errcode = 'TP004';
  end if;
  insert into payments.transfer (programme, from_account, to_account, amount, reason, at)
  select claim.programme, case when new.amount > 0 then 'recovery-open' else target end,
         case when new.amount > 0 then target else 'recovery-open' end, abs(new.amount),
         new.kind || ' ' || new.recovery || ' ' || new.n, new.at
    from (select case new.kind when 'written-off' then 'written-off' when 'withdrawn' then 'paid' else 'recovered' end as target) as t;
  if new.kind in ('offset', 'offset-undone') then
    select programme into strict payer from payments.entitlement where id = new.subject::uuid;
    insert into payments.transfer (programme, from_account, to_account, amount, reason, at)
    values (payer, case when new.amount > 0 then 'appropriation' else 'paid' end,
      case when new.amount > 0 then 'paid' else 'appropriation' end, abs(new.amount),
      new.kind || ' ' || new.recovery || ' ' || new.n, new.at);
  end if;
  return new;
end $$;
create trigger book_recovery_entry after insert on payments.recovery_entry
  for each row execute function payments.book_recovery_entry();
