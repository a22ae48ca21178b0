/** The pages of identity: sign-in and the choice of whom to act for. */
export { accountPage, accountPaths, type AccountView } from "./account.ts";
export { actForPage, type ActForView, type MandateGroup, type MandateView } from "./act-for.ts";
export {
  giveMandatePage,
  mandatePage,
  mandatePaths,
  mandatesPage,
  type MandateForm,
  type ScopeChoice,
} from "./mandates.ts";
export { powersPage } from "./powers.ts";
export { keptFormPage, keptFormPath } from "./kept-form.ts";
export { noticesPage, noticesPath } from "./notices.ts";
export { passkeyPaths, passkeysPage, passkeyWay } from "./passkeys.ts";
export { decisionPage, decisionsPage, policiesPage, policyPaths } from "./policies.ts";
export { officePage, staffCodePage, staffSignInPage } from "./office.ts";
export { inviteStaffPage, staffInvitedPage, staffMemberPage, type InviteForm } from "./staff-member.ts";
export { staffPage, staffPastPage, teamsPage } from "./staff.ts";
export { staffPaths } from "./staff-words.ts";
export { checkSignaturePage, signaturePaths, type CheckSignatureView } from "./signature.ts";
export { confirmSignaturePage, signDocumentPage, signDocumentPaths, signedDocumentPage } from "./sign-document.ts";
export { signInPage, type OtherWay, type SignInView } from "./sign-in.ts";
export { signInAppPage, signInElementPage } from "./sign-in-step.ts";
export { clientFaultText, clientFormPage } from "./provider-client-form.ts";
export { clientPage, clientPaths, developersPage, relyingPartiesPage } from "./provider-clients.ts";
export { decideClientsPage } from "./provider-decide.ts";
export { releasePage, type AskedItem, type ReleaseView } from "./provider-consent.ts";
export { releasesPage, releasesPath } from "./provider-releases.ts";
export { askedBy, protocolFaultPage, sandboxOnlyPage, signedOutPage, signOutPage } from "./provider-words.ts";
