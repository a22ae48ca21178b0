/** The SQL of settlement files and of the proofs of the fees' books (schema `payments`). */
import type { Sql } from "#store";
import type { FeeAccount } from "./states.ts";

export interface SettlementRow {
  readonly provider: string;
  readonly reference: string;
  readonly file: string;
  readonly day: string;
  readonly kind: "payment" | "refund";
  readonly charge: string | null;
  readonly amount: bigint;
  readonly outcome: "matched" | "amount-differs" | "unmatched" | "not-expected";
}

export async function insertSettlementFile(
  tx: Sql,
  row: {
    readonly sha256: string;
    readonly provider: string;
    readonly day: string;
    readonly name: string;
    readonly content: string;
    readonly at: Date;
  },
): Promise<void> {
  await tx.run(
    `insert into payments.settlement_file (sha256, provider, day, name, content, received_at)
     values ($1,$2,$3,$4,$5,$6) on conflict do nothing`,
    [row.sha256, row.provider, row.day, row.name, row.content, row.at],
  );
}

export async function hasSettlementFile(sql: Sql, provider: string, day: string): Promise<boolean> {
  const row = await sql.one("select 1 from payments.settlement_file where provider = $1 and day = $2 limit 1", [
    provider,
    day,
  ]);
  return row !== undefined;
}

/** References of these lines that were booked already. */
export async function bookedLines(tx: Sql, provider: string, references: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ reference: string }>(
    "select reference from payments.settlement_line where provider = $1 and reference = any($2)",
    [provider, [...references]],
  );
  return new Set(rows.map(({ reference }) => reference));
}

export async function isSettled(tx: Sql, charge: string, kind: "payment" | "refund"): Promise<boolean> {
  const row = await tx.one(
    `select 1 from payments.settlement_line where charge = $1 and kind = $2 and outcome in ('matched', 'amount-differs')`,
    [charge, kind],
  );
  return row !== undefined;
}

/** Writes a line and books it: `from` loses what `to` gains. */
export async function bookLine(
  tx: Sql,
  row: SettlementRow,
  posting: { readonly programme: string; readonly from: string; readonly to: string; readonly at: Date },
): Promise<void> {
  await tx.run(
    `insert into payments.settlement_line (provider, reference, file, day, kind, charge, amount, outcome)
     values ($1,$2,$3,$4,$5,$6,$7,$8)`,
    [row.provider, row.reference, row.file, row.day, row.kind, row.charge, row.amount, row.outcome],
  );
  await tx.run(
    `insert into payments.transfer (programme, from_account, to_account, amount, reason, at) values ($1,$2,$3,$4,$5,$6)`,
    [
      posting.programme,
      posting.from,
      posting.to,
      row.amount,
      `settlement ${row.provider} ${row.reference}`,
      posting.at,
    ],
  );
}

/** The lines of a day's files, for the report. */
export function linesOfDay(sql: Sql, provider: string, day: string, agency?: string): Promise<SettlementRow[]> {
  return sql.query(
    `select l.provider, l.reference, l.file, l.day::text as day, l.kind, l.charge, l.amount, l.outcome
       from payments.settlement_line l
       left join payments.charge c on c.id = l.charge left join payments.fee f on f.id = c.fee
      where l.provider = $1 and l.day = $2 and ($3::text is null or f.agency = $3 or l.charge is null)
      order by l.reference`,
    [provider, day, agency ?? null],
  );
}

export interface Unsettled {
  readonly charge: string;
  readonly kind: "payment" | "refund";
  readonly amount: bigint;
  readonly at: Date;
}

/** What we booked on a day, and what of it no settlement file has had so far. */
export function bookedOfDay(
  sql: Sql,
  o: { readonly provider: string; readonly from: Date; readonly to: Date; readonly agency?: string },
): Promise<(Unsettled & { readonly settled: boolean })[]> {
  return sql.query(
    `select e.charge, case when e.taken is null then 'refund' else 'payment' end as kind,
            coalesce(e.taken, c.taken) as amount, e.at,
            exists (select 1 from payments.settlement_line l where l.charge = e.charge and l.outcome in ('matched', 'amount-differs')
                     and l.kind = case when e.taken is null then 'refund' else 'payment' end) as settled
       from payments.charge_event e
       join payments.charge c on c.id = e.charge join payments.fee f on f.id = c.fee
      where c.provider = $1 and e.at >= $2 and e.at < $3 and ($4::text is null or f.agency = $4)
        and (e.taken is not null or e.event = 'refund-confirmed')
      order by e.at, e.charge`,
    [o.provider, o.from, o.to, o.agency ?? null],
  );
}

/** Fee accounts whose balance is not what the charges' states and the settled lines say. */
export function feeAccountsApart(
  sql: Sql,
  accounts: Readonly<Record<string, FeeAccount>>,
): Promise<{ programme: string; account: string; balance: string; expected: string }[]> {
  return sql.query(
    `with charges as (
       select f.programme, s.account, c.taken, c.state, c.id from payments.charge c join payments.fee f on f.id = c.fee
         join (select * from unnest($1::text[], $2::text[]) as s (state, account)) s on s.state = c.state
        where c.taken is not null),
     lines as (
       select coalesce(f.programme, 'fee-unmatched') as programme,
              sum(case when l.kind = 'payment' then l.amount else -l.amount end) as amount,
              sum(case when l.outcome not in ('matched', 'amount-differs') then 0
                       when l.kind = 'payment' then l.amount else -l.amount end) as matched
         from payments.settlement_line l
         left join payments.charge c on c.id = l.charge and l.outcome in ('matched', 'amount-differs')
         left join payments.fee f on f.id = c.fee group by 1),
     expected as (
       select programme, 'fee-income' as kind, -sum(taken) as balance from charges where account = 'fee-income' group by 1
       union all select programme, 'fee-owed-back', -sum(taken) from charges where account = 'fee-owed-back' group by 1
       union all select programme, 'fee-banked', sum(amount) from (
           select programme, amount from lines union all
           select programme, -taken from charges where account = 'fee-banked') b group by 1
       union all select programme, 'fee-at-provider', sum(amount) from (
           select programme, taken as amount from charges where account <> 'fee-at-provider' union all
           select programme, -matched from lines) p group by 1)
     select programme, kind as account, coalesce(a.balance, 0)::text as balance, coalesce(e.balance, 0)::text as expected
       from (select * from payments.account where kind like 'fee-%') a full join expected e using (programme, kind)
      where coalesce(a.balance, 0) <> coalesce(e.balance, 0)`,
    [Object.keys(accounts), Object.values(accounts)],
  );
}
