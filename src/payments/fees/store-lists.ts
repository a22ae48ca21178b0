/** The SQL of lists of fees and charges (schema `payments`): a payer's own, and an agency's with filters and pages. */
import type { Localised } from "#kernel";
import type { Sql } from "#store";
import type { ChargeState } from "./states.ts";
import { feeColumns, type Fee } from "./store.ts";

/** A payer's fees, newest first. */
export function feesOfPayer(sql: Sql, payer: string, limit: number, offset: number): Promise<Fee[]> {
  return sql.query(
    `select ${feeColumns} from payments.fee f left join payments.fee_closed z on z.fee = f.id
      where f.payer = $1 order by f.demanded_at desc, f.id limit $2 offset $3`,
    [payer, limit, offset],
  );
}

export async function countFeesOfPayer(sql: Sql, payer: string): Promise<number> {
  const row = await sql.one<{ n: number }>("select count(*)::int as n from payments.fee where payer = $1", [payer]);
  return row!.n;
}

/** What an officer looks for. Absent: anything. */
export interface ChargeSearch {
  readonly agency: string;
  readonly states?: readonly ChargeState[];
  /** Part of the matter's number, of the charge's id or of the provider's reference. */
  readonly text?: string;
  readonly from?: Date;
  readonly to?: Date;
}

export interface ChargeLine {
  readonly id: string;
  readonly fee: string;
  readonly reference: string;
  readonly reason: Localised;
  readonly provider: string;
  readonly providerReference: string | null;
  readonly amount: bigint;
  readonly taken: bigint | null;
  readonly method: string | null;
  readonly state: ChargeState;
  readonly createdAt: Date;
}

const wanted = `f.agency = $1 and ($2::text[] is null or c.state = any($2))
  and ($3::text is null or f.reference ilike $3 or c.id::text ilike $3 or c.provider_reference ilike $3)
  and ($4::timestamptz is null or c.created_at >= $4) and ($5::timestamptz is null or c.created_at < $5)`;

function parameters({ agency, states, text, from, to }: ChargeSearch): unknown[] {
  const like = text ? `%${text.replaceAll(/[\\%_]/g, "\\$&")}%` : null;
  return [agency, states ?? null, like, from ?? null, to ?? null];
}

/** The charges found, newest first. */
export function findCharges(sql: Sql, search: ChargeSearch, limit: number, offset: number): Promise<ChargeLine[]> {
  return sql.query(
    `select c.id, c.fee, f.reference, f.reason, c.provider, c.provider_reference as "providerReference", c.amount, c.taken,
            c.method, c.state, c.created_at as "createdAt"
       from payments.charge c join payments.fee f on f.id = c.fee
      where ${wanted} order by c.created_at desc, c.id limit $6 offset $7`,
    [...parameters(search), limit, offset],
  );
}

/** How many there are in each state, and what was taken by them. */
export function sumCharges(
  sql: Sql,
  search: ChargeSearch,
): Promise<{ state: ChargeState; count: number; taken: bigint }[]> {
  return sql.query(
    `select c.state, count(*)::int as count, coalesce(sum(c.taken), 0)::bigint as taken
       from payments.charge c join payments.fee f on f.id = c.fee where ${wanted} group by c.state`,
    parameters(search),
  );
}

/** Charges of which a provider said what cannot be, newest first: a person looks. */
export function contradictions(sql: Sql, agency: string): Promise<{ charge: string; reference: string; at: Date }[]> {
  return sql.query(
    `select n.charge, f.reference, max(n.received_at) as at from payments.charge_notice n
       join payments.charge c on c.id = n.charge join payments.fee f on f.id = c.fee
      where n.outcome = 'contradiction' and f.agency = $1 group by n.charge, f.reference order by at desc limit 20`,
    [agency],
  );
}
