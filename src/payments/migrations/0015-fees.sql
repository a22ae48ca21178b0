-- Fees: what people owe for an act, and the charges with which they pay. The graph is fees/states.ts.
create table payments.charge_edge (
  from_state text not null,
  event text not null,
  to_state text not null,
  from_account text not null,
  to_account text not null,
  primary key (from_state, event, to_state)
);

-- What is owed, frozen with the decision it rests on. Never changed. `reference` is the agency's own: one fee each.
create table payments.fee (
  id uuid primary key,
  programme text not null references payments.programme,
  reference text not null,
  agency text not null,
  payer text not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  reason jsonb not null,
  law jsonb not null,
  decision_hash text not null,
  due_on date not null,
  demanded_at timestamptz not null,
  unique (programme, reference)
);
create index fee_payer on payments.fee (payer, demanded_at desc);
create index fee_agency on payments.fee (agency, demanded_at desc);
-- A fee that is owed no longer: the case was withdrawn, or the money given back.
create table payments.fee_closed (
  fee uuid primary key references payments.fee,
  at timestamptz not null,
  by text not null,
  reason text not null
);

-- One attempt to pay a fee. `taken` is what the provider took, which may not be what was asked.
create table payments.charge (
  id uuid primary key,
  fee uuid not null references payments.fee,
  attempt int not null check (attempt between 1 and 999),
  provider text not null,
  amount bigint not null check (amount > 0),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  state text not null default 'none',
  taken bigint check (taken > 0),
  method text,
  redirect text,
  provider_reference text,
  -- When the provider is asked next while nothing is final.
  ask_at timestamptz,
  unique (fee, attempt)
);
-- One live charge per fee: a second cannot even be created while the first may still take money.
create unique index charge_live on payments.charge (fee)
  where state in ('none', 'created', 'started', 'submitted', 'unknown', 'succeeded', 'refund-proposed');
create index charge_ask on payments.charge (ask_at) where ask_at is not null;
create index charge_state on payments.charge (state, created_at desc);

-- Append-only. Inserting an event is the only way to move a charge. `taken` stands where money came in.
create table payments.charge_event (
  charge uuid not null references payments.charge,
  seq int not null,
  from_state text not null,
  event text not null,
  to_state text not null,
  at timestamptz not null,
  by text not null,
  taken bigint,
  detail jsonb not null,
  primary key (charge, seq),
  foreign key (from_state, event, to_state) references payments.charge_edge
);

-- Signed notifications as they came, by the provider's own id: the same one is read once.
create table payments.charge_notice (
  provider text not null,
  id text not null,
  charge uuid references payments.charge,
  body text not null,
  outcome text not null check (outcome in ('applied', 'repeated', 'contradiction', 'unmatched')),
  received_at timestamptz not null,
  primary key (provider, id)
);

-- Settlement files as they came, and each of their lines booked once.
create table payments.settlement_file (
  sha256 text primary key,
  provider text not null,
  day date not null,
  name text not null,
  content text not null,
  received_at timestamptz not null
);
create table payments.settlement_line (
  provider text not null,
  reference text not null,
  file text not null references payments.settlement_file,
  day date not null,
  kind text not null check (kind in ('payment', 'refund')),
  charge uuid references payments.charge,
  amount bigint not null check (amount > 0),
  outcome text not null check (outcome in ('matched', 'amount-differs', 'unmatched', 'not-expected')),
  primary key (provider, reference)
);
create unique index settlement_charge on payments.settlement_line (charge, kind) where outcome in ('matched', 'amount-differs');
create index settlement_day on payments.settlement_line (provider, day);

-- Kinds of accounts that stand already, and those of fees.
do $$
declare
  known text;
begin
  select pg_get_expr(conbin, conrelid) into known
    from pg_constraint where conrelid = 'payments.account'::regclass and conname = 'account_kind_check';
  alter table payments.account drop constraint account_kind_check;
  execute format('alter table payments.account add constraint account_kind_check check ((%s) or kind in (%L, %L, %L, %L))',
    known, 'fee-at-provider', 'fee-banked', 'fee-income', 'fee-owed-back');
end $$;
create unique index transfer_charge on payments.transfer (reason)
  where reason like 'charge %' or reason like 'settlement %';

-- Moves the charge and books what the step means. Money is posted as taken; an edge from account A to B posts from B to A.
create function payments.apply_charge_event() returns trigger language plpgsql as $$
declare
  edge payments.charge_edge;
  moved payments.charge;
begin
  select * into edge from payments.charge_edge
   where (from_state, event, to_state) = (new.from_state, new.event, new.to_state);
  update payments.charge set state = new.to_state, taken = coalesce(new.taken, taken)
   where id = new.charge and state = new.from_state returning * into moved;
  if not found then
    raise exception 'charge % is not in state %', new.charge, new.from_state using errcode = 'TP001';
  end if;
  if (new.taken is not null) <> (edge.from_account = 'fee-at-provider' and edge.to_account <> 'fee-at-provider') then
    raise exception 'an event has an amount where money comes in, and nowhere else' using errcode = 'TP004';
  end if;
  if new.to_state = 'succeeded' and moved.taken <> moved.amount then
    raise exception 'a charge succeeds with the amount that was asked' using errcode = 'TP004';
  end if;
  if edge.from_account <> edge.to_account then
    insert into payments.transfer (programme, from_account, to_account, amount, at, reason)
    select fee.programme, edge.to_account, edge.from_account, moved.taken, new.at, 'charge ' || new.charge || ' ' || new.seq
      from payments.fee where fee.id = moved.fee;
  end if;
  return new;
end $$;
create trigger apply_charge_event after insert on payments.charge_event
  for each row execute function payments.apply_charge_event();

-- A charge's state and what was taken change by events only (trigger depth 2 here), what was asked never.
create function payments.guard_charge() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'none' or new.taken is not null then
      raise exception 'a charge begins without a state' using errcode = 'TP002';
    end if;
  elsif ((new.state, new.taken) is distinct from (old.state, old.taken) and pg_trigger_depth() < 2)
     or (new.id, new.fee, new.attempt, new.provider, new.amount, new.created_at)
        is distinct from (old.id, old.fee, old.attempt, old.provider, old.amount, old.created_at) then
    raise exception 'a charge moves by events only' using errcode = 'TP002';
  end if;
  return new;
end $$;
create trigger guard_charge before insert or update on payments.charge
  for each row execute function payments.guard_charge();

create trigger append_only before update or delete or truncate on payments.fee
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.fee_closed
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.charge_event
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.charge_notice
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.settlement_file
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.settlement_line
  for each statement execute function payments.append_only();
create trigger never_removed before delete or truncate on payments.charge
  for each statement execute function payments.append_only();
