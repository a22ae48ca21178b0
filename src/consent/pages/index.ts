/** The pages of consent: what is asked, what came, what was agreed to, and who used one's data. */
export { agreePage, type AgreeView, type AskedData } from "./agree.ts";
export {
  agreementsPage,
  withdrawPage,
  type AgreementsView,
  type AgreementView,
  type WithdrawView,
} from "./agreements.ts";
export { fetchedPage, type FetchedView, type FetchLine } from "./fetched.ts";
export { usagePage, type UsageEntry, type UsageGroup, type UsageList, type UsageView } from "./usage.ts";
