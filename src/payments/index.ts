/**
 * Payments: from a decision to money on an account.
 *
 * decision → entitlement → instruction → bank file → status → settled, refused or returned → sent again or ended.
 * It owns entitlements, instructions with their append-only events, bank files and the bank's reports (schema
 * `payments`), and the graph of states that all of them obey. It knows ISO 20022, not a country: institution codes,
 * accounts and banking days come from a `Banking` plug-in, the way to the bank is a `BankChannel`.
 * At the root are one payment's steps; `bank/` has files, reports and notifications, `batches/` what many payments do together,
 * `books/` double entry, `recovery/` money asked back, `views/` what pages read, `fees/` money that comes in, `govstack/` and
 * `g2p/` the doors for other systems.
 * Every command is durable before it answers and may be repeated after a kill at any moment. Releases, corrections and
 * sent files are entered into the payer's log in the transaction of the act (`log-act.ts`).
 */
export type {
  Account,
  AccountRefusal,
  BankChannel,
  BankFile,
  Banking,
  ChequeAddress,
  Day,
  OwnerChannel,
  OwnerVerdict,
  Payer,
  PublicState,
  PublicStatus,
  Purpose,
} from "./contract.ts";
export {
  approveResend,
  askPerson,
  carryForward,
  confirmNotReceived,
  endHolds,
  recheckHeld,
  sendFileAgain,
  stopForHeirs,
} from "./again.ts";
export { answerAct, askAct, askedActOf, askedActs, countAskedActs, type ActWish } from "./ask-act.ts";
export { batchHash, linesHash, type BatchLine } from "./batches/batch-hash.ts";
export { proveBooks, readBooks, setBudget, type BookFault } from "./books/books.ts";
export { cancelPayment } from "./cancel.ts";
export { checkOwner, ownerCheckOf, recheckOwner, type OwnerAnswer, type OwnerQuestion } from "./check-owner.ts";
export { collectStatuses, quarantine, type Collection } from "./bank/collect.ts";
export { correctFromStatement, type Correction, type CorrectionReceipt } from "./correct.ts";
export { deliverFiles, type Delivery } from "./bank/deliver.ts";
export { grantEntitlement, type Grant, type GrantReceipt, type GrantRefusal } from "./grant.ts";
export { endHold, holdPayment } from "./hold.ts";
export { type PaymentLog } from "./log-act.ts";
export { makeBatchFile, makeBatchFiles, type BatchFileRefusal, type MadeBatchFile } from "./batches/make-batch-file.ts";
export { proposeBatch, type Proposal } from "./batches/propose-batch.ts";
export { recallBatch, type BatchRecall, type RecallReceipt } from "./batches/recall-batch.ts";
export {
  approveBatch,
  type BatchApprovalRefusal,
  type BatchApprovalRequest,
  type BatchReceipt,
} from "./batches/approve-batch.ts";
export { makeFile, type MadeFile } from "./bank/make-file.ts";
export { keptFrom, offsetRecovery, type Kept, type Offset, type OffsetReceipt } from "./recovery/offset.ts";
export { importRoster, type RosterImport, type RosterRefusal } from "./batches/import-roster.ts";
export { openPayments, type InstructionEvent, type Payments, type PaymentsOptions } from "./open.ts";
export { paymentsProblems, type PaymentsProblem, type PaymentsRefusal } from "./problems.ts";
export { closeIncident, incidentKinds, openIncidents, type Incident, type IncidentKind } from "./incidents.ts";
export { defaultLimits, type Limits } from "./limits.ts";
export {
  closeDay,
  closeYesterday,
  dayReport,
  listClosedDays,
  type DayReport,
  type Difference,
} from "./books/daily-report.ts";
export { publishedPayments, type PublishedCell } from "./books/open-data.ts";
export type { ClosedDay } from "./books/store-daily.ts";
export { deadlines, type Deadline } from "./deadlines.ts";
export { markOverdue, type Patience } from "./overdue.ts";
export { openProgramme, payerOf, programmeById, programmes, type NewProgramme } from "./programmes.ts";
export { readCreditTransfer, type FileFault } from "./bank/read-credit-transfer.ts";
export { reasonClass, type ReasonClass } from "./bank/reasons.ts";
export { receiveNotification, type NotificationReceipt } from "./bank/receive-notification.ts";
export { receiveStatus, type StatusReceipt } from "./bank/receive-status.ts";
export {
  closeRecoveries,
  endRecovery,
  listRecoveries,
  openRecovery,
  planInstalments,
  recoveriesOf,
  recoveryById,
  type EndClaim,
  type OpenRecovery,
  type Recovery,
  type RecoveryReceipt,
} from "./recovery/recovery.ts";
export { releasePayment, type Release, type ReleaseReceipt, type ReleaseRefusal } from "./release.ts";
export {
  reroutePayment,
  rerouteToCheque,
  type Reroute,
  type RerouteReceipt,
  type RerouteRefusal,
  type RerouteToCheque,
} from "./reroute.ts";
export { schemaFaults, type Message } from "./bank/check-schema.ts";
export type { CreditTransferFile, FileConventions, Transfer, TransferGroup } from "./bank/credit-transfer.ts";
export { drawMermaid, drawSvg } from "./draw-states.ts";
export {
  accountOf,
  drawGraph,
  edges,
  endStates,
  type BookAccount,
  type Edge,
  type PaymentEvent,
  type State,
} from "./states.ts";
export type { EventRow } from "./store.ts";
export type { Batch, BatchApproval, BatchFindings, BatchPart, BatchState } from "./batches/store-batches.ts";
export type { Balance } from "./books/store-books.ts";
export type { BankLine, OpenSuspense } from "./bank/store-bank-lines.ts";
export type { Claim, Instalment, RecoveryEntry } from "./recovery/store-recoveries.ts";
export { listSuspense, resolveSuspense, suspenseById, type Resolve, type ResolveReceipt } from "./bank/suspense.ts";
export type { FileSummary } from "./bank/store-files.ts";
export { dropPaymentActs, isLogBeside, loggedActs, type LoggedAct } from "./store-logged-acts.ts";
export type { Programme, ProgrammeLimits } from "./store-programmes.ts";
export type { RefusedRow, Roster } from "./batches/store-rosters.ts";
export type { QuarantineEntry, StatusLine } from "./bank/store-reports.ts";
export type { AskedAct } from "./store-asked-acts.ts";
export type { Movement, PaymentLine } from "./views/store-view.ts";
export {
  refusalFile,
  roster,
  rosterList,
  rosterProgress,
  rosterRefusals,
  type RosterProgress,
  type RosterRefusalRow,
} from "./batches/view-rosters.ts";
export {
  batchList,
  batchOfPayment,
  batchProgress,
  batchView,
  type BatchProgress,
  type BatchSample,
  type BatchView,
} from "./batches/view-batches.ts";
export { paymentById, paymentFor, paymentsIn, type PaymentView } from "./views/view.ts";
export { closedDayOf, fileForBank, fileOf, filesWaiting, listFiles, listMovements } from "./views/view-books.ts";
export { listPayments, paymentOverview, type PaymentOverview, type PaymentSearch } from "./views/view-list.ts";
export { paymentsOfCases } from "./views/view-mine.ts";
export { tracePayment, type PaymentTrace, type TracedAttempt } from "./views/view-trace.ts";
export {
  answerRefund,
  askProvider,
  beginPayment,
  carryCharges,
  chargeEdges,
  closeFee,
  demandFee,
  eventsOf,
  feeFor,
  feesProblems,
  listCharges,
  listFees,
  openFees,
  proveFees,
  publicCharge,
  receiveNotice,
  refundCharge,
  repayByTransfer,
  reportDay,
  retryRefund,
  settleDay,
  settleIfMissing,
  signWebhook,
  stopPayment,
  verifyWebhook,
  viewCharge,
  viewFee,
  type Charge,
  type ChargeState,
  type ChargeView,
  type DailyReport,
  type Fee,
  type FeeProvider,
  type Fees,
  type FeeView,
  type ProviderReport,
  type SettlementLine,
} from "./fees/index.ts";
export {
  answerCall,
  authenticate,
  openPaymentApi,
  paymentApiProblems,
  workPaymentApi,
  type ApiAnswer,
  type ApiClient,
  type ApiDuty,
  type ApiProgramme,
  type ApiRequest,
  type PaymentApi,
  type PaymentApiOptions,
  type PaymentApiRefusal,
} from "./govstack/index.ts";
export { publicStatus } from "./views/public-status.ts";
export { answerG2p } from "./g2p/index.ts";
