-- What money is for: one budget, and the accounts of its double-entry books.
create table payments.programme (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  created_at timestamptz not null default now()
);
insert into payments.programme (id) values ('main');
alter table payments.entitlement add column programme text not null default 'main' references payments.programme;

-- Where every dollar of a programme is. All balances of a programme add up to nothing: `treasury` is what it was given,
-- below zero; `appropriation` is what nobody has been promised yet. Once a budget is set, `floor` keeps it from being overdrawn.
create table payments.account (
  programme text not null references payments.programme,
  kind text not null check (kind in ('treasury', 'appropriation', 'encumbered', 'in-transit', 'paid', 'returned',
    'recovery-open', 'recovered', 'written-off', 'suspense')),
  balance numeric(38) not null default 0,
  floor numeric(38),
  primary key (programme, kind),
  constraint account_floor check (balance >= floor)
);

-- One posting: `amount` leaves one account and reaches another, so that no half of it can be written.
-- An instruction's event posts at most once; anything else says in `reason` what it rests on.
create table payments.transfer (
  id bigint generated always as identity primary key,
  programme text not null references payments.programme,
  from_account text not null,
  to_account text not null,
  amount numeric(38) not null check (amount > 0),
  instruction text,
  seq int,
  reason text,
  at timestamptz not null,
  check (from_account <> to_account),
  check ((instruction is null) = (seq is null) and (instruction is null) <> (reason is null))
);
create index transfer_instruction on payments.transfer (instruction, seq) where instruction is not null;

create function payments.apply_transfers() returns trigger language plpgsql as $$
begin
  insert into payments.account as a (programme, kind, balance)
  select programme, kind, sum(amount)
    from (select programme, to_account as kind, amount from fresh
          union all select programme, from_account, -amount from fresh) as half
   group by programme, kind order by programme, kind
  on conflict (programme, kind) do update set balance = a.balance + excluded.balance;
  return null;
end $$;
create trigger apply_transfers after insert on payments.transfer
  referencing new table as fresh for each statement execute function payments.apply_transfers();

-- Balances change by transfers only (trigger depth 2 here); a floor is nobody's money.
create function payments.guard_account() returns trigger language plpgsql as $$
begin
  if pg_trigger_depth() < 2 and (tg_op = 'DELETE' or new.balance is distinct from (case tg_op when 'INSERT' then 0 else old.balance end)) then
    raise exception 'a balance changes by transfers only' using errcode = 'TP002';
  end if;
  return coalesce(new, old);
end $$;
create trigger guard_account before insert or update or delete on payments.account
  for each row execute function payments.guard_account();
create trigger append_only before update or delete or truncate on payments.transfer
  for each statement execute function payments.append_only();

-- The account that the money of an instruction stands in before and after an edge (states.ts, `accountOf`).
alter table payments.edge add column from_account text not null default 'appropriation',
  add column to_account text not null default 'appropriation';

-- Events of a whole statement at once: each must be an edge, they must follow each other, and they book what they move.
alter table payments.instruction_event drop constraint instruction_event_from_state_event_to_state_fkey;
drop trigger apply_event on payments.instruction_event;
drop function payments.apply_event();
create function payments.apply_events() returns trigger language plpgsql as $$
declare
  stranger text;
begin
  select f.from_state || ' ' || f.event || ' ' || f.to_state into stranger
    from fresh f left join payments.edge e using (from_state, event, to_state) where e.event is null limit 1;
  if found then
    raise exception 'the graph has no edge %', stranger using errcode = 'foreign_key_violation';
  end if;

  select instruction into stranger from (
    select instruction, seq, from_state, lag(seq) over w as seq_before, lag(to_state) over w as state_before
      from fresh window w as (partition by instruction order by seq)) as step
   where seq_before is not null and (seq_before <> seq - 1 or state_before <> from_state) limit 1;
  if found then
    raise exception 'the events of instruction % do not follow each other', stranger using errcode = 'TP001';
  end if;

  with walk as (
    select instruction, (array_agg(from_state order by seq))[1] as begins, (array_agg(to_state order by seq desc))[1] as ends
      from fresh group by instruction),
  moved as (
    update payments.instruction i set state = w.ends from walk w
     where i.id = w.instruction and i.state = w.begins returning i.id)
  select instruction into stranger from walk where instruction not in (select id from moved) limit 1;
  if found then
    raise exception 'instruction % is not in the state its event leaves', stranger using errcode = 'TP001';
  end if;

  insert into payments.transfer (programme, from_account, to_account, amount, instruction, seq, at)
  select t.programme, e.from_account, e.to_account, i.amount, f.instruction, f.seq, f.at
    from fresh f
    join payments.edge e using (from_state, event, to_state)
    join payments.instruction i on i.id = f.instruction
    join payments.entitlement t on t.id = i.entitlement
   where e.from_account <> e.to_account;
  return null;
end $$;
create trigger apply_events after insert on payments.instruction_event
  referencing new table as fresh for each statement execute function payments.apply_events();

-- What was paid before there were books.
insert into payments.transfer (programme, from_account, to_account, amount, at, reason)
select 'main', 'appropriation', kind, sum(amount), now(), 'opening balance'
  from (select amount, case
          when state in ('approved', 'queued', 'not-received') then 'encumbered'
          when state in ('submitted', 'accepted', 'unknown') then 'in-transit'
          when state = 'settled' then 'paid'
          when state in ('rejected', 'returned', 'waiting-for-person') then 'returned'
          when state in ('recovery-open', 'recovered', 'written-off') then state end as kind
        from payments.instruction) as standing
 where kind is not null group by kind;
