/** The pages of fees: what a person owes and paid; the desk's list, one charge, the daily settlement. */
export { chargePage, type ChargeAct, type ChargePageView } from "./charge.ts";
export { chargeListPage, type ChargeListView } from "./list.ts";
export { myFeePage, myFeesPage, type MyFeesView, type MyFeeView } from "./mine.ts";
export { settlementPage, type SettlementView } from "./settlement.ts";
export { chargeStates, feeMoney, feePaths, feeTag, methodTitle } from "./words.ts";
