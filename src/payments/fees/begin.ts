import { err, ok, uuidV7, type Language, type Result } from "#kernel";
import { isLive, nextLook } from "./apply-report.ts";
import type { ProviderStart } from "./contract.ts";
import { chargeIsIn, moveCharge } from "./move-charge.ts";
import { minutesFrom, providerOf, type Fees } from "./open.ts";
import type { FeesRefusal } from "./problems.ts";
import {
  chargeById,
  chargesOf,
  insertCharge,
  liveCharge,
  lockFee,
  noteCharge,
  type Charge,
  type Fee,
} from "./store.ts";

export interface BeginPayment {
  readonly fee: string;
  /** Who pays; a fee that somebody else owes is unknown to them. */
  readonly payer: string;
  readonly provider: string;
  readonly language: Language;
}

export interface BegunPayment {
  readonly charge: string;
  /** The provider's page, where the browser goes now. */
  readonly redirect: string;
}

type BeginRefusal = FeesRefusal<
  | "fee-unknown"
  | "fee-paid"
  | "fee-closed"
  | "payment-under-way"
  | "provider-silent"
  | "provider-unknown"
  | "charge-refused"
>;

/**
 * Begins to pay a fee, or goes on with what was begun: a second click, another tab and the way back all lead to the same
 * charge at the provider. The charge is written down before the provider hears of it, so a kill at any moment leaves
 * either nothing, or a charge that the next call begins under the same id.
 */
export async function beginPayment(fees: Fees, o: BeginPayment): Promise<Result<BegunPayment, BeginRefusal>> {
  const held = await holdFee(fees, o);
  if (!held.ok) return held;
  const { fee, charge } = held.value;
  if (!providerOf(fees, charge.provider)) return err({ code: "provider-unknown" });
  if (charge.redirect !== null) return ok({ charge: charge.id, redirect: charge.redirect });
  let started: ProviderStart;
  try {
    started = await providerOf(fees, charge.provider)!.start({
      charge: charge.id,
      amount: charge.amount,
      currency: fee.currency,
      description: fee.reason,
      language: o.language,
      returnUrl: fees.returnUrl(fee.id),
      expiresAt: charge.expiresAt,
    });
  } catch (cause) {
    return err({ code: "provider-silent", inside: String(cause) });
  }
  const elsewhere =
    started.result === "begun" && originOf(started.redirect) !== providerOf(fees, charge.provider)!.origin;
  return elsewhere
    ? err({ code: "provider-silent", inside: "sends payers elsewhere" })
    : noteStart(fees, charge, started);
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

/** The charge to go on with, created if there is none; everything that reads and writes here waits for the fee's lock. */
async function holdFee(fees: Fees, o: BeginPayment): Promise<Result<{ fee: Fee; charge: Charge }, BeginRefusal>> {
  return fees.database.transaction(async (tx) => {
    const fee = await lockFee(tx, o.fee);
    if (!fee || fee.payer !== o.payer) return err({ code: "fee-unknown" });
    const live = await liveCharge(tx, fee.id);
    if (live?.state === "succeeded" || live?.state === "refund-proposed") return err({ code: "fee-paid" });
    if (fee.closedAt) return err({ code: "fee-closed" });
    if (live) {
      const goesOn = (live.state === "created" || live.state === "started") && live.expiresAt > fees.clock.now();
      return goesOn ? ok({ fee, charge: live }) : err({ code: "payment-under-way" });
    }
    if (!providerOf(fees, o.provider)) return err({ code: "provider-unknown" });
    const now = fees.clock.now();
    const charge: Charge<"none"> = {
      id: uuidV7(now),
      fee: fee.id,
      attempt: (await chargesOf(tx, fee.id)).length + 1,
      provider: o.provider,
      amount: fee.amount,
      createdAt: now,
      expiresAt: minutesFrom(now, fees.startWithin),
      state: "none",
      taken: null,
      method: null,
      redirect: null,
      providerReference: null,
    };
    await insertCharge(tx, charge, nextLook(fees, "created")!);
    return ok({ fee, charge: await moveCharge(fees, tx, charge, "charge-created", { by: "payer" }) });
  });
}

/** Two tabs may have started the same charge; the provider answered both alike, and the first one moves it. */
async function noteStart(
  fees: Fees,
  { id, fee }: Charge,
  started: ProviderStart,
): Promise<Result<BegunPayment, BeginRefusal>> {
  return fees.database.transaction(async (tx) => {
    await lockFee(tx, fee);
    const charge = (await chargeById(tx, id))!;
    if (started.result === "refused") {
      if (chargeIsIn(charge, "created")) {
        const detail = { reason: started.reason.slice(0, 200) };
        await moveCharge(fees, tx, charge, "provider-refused", { by: charge.provider, detail });
        await noteCharge(tx, id, { askAt: null });
      }
      return err({ code: "charge-refused", inside: started.reason });
    }
    if (!isLive(charge)) return err({ code: "charge-refused", inside: `ended as ${charge.state} meanwhile` });
    const { redirect, reference } = started;
    if (chargeIsIn(charge, "created")) {
      await moveCharge(fees, tx, charge, "provider-began", { by: charge.provider, detail: { reference } });
      await noteCharge(tx, id, { redirect, reference, askAt: nextLook(fees, "started") });
    }
    return ok({ charge: id, redirect });
  });
}
