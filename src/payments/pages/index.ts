/** The pages of payments: the desk's lists, the way of one payment, files, reconciliation and books; and the payee's own. */
export { csvFile } from "./csv.ts";
export { paymentListPage, type PaymentListView } from "./list.ts";
export { tracePage, type TracedDecision, type TracedEntry, type TracedStatementLine, type TraceView } from "./trace.ts";
export { eventTitle, isState, paymentPaths, reasonClasses, stateTag } from "./words.ts";
