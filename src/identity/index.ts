/**
 * Identity: who a person is, how surely, and for whom they may act. It owns persons, credentials, sessions, officers
 * and the signing of applications; it verifies cards and never talks to one (the browser does).
 * The national identity number is kept encrypted and looked up by a keyed hash; it is in no session, log or address.
 */
export {
  mandateTitles,
  type Acr,
  type ActingParty,
  type Mandate,
  type MandateKind,
  type MandateSource,
  type Officer,
  type Person,
  type Session,
} from "./contract.ts";
export { identityProblems, type IdentityProblem, type IdentityRefusal } from "./problems.ts";
