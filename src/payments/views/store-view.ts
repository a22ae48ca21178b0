/** The SQL of what the desk and the payee see (schema `payments`): lists, counts, weeks, traces, movements. Reads only. */
import type { Sql } from "#store";
import type { BookAccount, State } from "../states.ts";

/** A row of the desk's list. Names nobody: whose money it is, the case says. */
export interface PaymentLine {
  /** The EndToEndId. */
  readonly id: string;
  readonly entitlement: string;
  readonly caseRef: string;
  readonly programme: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly attempt: number;
  readonly state: State;
  /** The bank's code of the last refusal or return. */
  readonly reason: string | null;
  /** Since when it is in this state. */
  readonly since: Date;
  readonly institution: string;
  readonly file: string | null;
}

/** What a list is narrowed to; what is absent does not narrow it. */
export interface LineFilter {
  readonly programme?: string | undefined;
  readonly states?: readonly State[] | undefined;
  readonly reasons?: readonly string[] | undefined;
  /** In its state since before this instant. */
  readonly before?: Date | undefined;
  /** A case's number or an EndToEndId, whole. */
  readonly search?: string | undefined;
  readonly file?: string | undefined;
  /** Older than the instruction with this id. */
  readonly after?: string | undefined;
}

const lineColumns = `i.id, i.entitlement, e.case_ref as "caseRef", e.programme, i.amount, e.currency, i.attempt, i.state,
  refused.reason, last.at as since, i.institution, i.file`;

const lineTables = `payments.instruction i
  join payments.entitlement e on e.id = i.entitlement
  left join lateral (select at from payments.instruction_event v where v.instruction = i.id order by seq desc limit 1) last on true
  left join lateral (select detail ->> 'reason' as reason from payments.instruction_event v
    where v.instruction = i.id and to_state in ('rejected', 'returned') order by seq desc limit 1) refused on true`;

/** Newest first: an instruction's id is that of its entitlement, which begins with the time, and the attempt. */
export function paymentLines(sql: Sql, filter: LineFilter, limit: number): Promise<PaymentLine[]> {
  const parameters: unknown[] = [limit];
  const conditions = ["true"];
  const narrow = (value: unknown, condition: (place: string) => string): void => {
    if (value === undefined) return;
    parameters.push(value);
    conditions.push(condition(`$${parameters.length}`));
  };
  narrow(filter.programme, (at) => `e.programme = ${at}`);
  narrow(filter.states, (at) => `i.state = any(${at})`);
  narrow(filter.reasons, (at) => `refused.reason = any(${at})`);
  // Granted later, it cannot have stood still for so long: most rows need no look at their events.
  narrow(filter.before, (at) => `e.granted_at < ${at} and last.at < ${at}`);
  narrow(filter.file, (at) => `i.file = ${at}`);
  narrow(filter.after, (at) => `e.id <= left(${at}, 32)::uuid and i.id < ${at}`);
  narrow(
    filter.search,
    (at) => `i.id in (select ${at}::text union select n.id from payments.instruction n
      join payments.entitlement t on t.id = n.entitlement where t.case_ref = ${at})`,
  );
  return sql.query(
    `select ${lineColumns} from ${lineTables} where ${conditions.join(" and ")} order by e.id desc, i.attempt desc limit $1`,
    parameters,
  );
}

export interface StateCount {
  readonly state: State;
  readonly count: number;
  readonly amount: bigint;
}

export function stateCounts(sql: Sql, programme: string | undefined): Promise<StateCount[]> {
  return programme === undefined
    ? sql.query(
        `select state, count(*)::int as count, sum(amount)::bigint as amount from payments.instruction group by state`,
      )
    : sql.query(
        `select i.state, count(*)::int as count, sum(i.amount)::bigint as amount
           from payments.instruction i join payments.entitlement e on e.id = i.entitlement
          where e.programme = $1 group by i.state`,
        [programme],
      );
}

/** The bank's codes on what could not be paid, of payments that still wait because of it. */
export function openReasons(sql: Sql): Promise<{ reason: string | null; count: number }[]> {
  return sql.query(
    `select refused.reason, count(*)::int as count from payments.instruction i
       left join lateral (select detail ->> 'reason' as reason from payments.instruction_event v
         where v.instruction = i.id and to_state in ('rejected', 'returned') order by seq desc limit 1) refused on true
      where i.state in ('rejected', 'returned', 'waiting-for-person') group by refused.reason order by 2 desc`,
  );
}

export async function programmeIds(sql: Sql): Promise<string[]> {
  return (await sql.query<{ id: string }>("select id from payments.programme order by id")).map(({ id }) => id);
}

export interface WeekOfAccount {
  /** Monday, `YYYY-MM-DD`, in the country's time. */
  readonly week: string;
  readonly account: BookAccount;
  readonly count: number;
  readonly amount: bigint;
}

/** What reached the bank, the payees, and came back, by week. */
export function weeksOfTransfers(
  sql: Sql,
  o: { readonly since: Date; readonly utcOffset: string; readonly programme?: string | undefined },
): Promise<WeekOfAccount[]> {
  return sql.query(
    `select to_char(date_trunc('week', (at at time zone 'UTC') + $2::interval), 'YYYY-MM-DD') as week, to_account as account,
            count(*)::int as count, sum(amount)::bigint as amount
       from payments.transfer
      where at >= $1 and to_account in ('in-transit', 'paid', 'returned') and ($3::text is null or programme = $3)
        and instruction is not null
      group by 1, 2 order by 1`,
    [o.since, o.utcOffset, o.programme ?? null],
  );
}

/** A line of a bank's report about one instruction, and the report it stands in. */
export interface ReportedLine {
  readonly instruction: string;
  readonly report: string;
  readonly name: string;
  readonly receivedAt: Date;
  readonly code: string;
  readonly reason: string | null;
  readonly outcome: string;
}

export function reportedLines(sql: Sql, instructions: readonly string[]): Promise<ReportedLine[]> {
  return sql.query(
    `select l.instruction, l.status_file as report, f.name, f.received_at as "receivedAt", l.code, l.reason, l.outcome
       from payments.status_line l join payments.status_file f on f.sha256 = l.status_file
      where l.instruction = any($1) order by f.received_at, f.name, l.n`,
    [instructions],
  );
}

/** Lines of our account at the bank that these payments explain. */
export function statementLines(
  sql: Sql,
  instructions: readonly string[],
): Promise<
  {
    readonly instruction: string;
    readonly notification: string;
    readonly reference: string;
    readonly direction: "debit" | "credit";
    readonly amount: bigint;
    readonly bookedOn: string;
    readonly outcome: string;
    readonly reason: string | null;
  }[]
> {
  return sql.query(
    `select instruction, notification, reference, direction, amount, booked_on::text as "bookedOn", outcome, reason
       from payments.bank_line where instruction = any($1) order by booked_on, reference`,
    [instructions],
  );
}

/** One posting of the books. */
export interface Movement {
  readonly id: bigint;
  readonly programme: string;
  readonly from: BookAccount;
  readonly to: BookAccount;
  readonly amount: bigint;
  readonly instruction: string | null;
  readonly seq: number | null;
  readonly reason: string | null;
  readonly at: Date;
}

const movementColumns = `id, programme, from_account as "from", to_account as "to", amount::bigint as amount, instruction, seq,
  reason, at`;

export function movementsOf(sql: Sql, instructions: readonly string[]): Promise<Movement[]> {
  return sql.query(
    `select ${movementColumns} from payments.transfer where instruction = any($1) and instruction is not null order by id`,
    [instructions],
  );
}

/** Newest first. */
export function movements(
  sql: Sql,
  o: {
    readonly programme?: string | undefined;
    readonly account?: string | undefined;
    readonly after?: bigint | undefined;
  },
  limit: number,
): Promise<Movement[]> {
  return sql.query(
    `select ${movementColumns} from payments.transfer
      where ($2::text is null or programme = $2) and ($3::text is null or $3 in (from_account, to_account))
        and ($4::bigint is null or id < $4) order by id desc limit $1`,
    [limit, o.programme ?? null, o.account ?? null, o.after ?? null],
  );
}

/** A person's payments by the numbers of their cases: the newest attempt of each entitlement. */
export async function entitlementsOfCases(
  sql: Sql,
  caseRefs: readonly string[],
  o: { readonly limit: number; readonly offset: number },
): Promise<{ id: string; total: number }[]> {
  return sql.query(
    `select id, count(*) over ()::int as total from payments.entitlement where case_ref = any($1)
      order by granted_at desc, id desc limit $2 offset $3`,
    [caseRefs, o.limit, o.offset],
  );
}

/** Files, newest first. */
export function fileIds(
  sql: Sql,
  o: { readonly limit: number; readonly offset: number },
): Promise<{ id: string; total: number }[]> {
  return sql.query(
    "select id, count(*) over ()::int as total from payments.file order by number desc limit $1 offset $2",
    [o.limit, o.offset],
  );
}

/** Files that were written and not yet taken by the bank, with the last fault. */
export function waitingFiles(
  sql: Sql,
): Promise<{ id: string; writtenAt: Date; attempts: number; fault: string | null; lines: number; total: bigint }[]> {
  return sql.query(
    `select id, written_at as "writtenAt", attempts, last_fault as fault, lines, total::bigint as total
       from payments.file where sent_at is null order by number limit 100`,
  );
}
