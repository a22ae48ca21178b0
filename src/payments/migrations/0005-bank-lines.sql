-- Debit and credit notifications of the bank (camt.054) as they came, by the hash of their bytes.
create table payments.notification (
  sha256 text primary key,
  name text not null,
  message_id text,
  content bytea not null,
  outcome text not null check (outcome in ('applied', 'notification-invalid')),
  reason text,
  received_at timestamptz not null
);

-- One line of our account at the bank. It books once: a bank's reference is its own for ever on one account.
create table payments.bank_line (
  account text not null,
  reference text not null,
  -- Of what the line says: the same reference with another content is a fault of the bank.
  sha256 text not null,
  notification text not null references payments.notification,
  direction text not null check (direction in ('debit', 'credit')),
  amount bigint not null check (amount > 0),
  booked_on date not null,
  end_to_end_id text,
  reason text,
  -- What it proved; `suspense` lines are explained by a person.
  outcome text not null check (outcome in ('settlement', 'return', 'recovery', 'suspense')),
  instruction text references payments.instruction,
  primary key (account, reference)
);
-- A payment leaves once and comes back once; a second line is not explained by it.
create unique index bank_line_once on payments.bank_line (instruction, outcome) where outcome in ('settlement', 'return');
create index bank_line_notification on payments.bank_line (notification);

-- What nothing explained: somebody's task until a day. `amount` is above zero for money we hold and below for money we miss.
create table payments.suspense (
  id uuid primary key,
  account text not null,
  reference text not null,
  programme text not null references payments.programme,
  amount bigint not null check (amount <> 0),
  why text not null,
  candidate text references payments.instruction,
  owner text not null,
  due_on date not null,
  opened_at timestamptz not null,
  unique (account, reference),
  foreign key (account, reference) references payments.bank_line
);
create table payments.suspense_resolution (
  suspense uuid primary key references payments.suspense,
  kind text not null check (kind in ('instruction', 'recovery', 'not-ours')),
  subject text,
  note text not null check (note <> ''),
  by text not null check (by <> ''),
  confirmed_by text check (confirmed_by <> by),
  at timestamptz not null
);

-- What a person must see to: one open incident per kind and subject.
create table payments.incident (
  id uuid primary key,
  kind text not null,
  subject text not null,
  detail text not null,
  owner text not null,
  -- Stands in the way of new files until it is closed.
  blocks boolean not null,
  opened_at timestamptz not null,
  due_at timestamptz not null,
  closed_at timestamptz,
  closed_by text,
  confirmed_by text check (confirmed_by <> closed_by),
  note text,
  check ((closed_at is null) = (closed_by is null)),
  check ((closed_at is null) = (note is null))
);
create unique index incident_open on payments.incident (kind, subject) where closed_at is null;
create index incident_blocking on payments.incident (id) where closed_at is null and blocks;

create trigger append_only before update or delete or truncate on payments.notification
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.bank_line
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.suspense
  for each statement execute function payments.append_only();
create trigger append_only before update or delete or truncate on payments.suspense_resolution
  for each statement execute function payments.append_only();

alter table payments.account drop constraint account_kind_check;
alter table payments.account add constraint account_kind_check check (kind in ('treasury', 'appropriation', 'encumbered',
  'in-transit', 'paid', 'returned', 'recovery-open', 'recovered', 'written-off', 'suspense', 'bank-difference'));

-- What nothing explains is booked where it is opened, and booked back where it is explained.
create function payments.book_suspense() returns trigger language plpgsql as $$
begin
  insert into payments.transfer (programme, from_account, to_account, amount, reason, at)
  select programme, case when amount > 0 then 'bank-difference' else 'suspense' end,
         case when amount > 0 then 'suspense' else 'bank-difference' end, abs(amount), 'suspense ' || id, opened_at
    from fresh;
  return null;
end $$;
create trigger book_suspense after insert on payments.suspense
  referencing new table as fresh for each statement execute function payments.book_suspense();
create function payments.book_resolution() returns trigger language plpgsql as $$
begin
  insert into payments.transfer (programme, from_account, to_account, amount, reason, at)
  select s.programme, case when s.amount > 0 then 'suspense' else 'bank-difference' end,
         case when s.amount > 0 then 'bank-difference' else 'suspense' end, abs(s.amount), 'explained ' || s.id, f.at
    from fresh f join payments.suspense s on s.id = f.suspense;
  return null;
end $$;
create trigger book_resolution after insert on payments.suspense_resolution
  referencing new table as fresh for each statement execute function payments.book_resolution();
