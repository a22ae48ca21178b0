/** The pages of services: the front door, a service, the questions, sending, following, the desk, and what is public. */
export { aboutPage, accessibilityPage } from "./about.ts";
export {
  applicationPage,
  applicationsPage,
  type ApplicationLine,
  type ApplicationsView,
  type ApplicationView,
  type DecisionView,
} from "./applications.ts";
export { casePage, releasePage, type CaseView, type DecideView, type ReleaseView } from "./case.ts";
export { choosePage, type ChooseView, type DeviceChoice } from "./choose.ts";
export { queuePage, type QueueItem, type QueueView } from "./desk.ts";
export {
  homePage,
  searchPage,
  serviceListPage,
  type HomeView,
  type LifeEvent,
  type RunningApplication,
  type SearchView,
  type ServiceLink,
  type ServiceListView,
} from "./home.ts";
export {
  accountPage,
  numberPage,
  yesNoPage,
  type AccountView,
  type NumberView,
  type JourneyStep,
  type QuestionView,
  type YesNoView,
} from "./questions.ts";
export { recordPage, type LogView, type RecordView } from "./record.ts";
export { checkReceiptPage } from "./record-check.ts";
export { entryPage, type EntryField, type EntryPageView } from "./record-entry.ts";
export { findingsPage, type FindingsView, type FindingView, type RoundView } from "./record-findings.ts";
export { logPage, troublePage, type EntryLine, type LogPageView } from "./record-log.ts";
export { type RateView } from "./record-rate.ts";
export { type TreeNode, type TreeView } from "./record-tree.ts";
export { type FindingKind, type LogTrouble } from "./record-words.ts";
export { checkPage, declarePage, receiptPage, type CheckView, type DeclareView, type ReceiptView } from "./send.ts";
export { servicePage, type FetchedData, type ServiceView } from "./service.ts";
