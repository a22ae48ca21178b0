/** The payment simulator's tables, schema `pay`: its own database, never Taroko's. */
import type { Localised } from "#kernel";
import { migrate, type Database, type Sql } from "#store";

export interface PayCharge {
  readonly id: string;
  readonly token: string;
  readonly reference: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly description: Localised;
  readonly returnUrl: string;
  readonly expiresAt: Date;
  readonly madeAt: Date;
  readonly method: string | null;
  readonly ending: string | null;
  readonly refund: "pending" | "done" | "refused" | null;
  readonly refundAsked: number;
}

export interface Step {
  readonly state: string;
  readonly at: Date;
  readonly taken: bigint | null;
  readonly reason: string | null;
}

export interface Webhook {
  readonly id: string;
  readonly body: string;
  readonly tries: number;
}

export async function migratePay(database: Database): Promise<void> {
  await migrate(database, "pay", new URL("./migrations/", import.meta.url));
}

const columns = `id, token, reference, amount, currency, description, return_url as "returnUrl", expires_at as "expiresAt",
  made_at as "madeAt", method, ending, refund, refund_asked as "refundAsked"`;

export function chargeOf(sql: Sql, by: "id" | "token", value: string): Promise<PayCharge | undefined> {
  return sql.one(`select ${columns} from pay.charge where ${by === "id" ? "id" : "token"} = $1`, [value]);
}

export async function insertCharge(
  tx: Sql,
  row: Omit<PayCharge, "method" | "ending" | "refund" | "refundAsked">,
): Promise<void> {
  await tx.run(
    `insert into pay.charge (id, token, reference, amount, currency, description, return_url, expires_at, made_at)
     values ($1,$2,$3,$4,$5,$6,$7,$8,$9) on conflict do nothing`,
    [
      row.id,
      row.token,
      row.reference,
      row.amount,
      row.currency,
      JSON.stringify(row.description),
      row.returnUrl,
      row.expiresAt,
      row.madeAt,
    ],
  );
}

/** Locks a charge and answers it. */
export async function lockCharge(tx: Sql, id: string): Promise<PayCharge | undefined> {
  await tx.one("select 1 from pay.charge where id = $1 for update", [id]);
  return chargeOf(tx, "id", id);
}

export async function choose(tx: Sql, id: string, method: string, ending: string): Promise<void> {
  await tx.run("update pay.charge set method = $2, ending = $3 where id = $1", [id, method, ending]);
}

export async function insertStep(
  tx: Sql,
  charge: string,
  step: { readonly at: Date; readonly state: string; readonly taken?: bigint; readonly reason?: string | undefined },
): Promise<void> {
  await tx.run("insert into pay.step (charge, at, state, taken, reason) values ($1,$2,$3,$4,$5)", [
    charge,
    step.at,
    step.state,
    step.taken ?? null,
    step.reason ?? null,
  ]);
}

/** The step that holds at a moment. */
export function stepAt(sql: Sql, charge: string, now: Date): Promise<Step | undefined> {
  return sql.one(
    "select state, at, taken, reason from pay.step where charge = $1 and at <= $2 order by at desc, n desc limit 1",
    [charge, now],
  );
}

/** When money was taken, if it ever was. */
export function takenAt(sql: Sql, charge: string, now: Date): Promise<Step | undefined> {
  return sql.one(
    "select state, at, taken, reason from pay.step where charge = $1 and at <= $2 and state = 'paid' order by n limit 1",
    [charge, now],
  );
}

/** Counts an inquiry and answers how many there were. */
export async function countInquiry(sql: Sql, id: string): Promise<number> {
  const row = await sql.one<{ asked: number }>(
    "update pay.charge set asked = asked + 1 where id = $1 returning asked",
    [id],
  );
  return row?.asked ?? 0;
}

export async function noteRefund(tx: Sql, id: string, refund: PayCharge["refund"], at: Date): Promise<void> {
  await tx.run(
    `update pay.charge set refund = $2, refund_asked = refund_asked + 1,
       refunded_at = case when $2 = 'done' then coalesce(refunded_at, $3) else refunded_at end where id = $1`,
    [id, refund, at],
  );
}

export async function insertWebhook(
  tx: Sql,
  row: { readonly id: string; readonly charge: string; readonly dueAt: Date; readonly body: string },
): Promise<void> {
  await tx.run("insert into pay.webhook (id, charge, due_at, body) values ($1,$2,$3,$4)", [
    row.id,
    row.charge,
    row.dueAt,
    row.body,
  ]);
}

export function dueWebhooks(sql: Sql, now: Date, charge?: string): Promise<Webhook[]> {
  return sql.query(
    `select id, body, tries from pay.webhook
      where due_at <= $1 and delivered_at is null and tries < 6 and ($2::text is null or charge = $2)
      order by due_at, id limit 50`,
    [now, charge ?? null],
  );
}

/** A failed delivery is tried again after 2, 4, 8 … seconds. */
export async function noteDelivery(sql: Sql, id: string, now: Date, delivered: boolean): Promise<void> {
  await sql.run(
    `update pay.webhook set tries = tries + 1, delivered_at = $3,
       due_at = $2::timestamptz + make_interval(secs => power(2, tries + 1)) where id = $1`,
    [id, now, delivered ? now : null],
  );
}

export interface Moved {
  readonly reference: string;
  readonly id: string;
  readonly kind: "payment" | "refund";
  readonly amount: bigint;
  readonly currency: string;
  readonly ending: string | null;
  readonly at: Date;
}

/** Money that came in and went back in a span of time. */
export function movedIn(sql: Sql, from: Date, to: Date): Promise<Moved[]> {
  return sql.query(
    `select * from (
       select distinct on (c.id) c.reference || '-P' as reference, c.id, 'payment' as kind, s.taken as amount, c.currency, c.ending, s.at
         from pay.charge c join pay.step s on s.charge = c.id and s.state = 'paid' order by c.id, s.n) p
      where at >= $1 and at < $2
     union all
     select c.reference || '-R', c.id, 'refund', (select s.taken from pay.step s where s.charge = c.id and s.state = 'paid' order by n limit 1),
            c.currency, c.ending, c.refunded_at
       from pay.charge c where c.refund = 'done' and c.refunded_at >= $1 and c.refunded_at < $2
     order by at, reference`,
    [from, to],
  );
}

export function latestCharges(sql: Sql): Promise<PayCharge[]> {
  return sql.query(`select ${columns} from pay.charge order by made_at desc limit 30`);
}
