/**
 * Agencies' staff: who holds which office, with which roles, until when. Managers invite, give, extend, review and take away;
 * some roles take two of them; roles that nobody reviewed are suspended by themselves; who held what on any past day can be
 * told. Staff may sign in at their agency's own OpenID provider, for their office alone. It owns the tables `office…`.
 */
export { answerInvitation, invitationsOf, type OfficeInvitation } from "./accept.ts";
export { chooseOffice, watchStaff } from "./duty.ts";
export { openStaffSignIn, type StaffAnswer, type StaffSignIn } from "./federation/sign-in.ts";
export type { StaffProvider } from "./federation/staff-provider.ts";
export { inviteManagers } from "./first-managers.ts";
export {
  answerRole,
  arrangeTeam,
  dismissStaff,
  endRole,
  giveRole,
  inviteStaff,
  reviewRoles,
  setTeams,
} from "./manage.ts";
export { decideStaff, type PostAction, type StaffDesk } from "./may.ts";
export { appointOfficer, dismissOfficer, officesFor } from "./officer.ts";
export { longestRoleMs, roleTitles, type OfficeRole, type RoleState } from "./role.ts";
export {
  hasAccount,
  rolesHeld,
  rolesToGive,
  servicesOfTeams,
  staffAt,
  staffDue,
  staffMember,
  staffOf,
  teamsOf,
  type StaffMember,
} from "./staff.ts";
export type { OfficeStepName, StepRow } from "./store.ts";
