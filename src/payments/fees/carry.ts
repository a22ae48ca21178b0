import { ok, err, type Result } from "#kernel";
import { applyReport, nextLook, type ReportOutcome } from "./apply-report.ts";
import type { FeeProvider, ProviderRefund, ProviderReport } from "./contract.ts";
import { chargeIsIn, moveCharge } from "./move-charge.ts";
import { providerOf, type Fees } from "./open.ts";
import type { FeesRefusal } from "./problems.ts";
import { openStates, type ChargeState } from "./states.ts";
import { chargeById, chargesToCarry, lockFee, noteCharge, type Charge } from "./store.ts";

/**
 * Carries on whatever waits: asks providers about charges that are under way, ends those whose time ran out, and sends
 * refunds. Each step may be repeated; after a kill the next run goes on where the last one stopped.
 * @returns how many charges moved
 */
export async function carryCharges(fees: Fees, limit: number = 50): Promise<number> {
  let moved = 0;
  for (const { id, state } of await chargesToCarry(fees.database, fees.clock.now(), limit)) {
    const after = isOpen(state) ? await askProvider(fees, id) : await sendRefund(fees, id);
    if (after.ok && after.value.charge.state !== state) moved += 1;
  }
  return moved;
}

type Asked = Result<
  { readonly outcome: ReportOutcome; readonly charge: Charge },
  FeesRefusal<"provider-silent" | "charge-unknown">
>;

/**
 * Asks the provider where a charge stands. One that is still open after its time is stopped there first, so that nobody
 * can pay what we have given up; a provider that is silent then leaves it `unknown`.
 */
export async function askProvider(fees: Fees, chargeId: string): Promise<Asked> {
  const charge = await chargeById(fees.database, chargeId);
  const provider = charge && providerOf(fees, charge.provider);
  if (!charge || !provider) return err({ code: "charge-unknown" });
  if (!isOpen(charge.state)) return ok({ outcome: "repeated", charge });
  const overdue = charge.expiresAt <= fees.clock.now();
  try {
    const said = await provider.status(charge.id);
    const stop = overdue && (said.state === "open" || said.state === "pending");
    return ok(await noteAnswer(fees, charge, stop ? await provider.cancel(charge.id) : said, overdue));
  } catch (cause) {
    await noteSilence(fees, charge, overdue);
    return err({ code: "provider-silent", inside: String(cause) });
  }
}

/**
 * Lets a payer give up a charge that has taken nothing, to pay another way.
 * @returns what it is now: `paid` where it was too late to stop it
 */
export async function stopPayment(
  fees: Fees,
  o: { readonly charge: string; readonly payer: string },
): Promise<Asked | Result<never, FeesRefusal<"payment-under-way">>> {
  const charge = await chargeById(fees.database, o.charge);
  const fee = charge && (await fees.database.transaction((tx) => lockFee(tx, charge.fee)));
  const provider = charge && providerOf(fees, charge.provider);
  if (!charge || !provider || fee?.payer !== o.payer) return err({ code: "charge-unknown" });
  if (!isOpen(charge.state)) return ok({ outcome: "repeated", charge });
  let said: ProviderReport;
  try {
    said = await provider.cancel(charge.id);
  } catch (cause) {
    return err({ code: "provider-silent", inside: String(cause) });
  }
  const done = await noteAnswer(fees, charge, said, true);
  return isOpen(done.charge.state) ? err({ code: "payment-under-way" }) : ok(done);
}

async function noteAnswer(fees: Fees, { id }: Charge, said: ProviderReport, overdue: boolean) {
  return fees.database.transaction(async (tx) => {
    const done = await applyReport(fees, tx, id, said, { by: "inquiry" });
    const { charge } = done;
    if (chargeIsIn(charge, "created") && said.state === "unknown-order" && overdue) {
      const ended = await moveCharge(fees, tx, charge, "time-ran-out", { by: "inquiry" });
      await noteCharge(tx, id, { askAt: null });
      return { outcome: "applied" as const, charge: ended };
    }
    if (done.outcome !== "applied") await noteCharge(tx, id, { askAt: nextLook(fees, charge.state) });
    return done;
  });
}

async function noteSilence(fees: Fees, { id, fee }: Charge, overdue: boolean): Promise<void> {
  await fees.database.transaction(async (tx) => {
    await lockFee(tx, fee);
    let charge = (await chargeById(tx, id))!;
    if (overdue && (chargeIsIn(charge, "started") || chargeIsIn(charge, "submitted")))
      charge = await moveCharge(fees, tx, charge as Charge<"started">, "provider-silent", { by: "timer" });
    await noteCharge(tx, id, { askAt: nextLook(fees, charge.state) });
  });
}

type Refunded = Result<{ readonly charge: Charge }, FeesRefusal<"provider-silent" | "charge-unknown">>;

/** Asks the provider to give a charge's money back: written down before, and asked again until it says yes or no. */
export async function sendRefund(fees: Fees, chargeId: string): Promise<Refunded> {
  const asked = await fees.database.transaction(async (tx) => {
    const seen = await chargeById(tx, chargeId);
    const fee = seen && (await lockFee(tx, seen.fee));
    const charge = await chargeById(tx, chargeId);
    if (!fee || !charge) return undefined;
    const due = chargeIsIn(charge, "refund-due")
      ? await moveCharge(fees, tx, charge, "refund-requested", { by: "system" })
      : charge;
    await noteCharge(tx, chargeId, { askAt: due.state === "refund-requested" ? later(fees) : null });
    return { charge: due, currency: fee.currency };
  });
  const provider: FeeProvider | undefined = asked && providerOf(fees, asked.charge.provider);
  if (!asked || !provider) return err({ code: "charge-unknown" });
  if (!chargeIsIn(asked.charge, "refund-requested")) return ok({ charge: asked.charge });
  let said: ProviderRefund;
  try {
    said = await provider.refund({ charge: chargeId, amount: asked.charge.taken!, currency: asked.currency });
  } catch (cause) {
    return err({ code: "provider-silent", inside: String(cause) });
  }
  return ok({ charge: await noteRefund(fees, asked.charge, said) });
}

async function noteRefund(fees: Fees, { id, fee, provider }: Charge, said: ProviderRefund): Promise<Charge> {
  return fees.database.transaction(async (tx) => {
    await lockFee(tx, fee);
    const charge = (await chargeById(tx, id))!;
    if (!chargeIsIn(charge, "refund-requested") || said.result === "pending") return charge;
    await noteCharge(tx, id, { askAt: null });
    return said.result === "done"
      ? moveCharge(fees, tx, charge, "refund-confirmed", { by: provider, detail: { reference: said.reference } })
      : moveCharge(fees, tx, charge, "refund-refused", { by: provider, detail: { reason: said.reason.slice(0, 200) } });
  });
}

function later(fees: Fees): Date {
  return new Date(fees.clock.now().getTime() + 5 * 60_000);
}

function isOpen(state: ChargeState): boolean {
  return (openStates as readonly ChargeState[]).includes(state);
}
