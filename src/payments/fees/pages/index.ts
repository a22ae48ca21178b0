/** The pages of fees: what a person owes and paid; the desk's list, one charge, the daily settlement. */
export { chargePage, type ChargeAct } from "./charge.ts";
export { chargeListPage } from "./list.ts";
export { myFeePage, myFeesPage, type MyFeeView } from "./mine.ts";
export { settlementPage } from "./settlement.ts";
export { chargeStates, feeMoney, feePaths, feeTag, methodTitle } from "./words.ts";
