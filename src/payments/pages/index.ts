/** The pages of payments: the desk's lists, the way of one payment, files, reconciliation and books; and the payee's own. */
export { actPage, askedPage, type ActField, type ActView, type AskedView } from "./act.ts";
export { batchPage, type BatchPageView } from "./batch.ts";
export { batchesAbove, proposePage, rosterPage } from "./batches.ts";
export { booksPage, type BooksView } from "./books.ts";
export { csvFile } from "./csv.ts";
export { dayPage } from "./day.ts";
export { filePage, filesPage, type FilesView, type FileView } from "./files.ts";
export {
  chargeListPage,
  chargePage,
  chargeStates,
  feeMoney,
  feePaths,
  feeTag,
  methodTitle,
  myFeePage,
  myFeesPage,
  settlementPage,
  type ChargeAct,
  type MyFeeView,
} from "../fees/pages/index.ts";
export { stateGraphPage } from "./graph.ts";
export { paymentListPage, type PaymentListView } from "./list.ts";
export { anotherAccountPage, chequePage, mayGoOn, verdictText, type AccountForm } from "./another-account.ts";
export {
  myPaymentPage,
  myPaymentsPage,
  publicTag,
  type AskedBack,
  type MyPaymentLine,
  type MyPaymentView,
} from "./mine.ts";
export { reconcilePage, type Chore, type ChoreList } from "./reconcile.ts";
export { tracePage, type TracedDecision, type TracedEntry, type TraceView } from "./trace.ts";
export {
  accountTitle,
  eventTitle,
  isState,
  moneyText,
  outcomeTitle,
  paymentPaths,
  reasonClasses,
  reasonTask,
  reasonTitle,
  stateTag,
} from "./words.ts";
