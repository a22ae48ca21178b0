import { randomToken, uuidV7, type Clock, type Localised } from "#kernel";
import { signWebhook } from "#payments";
import type { Database, Sql } from "#store";
import { behaviourOf, type Behaviour } from "./magic.ts";
import {
  chargeOf,
  choose,
  countInquiry,
  dueWebhooks,
  insertCharge,
  insertStep,
  insertWebhook,
  lockCharge,
  movedIn,
  noteDelivery,
  noteRefund,
  stepAt,
  takenAt,
  type PayCharge,
} from "./store.ts";

/** What the simulator works with. */
export interface PaySimulator {
  readonly database: Database;
  readonly clock: Clock;
  readonly secret: Uint8Array;
  /** Where notifications go. */
  readonly notifyUrl: string;
  /** What one second of a behaviour lasts, in milliseconds; 1,000 unless told. */
  readonly second: number;
}

export interface Order {
  readonly charge: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly description: Localised;
  readonly returnUrl: string;
  readonly expiresAt: Date;
}

/** Takes an order; the same once more is the same one, the same id with another amount is refused. */
export async function order(pay: PaySimulator, o: Order): Promise<PayCharge | "differs" | "over"> {
  return pay.database.transaction(async (tx) => {
    const { charge: id, ...rest } = o;
    const madeAt = pay.clock.now();
    await insertCharge(tx, {
      id,
      ...rest,
      madeAt,
      token: randomToken(16),
      reference: `SIM${uuidV7(madeAt).replaceAll("-", "").slice(-16).toUpperCase()}`,
    });
    const kept = (await chargeOf(tx, "id", id))!;
    if (kept.amount !== o.amount || kept.currency !== o.currency) return "differs";
    return (await stateOf(pay, tx, kept)).state === "open" ? kept : "over";
  });
}

interface Said {
  readonly state: string;
  readonly amount?: string;
  readonly currency?: string;
  readonly method?: string;
  readonly reason?: string;
  readonly payBy?: string;
}

/** Where a charge stands, as the interface says it. */
export async function stateOf(pay: PaySimulator, sql: Sql, charge: PayCharge): Promise<Said> {
  const now = pay.clock.now();
  const step = await stepAt(sql, charge.id, now);
  if (!step) return { state: charge.expiresAt <= now ? "expired" : "open" };
  switch (step.state) {
    case "paid":
      return {
        state: "paid",
        amount: String(step.taken),
        currency: charge.currency,
        method: charge.method ?? "card",
      };
    case "declined":
      return { state: "declined", reason: step.reason ?? "" };
    case "pending":
      return { state: "pending", payBy: new Date(charge.madeAt.getTime() + 3 * 86_400_000).toISOString() };
    default:
      return { state: step.state };
  }
}

/** An inquiry; `undefined` while the behaviour says that none is answered. */
export async function inquire(pay: PaySimulator, id: string): Promise<Said | undefined> {
  const charge = await chargeOf(pay.database, "id", id);
  if (!charge) return { state: "unknown-order" };
  const asked = await countInquiry(pay.database, id);
  const deaf = behaviourFor(charge)?.deaf ?? 0;
  return asked <= deaf && charge.method ? undefined : stateOf(pay, pay.database, charge);
}

export async function cancel(pay: PaySimulator, id: string): Promise<Said> {
  return pay.database.transaction(async (tx) => {
    const charge = await lockCharge(tx, id);
    if (!charge) return { state: "unknown-order" };
    const { state } = await stateOf(pay, tx, charge);
    if (state === "open" || state === "pending") {
      await insertStep(tx, id, { at: pay.clock.now(), state: "cancelled" });
      if (behaviourFor(charge)?.late) await plan(pay, tx, charge, [{ after: 3, state: "paid" }], 1);
    }
    return stateOf(pay, tx, charge);
  });
}

/** The payer chose how to pay, and with that what becomes of it. Twice is once. */
export async function pick(
  pay: PaySimulator,
  token: string,
  method: string,
  ending: string,
): Promise<{ charge: PayCharge; behaviour: Behaviour } | undefined> {
  return pay.database.transaction(async (tx) => {
    const found = await chargeOf(tx, "token", token);
    const behaviour = behaviourOf(method, ending);
    if (!found || !behaviour) return undefined;
    const charge = (await lockCharge(tx, found.id))!;
    if (charge.method !== null || (await stateOf(pay, tx, charge)).state !== "open")
      return { charge, behaviour: behaviourFor(charge) ?? behaviour };
    await choose(tx, charge.id, method, ending);
    const untilOver = (charge.expiresAt.getTime() - pay.clock.now().getTime()) / pay.second;
    const steps = behaviour.late ? [{ after: untilOver + 3, state: "paid" } as const] : behaviour.steps;
    await plan(pay, tx, { ...charge, method, ending }, steps, behaviour.webhooks ?? 1);
    return { charge: { ...charge, method, ending }, behaviour };
  });
}

async function plan(
  pay: PaySimulator,
  tx: Sql,
  charge: PayCharge,
  steps: Behaviour["steps"],
  webhooks: number,
): Promise<void> {
  const now = pay.clock.now().getTime();
  for (const { after, state, reason, more = 0 } of steps) {
    const at = new Date(now + after * pay.second);
    const taken = charge.amount + BigInt(more);
    await insertStep(tx, charge.id, { at, state, reason, ...(state === "paid" && { taken }) });
    const said = {
      charge: charge.id,
      state,
      ...(state === "paid" && { amount: String(taken), currency: charge.currency, method: charge.method ?? "card" }),
      ...(state === "declined" && { reason }),
    };
    for (let copy = 0; copy < webhooks; copy += 1)
      // The second copy bears the id of the first, as a delivery whose answer was lost does.
      await insertWebhook(tx, {
        id: `${copy > 0 ? "again-" : ""}${uuidV7(new Date(now))}`,
        charge: charge.id,
        dueAt: at,
        body: JSON.stringify(said),
      });
  }
}

/** Sends what is due; what is not taken is sent again later. */
export async function deliver(pay: PaySimulator, charge?: string): Promise<void> {
  for (const { id, body } of await dueWebhooks(pay.database, pay.clock.now(), charge)) {
    const time = Math.floor(pay.clock.now().getTime() / 1000);
    const delivered = await fetch(pay.notifyUrl, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(time),
        "webhook-signature": signWebhook(pay.secret, id, time, body),
      },
      signal: AbortSignal.timeout(10_000),
    }).then(
      (answer) => answer.ok,
      () => false,
    );
    await noteDelivery(pay.database, id, pay.clock.now(), delivered);
  }
}

export async function refund(
  pay: PaySimulator,
  id: string,
): Promise<{ result: string; reference?: string; reason?: string }> {
  return pay.database.transaction(async (tx) => {
    const charge = await lockCharge(tx, id);
    const now = pay.clock.now();
    if (!charge || !(await takenAt(tx, id, now))) return { result: "refused", reason: "nothing-taken" };
    const wish = behaviourFor(charge)?.refund;
    const state =
      wish === "refused" ? "refused" : wish === "pending-first" && charge.refundAsked === 0 ? "pending" : "done";
    await noteRefund(tx, id, state, now);
    if (state === "done") return { result: "done", reference: `${charge.reference}-R` };
    return state === "refused" ? { result: "refused", reason: "card-closed" } : { result: "pending" };
  });
}

/** The settlement file of a span of time, as CSV; nothing where no money moved. */
export async function settlementFile(pay: PaySimulator, from: Date, to: Date): Promise<string | undefined> {
  const lines = (await movedIn(pay.database, from, to)).flatMap((one) => {
    const wish = one.kind === "payment" ? behaviourOf("card", one.ending ?? "")?.settlement : undefined;
    if (wish === "missing") return [];
    const amount = wish === "one-less" ? one.amount - 1n : one.amount;
    return [[one.reference, one.kind, one.id, String(amount), one.currency, one.at.toISOString()].join(",")];
  });
  return lines.length === 0 ? undefined : ["reference,kind,charge,amount,currency,at", ...lines, ""].join("\r\n");
}

function behaviourFor({ method, ending }: PayCharge): Behaviour | undefined {
  return method && ending ? behaviourOf(method, ending) : undefined;
}
