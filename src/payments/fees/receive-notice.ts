import { err, isUuid, ok, type Result } from "#kernel";
import { applyReport, type ReportOutcome } from "./apply-report.ts";
import { providerOf, type Fees } from "./open.ts";
import type { FeesRefusal } from "./problems.ts";
import { chargeById, insertNotice, lockFee, noticeKnown } from "./store.ts";

export interface NoticeReceipt {
  readonly outcome: ReportOutcome | "unmatched";
}

/**
 * Takes a provider's notification: proves whose it is, reads each one once, and keeps it with what it did. It may come
 * before the payer's browser does, twice, or never; the payer's page and `carryCharges` ask the provider themselves.
 */
export async function receiveNotice(
  fees: Fees,
  o: {
    readonly provider: string;
    /** Header names in lower case. */
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly body: string;
  },
): Promise<
  Result<NoticeReceipt, FeesRefusal<"provider-unknown" | "notice-forged" | "notice-stale" | "notice-unreadable">>
> {
  const provider = providerOf(fees, o.provider);
  if (!provider) return err({ code: "provider-unknown" });
  const now = fees.clock.now();
  const read = provider.readNotice(o.headers, o.body, now);
  if (!read.ok) return read;
  const { id, charge: named, report } = read.value;
  return fees.database.transaction(async (tx) => {
    const row = { provider: provider.id, id, body: o.body, at: now };
    const charge = isUuid(named) ? await chargeById(tx, named) : undefined;
    if (!charge || charge.provider !== provider.id) {
      await insertNotice(tx, { ...row, charge: null, outcome: "unmatched" });
      return ok({ outcome: "unmatched" });
    }
    await lockFee(tx, charge.fee);
    if (await noticeKnown(tx, provider.id, id)) return ok({ outcome: "repeated" });
    const { outcome } = await applyReport(fees, tx, charge.id, report, { by: provider.id, detail: { notice: id } });
    await insertNotice(tx, { ...row, charge: charge.id, outcome });
    return ok({ outcome });
  });
}
