/**
 * Mandates that people give each other: for named services, until a day, signed by the giver's card and accepted by the one
 * who is to act. It also keeps for whom somebody acted, whatever confirmed it, so that who could act for whom on a past day
 * can be told. It owns the tables `mandate`, `mandate_step` and `acting`.
 */
export {
  changeMandate,
  giveMandate,
  mandateFor,
  mandatesGiven,
  mandatesInForce,
  mandatesReceived,
  prepareMandate,
  type GivenMandate,
  type MandateWish,
} from "./given.ts";
export { noteLookUp, powersOver, type Power } from "./history.ts";
export type { MandateStepName } from "./store.ts";
