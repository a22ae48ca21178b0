/** The SQL of the double-entry books (schema `payments`): programmes, accounts, transfers. */
import type { Sql } from "#store";
import type { BookAccount } from "../states.ts";

export interface Balance {
  readonly programme: string;
  readonly account: BookAccount;
  /** In the currency's smallest unit. */
  readonly balance: bigint;
}

export interface Transfer {
  readonly programme: string;
  readonly from: BookAccount;
  readonly to: BookAccount;
  readonly amount: bigint;
  /** What it rests on. Instructions' events post by themselves and need none. */
  readonly reason: string;
  readonly at: Date;
}

export async function insertProgramme(sql: Sql, id: string): Promise<void> {
  await sql.run("insert into payments.programme (id) values ($1) on conflict do nothing", [id]);
}

/** What a programme was given until now, locked until the transaction ends. */
export async function lockGiven(tx: Sql, programme: string): Promise<bigint | undefined> {
  await tx.one("select 1 from payments.programme where id = $1 for update", [programme]);
  const row = await tx.one<{ given: bigint }>(
    `select coalesce(-sum(balance), 0)::bigint as given from payments.account where programme = $1 and kind = 'treasury'`,
    [programme],
  );
  return row?.given;
}

export async function insertTransfer(tx: Sql, row: Transfer): Promise<void> {
  await tx.run(
    `insert into payments.transfer (programme, from_account, to_account, amount, reason, at) values ($1, $2, $3, $4, $5, $6)`,
    [row.programme, row.from, row.to, row.amount, row.reason, row.at],
  );
}

/** From now on the programme's free money cannot fall below zero. */
export async function closeFloor(tx: Sql, programme: string): Promise<void> {
  await tx.run(
    `insert into payments.account (programme, kind, floor) values ($1, 'appropriation', 0)
     on conflict (programme, kind) do update set floor = 0`,
    [programme],
  );
}

export function balances(sql: Sql): Promise<Balance[]> {
  return sql.query(
    `select programme, kind as account, balance::bigint as balance from payments.account order by programme, kind`,
  );
}

/** Accounts whose balance is not what their transfers add up to, and programmes whose accounts do not add up to nothing. */
export function accountsOutOfTune(sql: Sql): Promise<{ programme: string; account: string | null }[]> {
  return sql.query(
    `with posted as (
       select programme, kind, sum(amount) as amount from (
         select programme, to_account as kind, amount from payments.transfer
         union all select programme, from_account, -amount from payments.transfer) as half group by programme, kind)
     select programme, kind as account from payments.account full join posted using (programme, kind)
      where coalesce(balance, 0) <> coalesce(amount, 0)
     union all select programme, null from payments.account group by programme having sum(balance) <> 0`,
  );
}

/**
 * Accounts that do not hold what instructions, released batches, claims and unexplained lines say. Opening balances of a ledger that is
 * older than its books are counted by account, not by instruction.
 */
export function accountsApartFromStates(
  sql: Sql,
  accounts: Readonly<Record<string, BookAccount>>,
): Promise<{ programme: string; account: string }[]> {
  return sql.query(
    `with part as (
       select t.programme, s.account, i.amount
         from payments.instruction i join payments.entitlement t on t.id = i.entitlement
         join (select * from unnest($1::text[], $2::text[]) as s (state, account)) s on s.state = i.state
       union all select b.programme, 'encumbered', p.total
         from payments.batch b join payments.batch_part p on p.batch = b.id
        where b.state = 'released' and not p.done
       union all select programme, side.account, side.amount
         from payments.suspense s
         cross join lateral (values ('suspense', s.amount), ('bank-difference', -s.amount)) as side (account, amount)
        where not exists (select 1 from payments.suspense_resolution r where r.suspense = s.id)
       union all select programme, side.account, side.amount
         from payments.recovery r
         cross join lateral (values ('paid', -r.amount), ('recovery-open', r.amount)) as side (account, amount)
       union all select r.programme, side.account, side.amount
         from payments.recovery_entry e join payments.recovery r on r.id = e.recovery
         cross join lateral (values ('recovery-open', -e.amount), (case e.kind when 'written-off' then 'written-off'
           when 'withdrawn' then 'paid' else 'recovered' end, e.amount)) as side (account, amount)
       union all select t.programme, 'paid', e.amount
         from payments.recovery_entry e join payments.entitlement t on t.id::text = e.subject
        where e.kind in ('offset', 'offset-undone')
       union all select programme, 'vouchers', amount from payments.voucher
        where state in ('pre-activated', 'activated', 'suspended')),
     standing as (
       select programme, account, sum(amount) as amount from part where account <> 'appropriation'
        group by programme, account)
     select k.programme, k.kind as account from payments.account a
       full join standing s on s.programme = a.programme and s.account = a.kind
       cross join lateral (select coalesce(a.programme, s.programme) as programme, coalesce(a.kind, s.account) as kind) k
      where k.kind not in ('treasury', 'appropriation') and coalesce(a.balance, 0) <> coalesce(s.amount, 0)`,
    [Object.keys(accounts), Object.values(accounts)],
  );
}
