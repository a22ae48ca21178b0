import type { Payments } from "../open.ts";
import { entitlementsOfCases } from "./store-view.ts";
import { paymentById, type PaymentView } from "./view.ts";

/** The payments of a person's cases, newest first, a page of them. */
export async function paymentsOfCases(
  payments: Payments,
  caseRefs: readonly string[],
  o: { readonly limit: number; readonly offset: number },
): Promise<{ readonly payments: readonly PaymentView[]; readonly total: number }> {
  if (caseRefs.length === 0) return { payments: [], total: 0 };
  const found = await entitlementsOfCases(payments.database, caseRefs, o);
  const views = await Promise.all(found.map(({ id }) => paymentById(payments, id)));
  return { payments: views.filter((view) => view !== undefined), total: found[0]?.total ?? 0 };
}
