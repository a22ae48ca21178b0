import { err, ok, uuidV7, type Localised, type Result } from "#kernel";
import type { Sql } from "#store";
import { insertProgramme } from "../books/store-books.ts";
import type { Fees } from "./open.ts";
import type { FeesRefusal } from "./problems.ts";
import { feeById, feeByReference, insertClosing, insertFee, liveCharge, lockFee, type Fee } from "./store.ts";

/** A fee as the decision gives it. */
export interface Demand {
  /** What the money belongs to in the books: kebab-case, at most 40 characters, beginning with `fee-`. */
  readonly programme: string;
  /** The matter's own number, for example the case's: one fee per programme and reference. */
  readonly reference: string;
  readonly agency: string;
  readonly payer: string;
  readonly amount: bigint;
  readonly reason: Localised;
  readonly law: Localised;
  /** Hash of the decision that gave the amount. */
  readonly decisionHash: string;
  readonly dueOn: string;
}

/**
 * Demands a fee, or answers the one that was demanded before with the same words. A fee of nothing is not demanded: who is
 * exempt has nothing to pay.
 * @param tx a transaction to join, so that decision and fee become durable together
 */
export async function demandFee(
  fees: Fees,
  demand: Demand,
  tx: Sql = fees.database,
): Promise<Result<Fee, FeesRefusal<"fee-invalid" | "fee-differs">>> {
  const texts = [demand.reason, demand.law].flatMap((text) => [text["zh-Hant"], text.en]);
  const whole =
    demand.amount > 0n &&
    demand.amount <= 1_000_000_000n &&
    /^fee-[a-z0-9-]{1,36}$/.test(demand.programme) &&
    /^\d{4}-\d{2}-\d{2}$/.test(demand.dueOn) &&
    [...texts, demand.reference, demand.payer, demand.decisionHash].every((text) => text.trim() !== "");
  if (!whole) return err({ code: "fee-invalid" });
  return tx.transaction(async (inner) => {
    await insertProgramme(inner, demand.programme);
    const at = fees.clock.now();
    const row = { ...demand, id: uuidV7(at), currency: fees.currency.code, demandedAt: at };
    if (await insertFee(inner, row)) return ok((await feeById(inner, row.id))!);
    const before = (await feeByReference(inner, demand.programme, demand.reference))!;
    const same =
      before.amount === demand.amount && before.payer === demand.payer && before.decisionHash === demand.decisionHash;
    return same ? ok(before) : err({ code: "fee-differs" });
  });
}

/**
 * Closes a fee that is owed no longer, because the matter ended unpaid. What a provider takes for it from now on is owed
 * back, and goes back by itself.
 * @param o `idle`: only while no payment is under way
 */
export async function closeFee(
  fees: Fees,
  o: { readonly fee: string; readonly by: string; readonly reason: string; readonly idle?: true },
  tx: Sql = fees.database,
): Promise<Result<Fee, FeesRefusal<"fee-unknown" | "fee-paid" | "payment-under-way">>> {
  return tx.transaction(async (inner) => {
    if (!(await lockFee(inner, o.fee))) return err({ code: "fee-unknown" });
    const live = await liveCharge(inner, o.fee);
    if (live?.state === "succeeded" || live?.state === "refund-proposed") return err({ code: "fee-paid" });
    if (live && o.idle) return err({ code: "payment-under-way" });
    await insertClosing(inner, { ...o, at: fees.clock.now() });
    return ok((await feeById(inner, o.fee))!);
  });
}
