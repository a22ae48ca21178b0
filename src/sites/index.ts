/**
 * Sites: what runs. Each site has its own keys and its own database, and speaks to the others over the network only,
 * also when a whole demonstration country runs in one process. This module composes the others and holds no rule.
 */
export { startAuthoritySite, type AuthoritySiteOptions } from "./authority-site.ts";
export {
  decideRequest,
  installRoot,
  listInvitations,
  listRequests,
  makeRootKey,
  proposeRoot,
  removeGroup,
  retireGateway,
  rollAuthorityKey,
  rollCertificates,
  setGroup,
  signRoot,
  withdrawInvitation,
} from "./authority-office.ts";
export { inviteMember, type Invited, type InviteOptions } from "./invite-member.ts";
export { joinCountry, readName, type JoinOptions } from "./join-country.ts";
export { readMemberPath } from "./with-authority.ts";
export { applyToJoin, requestStatus, rollMemberKey, sendRequest } from "./member-office.ts";
export { exportEvidenceAtSite, type WrittenEvidence } from "./export-evidence.ts";
export { openEventsAtSite, type EventsAtSite } from "./events-site.ts";
export { forgetAtSite } from "./forget-site.ts";
export { startGatewaySite, type GatewaySiteOptions } from "./gateway-site.ts";
export { logKinds } from "./log-kinds.ts";
export { portalKeys, startPortalSite, type PortalSite, type PortalSiteOptions } from "./portal/portal-site.ts";
export { linkOperator, removeOperator } from "./operator-link.ts";
export { problemTables } from "./problem-tables.ts";
export { openRightsAtSite, type RightsAtSite } from "./rights-site.ts";
export { recoverSite } from "./recover-site.ts";
export { runSite, type SiteFacts } from "./run-site.ts";
export { isSupervisor, runWorkers, tellEnded, tellRunning, type WorkersOptions } from "./run-workers.ts";
export { readSiteFile, type SiteFile } from "./site-file.ts";
export { serveRegister, type ServedRegister } from "./serve-register.ts";
export type { ListenOptions, Site } from "./site.ts";
export { startWitnessSite, witnessVerifierKey, type WitnessSiteOptions } from "./witness-site.ts";
