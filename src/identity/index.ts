/**
 * Identity: who a person is, how surely, and for whom they may act. It owns persons, credentials, sessions, officers
 * and the signing of applications; it verifies cards and never talks to one (the browser does).
 * The national identity number is kept encrypted and looked up by a keyed hash; it is in no session, log or address.
 *
 * Start with `openIdentity`; every verb takes what it answers. `web-eid/` is the token validator and stands alone.
 */
export {
  corePolicies,
  forgetDecisions,
  openPolicies,
  readPolicies,
  replayRecorded,
  type Explained,
  type Policies,
  type PolicyEntity,
  type PolicyRequest,
  type PolicyRule,
  type PolicySet,
} from "./authorisation/index.ts";
export { acrAtLeast, acrOrder, isNewKey, meetsDemand } from "./assurance.ts";
export {
  rejected,
  type AuthenticationContext,
  type Authenticator,
  type Begun,
  type ClientPart,
  type GivenIdentity,
  type Pending,
  type PersonResolver,
  type Rejected,
  type RejectionReason,
  type Verified,
} from "./authenticators/authenticator.ts";
export { redirectReader, webEid } from "./authenticators/card.ts";
export { actForSelf, chooseParty } from "./choose-party.ts";
export {
  mandateTitles,
  type Acr,
  type ActingParty,
  type AssuranceDemand,
  type IdentityEvent,
  type Mandate,
  type MandateKind,
  type MandateSource,
  type Officer,
  type Person,
  type PersonStatus,
  type Session,
} from "./contract.ts";
export { identityHistory } from "./history.ts";
export { forgetExpired, openIdentity, type Identity, type IdentityOptions } from "./identity.ts";
export {
  verifyJades,
  type IndeterminateWhy,
  type InvalidWhy,
  type JadesAnchors,
  type JadesContent,
  type JadesVerdict,
} from "./jades.ts";
export { forgetActs, type IdentityLog } from "./log-act.ts";
export {
  changeMandate,
  giveMandate,
  mandateFor,
  mandatesGiven,
  mandatesInForce,
  mandatesReceived,
  noteLookUp,
  powersOver,
  prepareMandate,
  type GivenMandate,
  type MandateStepName,
  type MandateWish,
  type Power,
} from "./mandates/index.ts";
export { keepForm, keptForm, type KeptForm } from "./kept-forms/index.ts";
export {
  beginPasskey,
  beginPasskeySignIn,
  finishPasskey,
  finishPasskeySignIn,
  listPasskeys,
  mayAddPasskey,
  relyingPartyOf,
  removePasskey,
  renamePasskey,
  type Passkey,
} from "./passkeys/index.ts";
export { mandateAllows, type MandateTerms } from "./mandate.ts";
export {
  answerInvitation,
  answerRole,
  appointOfficer,
  arrangeTeam,
  chooseOffice,
  decideStaff,
  dismissOfficer,
  dismissStaff,
  endRole,
  giveRole,
  invitationsOf,
  inviteStaff,
  longestRoleMs,
  officesFor,
  reviewRoles,
  rolesHeld,
  rolesToGive,
  roleTitles,
  servicesOfTeams,
  setTeams,
  staffMember,
  staffOf,
  teamsOf,
  watchStaff,
  type OfficeInvitation,
  type OfficeRole,
  type StaffDesk,
  type StaffMember,
} from "./officers/index.ts";
export { findPerson, findPrincipal, nationalIdOf, registerPerson, setPersonStatus } from "./person.ts";
export { identityProblems, type IdentityProblem, type IdentityRefusal } from "./problems.ts";
export {
  answerConsent,
  answerParty,
  answerSignIn,
  askForProduction,
  changeClient,
  clientFields,
  clientFormOf,
  clientsToDecide,
  decideOnClient,
  deleteClient,
  endAtClients,
  mountPath,
  myClient,
  myClients,
  openInteraction,
  openProvider,
  partiesFor,
  publishedClients,
  refuseInteraction,
  registerSandbox,
  revokeGrantsOf,
  tellSignOuts,
  type AnsweredAttribute,
  type Attribute,
  type Attributes,
  type AttributeWish,
  type ClientFault,
  type ClientField,
  type ClientForm,
  type ClientMetadata,
  type ClientRow,
  type GrantsOf,
  type Interaction,
  type OpenIdProvider,
  type OwnClient,
  type ProtocolFault,
  type ProviderOptions,
  type PublicClient,
  type UnavailableAttribute,
} from "./provider/index.ts";
export {
  absoluteLimitMs,
  csrfMatches,
  endOtherSessions,
  endOwnSession,
  endSession,
  idleLimitMs,
  listSessions,
  readSession,
} from "./session.ts";
export {
  beginSignIn,
  finishSignIn,
  localPath,
  pollSignIn,
  type SignedIn,
  type SignInAnswer,
  type SignInBegun,
  type SignInRefusal,
} from "./sign-in.ts";
export {
  finishSignature,
  prepareSignature,
  verifySigned,
  type SignaturePrepared,
  type SignatureRefusal,
  type Signed,
} from "./sign.ts";
export {
  bytesToStamp,
  extendJades,
  largestFile,
  signPdf,
  validateFile,
  validateJades,
  type Change,
  type Indication,
  type JadesAddition,
  type Level,
  type PdfAdditions,
  type PdfSigning,
  type SignatureReport,
  type Signer,
  type SigningTrust,
  type SubIndication,
  type ValidationReport,
} from "./signing/index.ts";
export {
  authenticationBytes,
  checkCertificate,
  readCertificate,
  verifyCms,
  type CardCertificate,
  type IssuerRevocation,
  type RevocationCheck,
} from "./web-eid/index.ts";
