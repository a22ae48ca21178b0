-- Payments that are proposed by one person and released together by another, on the hash of what they are.
create table payments.batch (
  id uuid primary key,
  number bigint generated always as identity,
  programme text not null references payments.programme,
  -- As it was when the batch was proposed: part of what is released.
  payer jsonb not null,
  pay_on date not null,
  state text not null check (state in ('gathering', 'proposed', 'released', 'recalled', 'changed', 'stopped')),
  lines bigint not null default 0,
  total numeric(38) not null default 0,
  largest bigint not null default 0,
  sha256 text,
  -- Releasing humans besides the maker.
  approvals int not null default 1 check (approvals between 1 and 2),
  -- What the checker is told: payments held out, accounts with too many payments, changes since the batch before.
  findings jsonb not null default '{}',
  proposed_by text not null,
  proposed_at timestamptz not null,
  released_by text,
  released_at timestamptz,
  recall_asked_by text,
  recall_reason text,
  ended_at timestamptz,
  check ((released_at is null) = (released_by is null)),
  check (state in ('gathering', 'stopped') or sha256 is not null)
);
create unique index batch_gathering on payments.batch (programme) where state = 'gathering';
create index batch_released on payments.batch (number) where state = 'released';

create table payments.batch_approval (
  batch uuid not null references payments.batch,
  by text not null,
  sha256 text not null,
  at timestamptz not null,
  primary key (batch, by)
);
create trigger append_only before update or delete or truncate on payments.batch_approval
  for each statement execute function payments.append_only();

-- What becomes one bank file. `sha256` is of its lines in order (batch-hash.ts).
create table payments.batch_part (
  batch uuid not null references payments.batch,
  n int not null,
  lines int not null check (lines > 0),
  total numeric(38) not null,
  largest bigint not null,
  last_line text not null,
  approvers text[] not null,
  sha256 text not null,
  -- Its file was made; without one when none of its payments could go.
  done boolean not null default false,
  file text unique references payments.file,
  primary key (batch, n)
);
create index batch_part_waiting on payments.batch_part (batch, n) where not done;

-- A payment is in one batch at a time. A batch that ends before its files were sent lets its payments go.
create table payments.batch_line (
  instruction text primary key,
  batch uuid not null,
  part int not null
);
create index batch_line_part on payments.batch_line (batch, part);

-- A file that was taken back before the bank had it.
alter table payments.file add column recalled_at timestamptz, add check (recalled_at is null or sent_at is null);
drop index payments.file_unsent;
create index file_unsent on payments.file (number) where sent_at is null and recalled_at is null;

-- As before (0011); the money of a batch was reserved whole when it was released, so its payments' own release books nothing.
create or replace function payments.apply_events() returns trigger language plpgsql as $$
declare
  stranger text;
begin
  select f.from_state || ' ' || f.event || ' ' || f.to_state into stranger
    from fresh f left join payments.edge e using (from_state, event, to_state) where e.event is null limit 1;
  if found then
    raise exception 'the graph has no edge %', stranger using errcode = 'foreign_key_violation';
  end if;
  if exists (select 1 from (select distinct detail ->> 'file' as file from fresh where event = 'batched' and detail ? 'file') f
              where not exists (select 1 from payments.file b where b.id = f.file)) then
    raise exception 'an instruction needs a file that is there' using errcode = 'foreign_key_violation';
  end if;

  select instruction into stranger from (
    select instruction, seq, from_state, lag(seq) over w as seq_before, lag(to_state) over w as state_before
      from fresh window w as (partition by instruction order by seq)) as step
   where seq_before is not null and (seq_before <> seq - 1 or state_before <> from_state) limit 1;
  if found then
    raise exception 'the events of instruction % do not follow each other', stranger using errcode = 'TP001';
  end if;

  with walk as (
    select instruction, (array_agg(from_state order by seq))[1] as begins, (array_agg(to_state order by seq desc))[1] as ends,
           max(detail ->> 'file') filter (where event = 'batched') as file
      from fresh group by instruction),
  moved as (
    update payments.instruction i set state = w.ends, file = coalesce(w.file, i.file) from walk w
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
   where e.from_account <> e.to_account and not (f.event = 'second-approved' and f.detail ? 'batch');
  return null;
end $$;
