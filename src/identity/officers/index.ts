/**
 * Agencies' staff: who holds which office, with which roles, until when. Managers invite, give, extend, review and take away;
 * some roles take two of them; roles that nobody reviewed are suspended by themselves; who held what on any past day can be
 * told. Staff may sign in at their agency's own OpenID provider, for their office alone. It owns the tables `office…`.
 */
export { appointOfficer, dismissOfficer, officesFor } from "./officer.ts";
