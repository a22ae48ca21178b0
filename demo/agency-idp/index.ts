/**
 * An agency's own OpenID provider, simulated: stands where the directory of the agency's staff lies outside, and says so
 * on its pages. At its first page somebody leaves the agency, or the whole system stops answering.
 */
export { socialWelfareAccounts, type AgencyAccount } from "./accounts.ts";
export { startAgencyProvider, twoFactors, type AgencyProvider } from "./provider.ts";
