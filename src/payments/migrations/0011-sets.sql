-- Payments by the thousand: what was checked row by row is checked once for a statement.

-- The purposes of a file's groups, in their order. A report is matched by them, without reading the whole file again.
alter table payments.file add column purposes text[];

-- An event's instruction is found, or refused, by apply_events; an instruction's entitlement and file and an entitlement's
-- programme below. What they refer to is never removed, so a check when they are written holds for ever.
alter table payments.instruction_event drop constraint instruction_event_instruction_fkey;
alter table payments.instruction drop constraint instruction_entitlement_fkey;
alter table payments.instruction drop constraint instruction_file_fkey;
alter table payments.entitlement drop constraint entitlement_programme_fkey;
alter table payments.status_line drop constraint status_line_status_file_fkey;
alter table payments.status_line drop constraint status_line_instruction_fkey;

create function payments.check_instructions() returns trigger language plpgsql as $$
begin
  if exists (select 1 from fresh f where not exists (select 1 from payments.entitlement t where t.id = f.entitlement)) then
    raise exception 'an instruction needs its entitlement' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger check_instructions after insert on payments.instruction
  referencing new table as fresh for each statement execute function payments.check_instructions();

create function payments.check_entitlements() returns trigger language plpgsql as $$
begin
  if exists (select 1 from (select distinct programme from fresh) f
              where not exists (select 1 from payments.programme p where p.id = f.programme)) then
    raise exception 'an entitlement needs its programme' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger check_entitlements after insert on payments.entitlement
  referencing new table as fresh for each statement execute function payments.check_entitlements();

create function payments.check_status_lines() returns trigger language plpgsql as $$
begin
  if exists (select 1 from (select distinct status_file from fresh) f
              where not exists (select 1 from payments.status_file s where s.sha256 = f.status_file))
     or exists (select 1 from fresh f where f.instruction is not null
                  and not exists (select 1 from payments.instruction i where i.id = f.instruction)) then
    raise exception 'a line needs its report and its instruction' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger check_status_lines after insert on payments.status_line
  referencing new table as fresh for each statement execute function payments.check_status_lines();

create trigger never_removed before delete or truncate on payments.file
  for each statement execute function payments.append_only();
create trigger never_removed before delete or truncate on payments.programme
  for each statement execute function payments.append_only();

-- An instruction that is written or moved by the rules costs no call: the function only raises.
drop trigger guard_instruction on payments.instruction;
create or replace function payments.guard_instruction() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    raise exception 'an instruction begins without a state' using errcode = 'TP002';
  end if;
  raise exception 'an instruction moves by events only' using errcode = 'TP002';
end $$;
create trigger guard_instruction_insert before insert on payments.instruction
  for each row when (new.state <> 'none') execute function payments.guard_instruction();
-- Depth 0 is somebody's own statement, depth 1 that of apply_events.
create trigger guard_instruction before update on payments.instruction
  for each row when (
    ((new.state, new.file) is distinct from (old.state, old.file) and pg_trigger_depth() < 1)
    or (new.id, new.entitlement, new.attempt, new.uetr, new.payee_name, new.institution, new.account, new.amount, new.approved_by)
       is distinct from
       (old.id, old.entitlement, old.attempt, old.uetr, old.payee_name, old.institution, old.account, old.amount, old.approved_by))
  execute function payments.guard_instruction();

-- As before (0004), and `batched` puts the instruction into the file that it names, in the same step.
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
   where e.from_account <> e.to_account;
  return null;
end $$;
