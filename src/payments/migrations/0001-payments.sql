create schema if not exists payments;

-- The state graph, written from states.ts when the module opens. Events refer to it, so a forbidden step has no row to name.
create table payments.edge (
  from_state text not null,
  event text not null,
  to_state text not null,
  primary key (from_state, event, to_state)
);

-- The right of one person to one amount, frozen with the decision it rests on. Never changed.
create table payments.entitlement (
  id uuid primary key,
  case_ref text not null,
  payee_name text not null,
  institution text not null,
  account text not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  purpose_code text not null,
  purpose_text text not null,
  decision_hash text not null,
  facts_hash text not null,
  approved_by text not null,
  granted_at timestamptz not null,
  unique (case_ref, decision_hash)
);

-- One file for the bank, written before anybody tries to send it.
create table payments.file (
  id text primary key,
  number bigint not null unique,
  name text not null unique,
  xml text not null,
  sha256 text not null,
  lines int not null check (lines > 0),
  total bigint not null check (total > 0),
  execution_date date not null,
  written_at timestamptz not null,
  attempts int not null default 0,
  last_fault text,
  receipt text,
  sent_at timestamptz,
  check ((receipt is null) = (sent_at is null))
);
create sequence payments.file_number;
create index file_unsent on payments.file (number) where sent_at is null;

-- One attempt to pay an entitlement. `id` is the EndToEndId: unique for ever.
create table payments.instruction (
  id text primary key check (length(id) <= 35),
  entitlement uuid not null references payments.entitlement,
  attempt int not null check (attempt between 1 and 99),
  uetr uuid not null unique,
  payee_name text not null,
  institution text not null,
  account text not null,
  amount bigint not null check (amount > 0),
  approved_by text not null,
  state text not null default 'none',
  file text references payments.file,
  unique (entitlement, attempt)
);
-- One live instruction per entitlement: a second payment cannot even be drafted while the first may still arrive.
create unique index instruction_live on payments.instruction (entitlement)
  where state not in ('rerouted', 'abandoned', 'cancelled', 'recovered', 'written-off');
create index instruction_state on payments.instruction (state, id);
create index instruction_file on payments.instruction (file);

-- Append-only. Inserting an event is the only way to move an instruction.
create table payments.instruction_event (
  instruction text not null references payments.instruction,
  seq int not null,
  from_state text not null,
  event text not null,
  to_state text not null,
  at timestamptz not null,
  by text not null,
  detail jsonb not null,
  primary key (instruction, seq),
  foreign key (from_state, event, to_state) references payments.edge
);

-- Every report of a bank as it came, by the hash of its bytes.
create table payments.status_file (
  sha256 text primary key,
  name text not null,
  content bytea not null,
  file text references payments.file,
  outcome text not null check (outcome in ('applied', 'status-invalid', 'status-unmatched')),
  reason text,
  received_at timestamptz not null
);
create table payments.status_line (
  status_file text not null references payments.status_file,
  n int not null,
  instruction text references payments.instruction,
  end_to_end_id text,
  code text,
  reason text,
  outcome text not null check (outcome in ('applied', 'noted', 'repeated', 'contradiction', 'unmatched', 'amount-differs', 'unmapped')),
  primary key (status_file, n)
);
create index status_line_open on payments.status_line (outcome)
  where outcome in ('contradiction', 'unmatched', 'amount-differs', 'unmapped');

create function payments.apply_event() returns trigger language plpgsql as $$
begin
  update payments.instruction set state = new.to_state
   where id = new.instruction and state = new.from_state;
  if not found then
    raise exception 'instruction % is not in state %', new.instruction, new.from_state using errcode = 'TP001';
  end if;
  return new;
end $$;
create trigger apply_event after insert on payments.instruction_event
  for each row execute function payments.apply_event();

-- An instruction's state changes only through apply_event (trigger depth 2 here), its money and payee never.
create function payments.guard_instruction() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'none' then
      raise exception 'an instruction begins without a state' using errcode = 'TP002';
    end if;
  elsif (new.state is distinct from old.state and pg_trigger_depth() < 2)
     or (new.id, new.entitlement, new.attempt, new.uetr, new.payee_name, new.institution, new.account, new.amount, new.approved_by)
        is distinct from
        (old.id, old.entitlement, old.attempt, old.uetr, old.payee_name, old.institution, old.account, old.amount, old.approved_by) then
    raise exception 'an instruction moves by events only' using errcode = 'TP002';
  end if;
  return new;
end $$;
create trigger guard_instruction before insert or update on payments.instruction
  for each row execute function payments.guard_instruction();

create function payments.append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'TP003';
end $$;
create trigger append_only before update or delete or truncate on payments.instruction_event
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.entitlement
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.status_file
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.status_line
  for each statement execute function payments.append_only();
create trigger never_removed before delete or truncate on payments.instruction
  for each statement execute function payments.append_only();
