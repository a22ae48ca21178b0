-- Vouchers: money reserved for whoever holds a secret number, paid to the merchant who takes it. The graph is voucher-states.ts.
create table payments.voucher_edge (
  from_state text not null,
  event text not null,
  to_state text not null,
  from_account text not null,
  to_account text not null,
  primary key (from_state, event, to_state)
);

-- `number_index` is a keyed hash: without the site's secret nobody makes a voucher out of this table.
create table payments.voucher (
  id uuid primary key,
  serial text not null unique check (serial ~ '^[1-9][0-9]{17}$'),
  number_index bytea not null unique,
  client text not null,
  institution text not null,
  voucher_group text not null,
  programme text not null references payments.programme,
  amount bigint not null check (amount > 0),
  -- The client's own number, where it gives one: one voucher for each.
  reference text,
  sealed bytea,
  state text not null default 'none',
  entitlement uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  unique (client, reference)
);
create index voucher_open on payments.voucher (expires_at) where state in ('pre-activated', 'activated', 'suspended');
create index voucher_group on payments.voucher (voucher_group);

-- Append-only. Inserting an event is the only way to move a voucher, and books what it moves.
create table payments.voucher_event (
  voucher uuid not null references payments.voucher,
  seq int not null,
  from_state text not null,
  event text not null,
  to_state text not null,
  at timestamptz not null,
  by text not null,
  primary key (voucher, seq),
  foreign key (from_state, event, to_state) references payments.voucher_edge
);
create trigger append_only before update or delete or truncate on payments.voucher_event
  for each statement execute function payments.append_only();
create trigger never_removed before delete or truncate on payments.voucher
  for each statement execute function payments.append_only();

do $$
declare
  known text;
begin
  select pg_get_expr(conbin, conrelid) into known
    from pg_constraint where conrelid = 'payments.account'::regclass and conname = 'account_kind_check';
  alter table payments.account drop constraint account_kind_check;
  execute format('alter table payments.account add constraint account_kind_check check ((%s) or kind = %L)', known, 'vouchers');
end $$;

create function payments.apply_voucher_event() returns trigger language plpgsql as $$
declare
  edge payments.voucher_edge;
  moved payments.voucher;
begin
  select * into edge from payments.voucher_edge
   where (from_state, event, to_state) = (new.from_state, new.event, new.to_state);
  update payments.voucher set state = new.to_state
   where id = new.voucher and state = new.from_state returning * into moved;
  if not found then
    raise exception 'voucher % is not in state %', new.voucher, new.from_state using errcode = 'TP001';
  end if;
  if edge.from_account <> edge.to_account then
    insert into payments.transfer (programme, from_account, to_account, amount, reason, at)
    values (moved.programme, edge.from_account, edge.to_account, moved.amount, 'voucher ' || new.voucher || ' ' || new.event, new.at);
  end if;
  return null;
end $$;
create trigger apply_voucher_event after insert on payments.voucher_event
  for each row execute function payments.apply_voucher_event();

-- A voucher's state changes by events only (trigger depth 2 here), its money and numbers never.
create function payments.guard_voucher() returns trigger language plpgsql as $$
begin
  if (tg_op = 'INSERT' and new.state <> 'none')
     or (tg_op = 'UPDATE' and ((new.state is distinct from old.state and pg_trigger_depth() < 2)
       or (new.id, new.serial, new.number_index, new.programme, new.amount, new.voucher_group)
          is distinct from (old.id, old.serial, old.number_index, old.programme, old.amount, old.voucher_group))) then
    raise exception 'a voucher moves by events only' using errcode = 'TP002';
  end if;
  return new;
end $$;
create trigger guard_voucher before insert or update on payments.voucher
  for each row execute function payments.guard_voucher();
