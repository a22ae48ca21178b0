/**
 * The checking side of a person's list: that a log holds exactly these entries about them. Apart from `contract.ts`
 * because it needs one package for the arithmetic of a curve, which nobody else has to load. Runs in a browser.
 */
export { listOwnCodes, type ListCode } from "./refusal-codes.ts";
export { isAbout, verifyPersonList, type ListVerdict, type PersonList } from "./persons/verify-list.ts";
