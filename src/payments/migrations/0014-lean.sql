-- What a million payments showed (bench/README.md, payments): a moved instruction is written anew with all its index entries,
-- a row's foreign key costs more than the row, and a file's text is compressed longer than it is written.

-- A transfer's programme is that of its account, which refers to it.
alter table payments.transfer drop constraint transfer_programme_fkey;

do $$ begin
  alter table payments.file alter column xml set compression lz4;
  alter table payments.status_file alter column content set compression lz4;
exception when feature_not_supported then null;
end $$;

-- An instruction may be written together with its first events, in the state that they lead to: then it is written once.
drop trigger guard_instruction_insert on payments.instruction;
create or replace function payments.check_instructions() returns trigger language plpgsql as $$
begin
  if exists (select 1 from fresh f where not exists (select 1 from payments.entitlement t where t.id = f.entitlement)) then
    raise exception 'an instruction needs its entitlement' using errcode = 'foreign_key_violation';
  end if;
  if exists (select 1 from fresh f where f.state <> 'none' and f.state is distinct from (
       select e.to_state from payments.instruction_event e where e.instruction = f.id order by e.seq desc limit 1))
     or exists (select 1 from fresh f where f.file is not null) then
    raise exception 'an instruction begins without a state' using errcode = 'TP002';
  end if;
  return null;
end $$;

-- As before (0013), and an instruction that was written in the state where its first events lead is where it should be.
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
    select instruction, min(seq) as first,
           (array_agg(from_state order by seq))[1] as begins, (array_agg(to_state order by seq desc))[1] as ends,
           max(detail ->> 'file') filter (where event = 'batched') as file
      from fresh group by instruction),
  moved as (
    update payments.instruction i set state = w.ends, file = coalesce(w.file, i.file) from walk w
     where i.id = w.instruction and i.state = w.begins returning i.id)
  select instruction into stranger from walk where instruction not in (select id from moved)
     and not (begins = 'none' and first = 1 and exists (
       select 1 from payments.instruction b where b.id = walk.instruction and b.state = walk.ends)) limit 1;
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
