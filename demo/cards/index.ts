/**
 * The demonstration country's identity cards: an authority that certifies them, a box that keeps them with their PIN
 * counters, and a simulator of card, reader and browser extension that says on every page that it is one.
 * It owns the PostgreSQL schema `cards` of the database it is given, and one folder for the authority's keys.
 */
export {
  cardPolicies,
  openCardAuthority,
  type CardAuthority,
  type CardAuthorityOptions,
  type Holder,
  type SealHolder,
} from "./card-authority.ts";
export { cardReader, startCardReader, type CardReaderOptions } from "./card-reader.ts";
export { openCardOffice, type CardOffice } from "./office.ts";
export { openSiteSeal } from "./site-seal.ts";
export { openTimeStamps, type TimeStamps } from "./time-stamps.ts";
export { responderFaults, type ResponderFault } from "./responder.ts";
export {
  openCards,
  type Authenticated,
  type AuthToken,
  type Cards,
  type CardSignature,
  type CardView,
  type NewCard,
  type ReaderRefusal,
} from "./cards.ts";
