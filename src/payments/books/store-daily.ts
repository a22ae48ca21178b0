/** The SQL of closed days and of what is published about payments (schema `payments`). */
import type { Sql } from "#store";
import type { BookAccount } from "../states.ts";

export interface DayOfAccount {
  readonly programme: string;
  readonly account: BookAccount;
  readonly opening: bigint;
  readonly in: bigint;
  readonly out: bigint;
  readonly closing: bigint;
}

/** Every account's day, reckoned back from its balance of now: proven balances need no reading of all that ever moved. */
export function daysOfAccounts(tx: Sql, start: Date, end: Date): Promise<DayOfAccount[]> {
  return tx.query(
    `with half as (
       select programme, to_account as kind, amount as plus, 0::numeric as minus, at from payments.transfer where at >= $1
       union all select programme, from_account, 0, amount, at from payments.transfer where at >= $1),
     moved as (
       select programme, kind, sum(plus) filter (where at < $2) as plus, sum(minus) filter (where at < $2) as minus,
              sum(plus - minus) as since, sum(plus - minus) filter (where at >= $2) as after
         from half group by programme, kind)
     select programme, kind as account, (balance - coalesce(since, 0))::bigint as opening,
            coalesce(plus, 0)::bigint as "in", coalesce(minus, 0)::bigint as out,
            (balance - coalesce(after, 0))::bigint as closing
       from payments.account left join moved using (programme, kind) order by programme, kind`,
    [start, end],
  );
}

export interface DayOfBank {
  readonly direction: "debit" | "credit";
  readonly outcome: string;
  readonly lines: number;
  readonly sum: bigint;
}

/** The bank's lines that were taken on a day, by what they proved. */
export function bankLinesTaken(tx: Sql, start: Date, end: Date): Promise<DayOfBank[]> {
  return tx.query(
    `select l.direction, l.outcome, count(*)::int as lines, sum(l.amount)::bigint as sum
       from payments.bank_line l join payments.notification n on n.sha256 = l.notification
      where n.received_at >= $1 and n.received_at < $2 group by 1, 2 order by 1, 2`,
    [start, end],
  );
}

export interface SuspenseAt {
  readonly id: string;
  readonly programme: string;
  readonly amount: bigint;
  readonly why: string;
  readonly owner: string;
  readonly dueOn: string;
}

/** What nothing explained at an instant. */
export function suspenseAt(tx: Sql, instant: Date): Promise<SuspenseAt[]> {
  return tx.query(
    `select s.id, s.programme, s.amount, s.why, s.owner, s.due_on::text as "dueOn" from payments.suspense s
      where s.opened_at < $1
        and not exists (select 1 from payments.suspense_resolution r where r.suspense = s.id and r.at < $1)
      order by s.due_on, s.id`,
    [instant],
  );
}

/** Payments that reports call settled and no line of the bank has proved, by programme. */
export function unprovedSettlements(tx: Sql): Promise<{ programme: string; payments: number; sum: bigint }[]> {
  return tx.query(
    `select t.programme, count(*)::int as payments, sum(i.amount)::bigint as sum
       from payments.instruction i join payments.entitlement t on t.id = i.entitlement
      where i.state = 'settled' and not exists (
        select 1 from payments.bank_line l where l.instruction = i.id and l.outcome = 'settlement')
        and not exists (
        select 1 from payments.suspense_resolution r join payments.suspense s on s.id = r.suspense
         where r.kind = 'instruction' and r.subject = i.id and s.amount < 0)
      group by 1 order by 1`,
  );
}

/** Money sent and not heard of for longer than the horizon, by programme. */
export function stuckInTransit(tx: Sql, before: Date): Promise<{ programme: string; payments: number; sum: bigint }[]> {
  return tx.query(
    `select t.programme, count(*)::int as payments, sum(i.amount)::bigint as sum
       from payments.instruction i join payments.entitlement t on t.id = i.entitlement
      where i.state in ('submitted', 'accepted', 'unknown')
        and (select max(e.at) from payments.instruction_event e where e.instruction = i.id and e.event = 'file-sent') < $1
      group by 1 order by 1`,
    [before],
  );
}

export interface ClosedDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly sha256: string;
  /** Canonical JSON (RFC 8785). */
  readonly content: string;
  /** JWS of `content`, detached from nothing: its payload is the content. */
  readonly signature: string | null;
  readonly closedAt: Date;
  readonly closedBy: string;
}

const columns = `day::text as day, sha256, content, signature, closed_at as "closedAt", closed_by as "closedBy"`;

export function closedDay(sql: Sql, day: string): Promise<ClosedDay | undefined> {
  return sql.one(`select ${columns} from payments.daily_report where day = $1`, [day]);
}

export function lastClosedDay(sql: Sql, before: string): Promise<ClosedDay | undefined> {
  return sql.one(`select ${columns} from payments.daily_report where day < $1 order by day desc limit 1`, [before]);
}

export function closedDays(sql: Sql, limit: number, offset: number): Promise<ClosedDay[]> {
  return sql.query(`select ${columns} from payments.daily_report order by day desc limit $1 offset $2`, [
    limit,
    offset,
  ]);
}

export async function insertClosedDay(tx: Sql, row: ClosedDay): Promise<boolean> {
  const inserted = await tx.run(
    `insert into payments.daily_report (day, sha256, content, signature, closed_at, closed_by)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [row.day, row.sha256, row.content, row.signature, row.closedAt, row.closedBy],
  );
  return inserted === 1;
}

export interface PublishedRow {
  readonly programme: string;
  /** `YYYY-MM` in the country's time. */
  readonly month: string;
  /** `paid`, `returned`, `refused`; refusals and returns with the bank's code. */
  readonly outcome: "paid" | "returned" | "refused";
  readonly reason: string | null;
  readonly payments: number;
  readonly sum: bigint;
}

/** Settlements, refusals and returns by programme and month. `zone`: the country's offset as PostgreSQL writes it. */
export function publishedRows(sql: Sql, from: Date, to: Date, offsetMinutes: number): Promise<PublishedRow[]> {
  return sql.query(
    `select t.programme, to_char(e.at at time zone 'UTC' + make_interval(mins => $3), 'YYYY-MM') as month,
            case e.to_state when 'settled' then 'paid' when 'returned' then 'returned' else 'refused' end as outcome,
            case when e.to_state = 'settled' then null else e.detail ->> 'reason' end as reason,
            count(*)::int as payments, sum(i.amount)::bigint as sum
       from payments.instruction_event e
       join payments.instruction i on i.id = e.instruction
       join payments.entitlement t on t.id = i.entitlement
      where e.at >= $1 and e.at < $2 and e.to_state in ('settled', 'returned', 'rejected') and e.from_state <> e.to_state
      group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
    [from, to, offsetMinutes],
  );
}
