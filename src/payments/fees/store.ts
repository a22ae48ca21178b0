/** The SQL of fees and their charges (schema `payments`). Settlement and lists stand in files of their own. */
import type { Localised } from "#kernel";
import type { Sql } from "#store";
import { chargeEdges, feeAccountOf, liveStates, type ChargeEvent, type ChargeState } from "./states.ts";

export interface Fee {
  readonly id: string;
  readonly programme: string;
  readonly reference: string;
  readonly agency: string;
  /** The identity module's id of the person who owes it. */
  readonly payer: string;
  /** Whole smallest units of `currency`. */
  readonly amount: bigint;
  readonly currency: string;
  readonly reason: Localised;
  readonly law: Localised;
  readonly decisionHash: string;
  /** Last day to pay, `YYYY-MM-DD` in the country's time. */
  readonly dueOn: string;
  readonly demandedAt: Date;
  /** When and why it is owed no longer, other than by being paid. */
  readonly closedAt: Date | null;
  readonly closedFor: string | null;
}

export interface Charge<In extends ChargeState = ChargeState> {
  readonly id: string;
  readonly fee: string;
  readonly attempt: number;
  readonly provider: string;
  readonly amount: bigint;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly state: In;
  readonly taken: bigint | null;
  readonly method: string | null;
  readonly redirect: string | null;
  readonly providerReference: string | null;
}

export interface ChargeEventRow {
  readonly seq: number;
  readonly from: ChargeState;
  readonly event: ChargeEvent;
  readonly to: ChargeState;
  readonly at: Date;
  readonly by: string;
  readonly taken: bigint | null;
  readonly detail: Readonly<Record<string, string>>;
}

export const feeColumns = `f.id, f.programme, f.reference, f.agency, f.payer, f.amount, f.currency, f.reason, f.law,
  f.decision_hash as "decisionHash", f.due_on::text as "dueOn", f.demanded_at as "demandedAt",
  z.at as "closedAt", z.reason as "closedFor"`;
export const chargeColumns = `c.id, c.fee, c.attempt, c.provider, c.amount, c.created_at as "createdAt",
  c.expires_at as "expiresAt", c.state, c.taken, c.method, c.redirect, c.provider_reference as "providerReference"`;
const feeFrom = "payments.fee f left join payments.fee_closed z on z.fee = f.id";

/** Writes the graph where events refer to it. */
export async function saveChargeEdges(sql: Sql): Promise<void> {
  await sql.run(
    `insert into payments.charge_edge (from_state, event, to_state, from_account, to_account)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) on conflict do nothing`,
    [
      chargeEdges.map((edge) => edge.from),
      chargeEdges.map((edge) => edge.event),
      chargeEdges.map((edge) => edge.to),
      chargeEdges.map((edge) => feeAccountOf[edge.from]),
      chargeEdges.map((edge) => feeAccountOf[edge.to]),
    ],
  );
}

/** Answers false, and writes nothing, when the programme has a fee with this reference. */
export async function insertFee(tx: Sql, fee: Omit<Fee, "closedAt" | "closedFor">): Promise<boolean> {
  const inserted = await tx.run(
    `insert into payments.fee (id, programme, reference, agency, payer, amount, currency, reason, law, decision_hash,
       due_on, demanded_at)
     values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12) on conflict (programme, reference) do nothing`,
    [
      fee.id,
      fee.programme,
      fee.reference,
      fee.agency,
      fee.payer,
      fee.amount,
      fee.currency,
      JSON.stringify(fee.reason),
      JSON.stringify(fee.law),
      fee.decisionHash,
      fee.dueOn,
      fee.demandedAt,
    ],
  );
  return inserted === 1;
}

export function feeById(sql: Sql, id: string): Promise<Fee | undefined> {
  return sql.one(`select ${feeColumns} from ${feeFrom} where f.id = $1`, [id]);
}

export function feeByReference(sql: Sql, programme: string, reference: string): Promise<Fee | undefined> {
  return sql.one(`select ${feeColumns} from ${feeFrom} where f.programme = $1 and f.reference = $2`, [
    programme,
    reference,
  ]);
}

/** The fee, locked until the transaction ends: all steps of its charges wait for each other here. */
export async function lockFee(tx: Sql, id: string): Promise<Fee | undefined> {
  const locked = await tx.one("select 1 from payments.fee where id = $1 for update", [id]);
  return locked ? feeById(tx, id) : undefined;
}

export async function insertClosing(
  tx: Sql,
  o: { readonly fee: string; readonly at: Date; readonly by: string; readonly reason: string },
): Promise<void> {
  await tx.run("insert into payments.fee_closed (fee, at, by, reason) values ($1,$2,$3,$4) on conflict do nothing", [
    o.fee,
    o.at,
    o.by,
    o.reason,
  ]);
}

/** The attempts to pay a fee, first to last. */
export function chargesOf(sql: Sql, fee: string): Promise<Charge[]> {
  return sql.query(`select ${chargeColumns} from payments.charge c where fee = $1 order by attempt`, [fee]);
}

export function chargeById(sql: Sql, id: string): Promise<Charge | undefined> {
  return sql.one(`select ${chargeColumns} from payments.charge c where id = $1`, [id]);
}

/** The charge that holds its fee now. */
export function liveCharge(sql: Sql, fee: string): Promise<Charge | undefined> {
  return sql.one(`select ${chargeColumns} from payments.charge c where fee = $1 and state = any($2)`, [
    fee,
    [...liveStates],
  ]);
}

export async function insertCharge(tx: Sql, charge: Charge<"none">, askAt: Date): Promise<void> {
  await tx.run(
    `insert into payments.charge (id, fee, attempt, provider, amount, created_at, expires_at, ask_at)
     values ($1,$2,$3,$4,$5,$6,$7,$8)`,
    [charge.id, charge.fee, charge.attempt, charge.provider, charge.amount, charge.createdAt, charge.expiresAt, askAt],
  );
}

/** What the provider told besides the state, and when it is asked next; `undefined` leaves a value as it is. */
export async function noteCharge(
  tx: Sql,
  id: string,
  o: {
    readonly redirect?: string;
    readonly reference?: string;
    readonly method?: string;
    readonly expiresAt?: Date;
    readonly askAt: Date | null;
  },
): Promise<void> {
  await tx.run(
    `update payments.charge set redirect = coalesce($2, redirect), provider_reference = coalesce($3, provider_reference),
       method = coalesce($4, method), expires_at = coalesce($5, expires_at), ask_at = $6 where id = $1`,
    [id, o.redirect ?? null, o.reference ?? null, o.method ?? null, o.expiresAt ?? null, o.askAt],
  );
}

export async function insertChargeEvent(tx: Sql, charge: string, event: Omit<ChargeEventRow, "seq">): Promise<void> {
  await tx.run(
    `insert into payments.charge_event (charge, seq, from_state, event, to_state, at, by, taken, detail)
     select $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8 from payments.charge_event where charge = $1`,
    [charge, event.from, event.event, event.to, event.at, event.by, event.taken, JSON.stringify(event.detail)],
  );
}

export function eventsOfCharge(sql: Sql, charge: string): Promise<ChargeEventRow[]> {
  return sql.query(
    `select seq, from_state as "from", event, to_state as "to", at, by, taken, detail
       from payments.charge_event where charge = $1 order by seq`,
    [charge],
  );
}

/** Charges whose provider is to be asked now, or whose refund is to be sent, those that wait longest first. */
export function chargesToCarry(sql: Sql, now: Date, limit: number): Promise<{ id: string; state: ChargeState }[]> {
  return sql.query("select id, state from payments.charge where ask_at <= $1 order by ask_at limit $2", [now, limit]);
}

/** Answers false when this notification was read before. */
export async function insertNotice(
  tx: Sql,
  row: {
    readonly provider: string;
    readonly id: string;
    readonly charge: string | null;
    readonly body: string;
    readonly outcome: "applied" | "repeated" | "contradiction" | "unmatched";
    readonly at: Date;
  },
): Promise<boolean> {
  const inserted = await tx.run(
    `insert into payments.charge_notice (provider, id, charge, body, outcome, received_at)
     values ($1,$2,$3,$4,$5,$6) on conflict do nothing`,
    [row.provider, row.id, row.charge, row.body, row.outcome, row.at],
  );
  return inserted === 1;
}

export async function noticeKnown(sql: Sql, provider: string, id: string): Promise<boolean> {
  return (
    (await sql.one("select 1 from payments.charge_notice where provider = $1 and id = $2", [provider, id])) !==
    undefined
  );
}
