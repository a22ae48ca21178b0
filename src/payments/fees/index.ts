/**
 * Fees in: what people owe for an act, and how they pay it.
 *
 * decision → fee → charge at a provider → paid → settled, or refunded. A charge is one attempt, moved by events along
 * `states.ts` and booked by the database as it moves. A provider is a plug-in (`contract.ts`); its pages take the card,
 * its signed notifications are read once, and whatever it does not say is asked (`carry.ts`). Books and programmes are the
 * payments module's own, with accounts of their own.
 */
export { askProvider, carryCharges, stopPayment } from "./carry.ts";
export { beginPayment } from "./begin.ts";
export type { FeeProvider, ProviderReport, SettlementLine } from "./contract.ts";
export { closeFee, demandFee } from "./demand.ts";
export { openFees, type Fees } from "./open.ts";
export { feesProblems } from "./problems.ts";
export { receiveNotice } from "./receive-notice.ts";
export { reportDay, type DailyReport } from "./report.ts";
export { answerRefund, refundCharge, repayByTransfer, retryRefund } from "./refund.ts";
export { proveFees, settleDay, settleIfMissing } from "./settle.ts";
export { chargeEdges, publicCharge, type ChargeState } from "./states.ts";
export type { Charge, Fee } from "./store.ts";
export { eventsOf, feeFor, listCharges, listFees, viewCharge, viewFee, type ChargeView, type FeeView } from "./view.ts";
export { signWebhook, verifyWebhook } from "./webhook.ts";
