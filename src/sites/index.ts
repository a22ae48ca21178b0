/**
 * Sites: what runs. Each site has its own keys and its own database, and speaks to the others over the network only,
 * also when a whole demonstration country runs in one process. This module composes the others and holds no rule.
 *
 * `run-site.ts` starts what a file (`site-file.ts`) describes. What operators do without a browser is in `at-site/`, beside
 * the running site or without it; what they do with one, in `gateway-desk/`, `authority-desk/` (both on `desk/`) and, for
 * the whole country, in `portal/`.
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
} from "./at-site/authority-office.ts";
export { inviteMember, type Invited, type InviteOptions } from "./at-site/invite-member.ts";
export { joinCountry, readName, type JoinOptions } from "./at-site/join-country.ts";
export { readMemberPath } from "./member-path.ts";
export { applyToJoin, requestStatus, rollMemberKey, sendRequest } from "./at-site/member-office.ts";
export { exportEvidenceAtSite, type WrittenEvidence } from "./at-site/export-evidence.ts";
export { openEventsAtSite, type EventsAtSite } from "./at-site/events.ts";
export { forgetAtSite } from "./at-site/forget-person.ts";
export { startGatewaySite, type GatewaySiteOptions } from "./gateway-site.ts";
export { logKinds } from "./log-kinds.ts";
export { portalKeys, startPortalSite, type PortalSite, type PortalSiteOptions } from "./portal/portal-site.ts";
export { linkOperator, openDeskForCommand, removeOperator } from "./at-site/operator-link.ts";
export { problemTables } from "./problem-tables.ts";
export { openRightsAtSite, type RightsAtSite } from "./at-site/rights.ts";
export { recoverSite } from "./at-site/recover-log.ts";
export { runSite, type SiteFacts } from "./run-site.ts";
export { isSupervisor, runWorkers, tellEnded, tellRunning, type WorkersOptions } from "./run-workers.ts";
export { readSiteFile, type SiteFile } from "./site-file.ts";
export { serveRegister, type ServedRegister } from "./serve-register.ts";
export type { ListenOptions, Site } from "./site.ts";
export { startWitnessSite, witnessVerifierKey, type WitnessSiteOptions } from "./witness-site.ts";
