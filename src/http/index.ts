/**
 * HTTP at the edge: a server with the security headers every page carries, problem answers (RFC 9457), a limit of tries
 * for each address, and a listener that says clearly when its port is taken. It owns no table and no business rule.
 */
export { clientWentAway } from "./client-went-away.ts";
export { isCalledBy } from "./host-name.ts";
export { rateLimit, type RateLimit } from "./rate-limit.ts";
export { listen, type Listening } from "./listen.ts";
export { problemJson, refusalOf, type ProblemDocument } from "./problem-json.ts";
export { preferredLanguage } from "./language.ts";
export { securityHeaders } from "./security-headers.ts";
