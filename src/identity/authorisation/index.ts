/**
 * Authorisation: who may do what, as policies that people can read (Cedar), and a record of what they decided. It owns
 * the policy sets, their versions and the decisions; it knows nothing of what the actions do.
 *
 * A deployment adds folders of its own to `readPolicies`; what no policy permits is denied.
 */
export { judge, type PolicyEntity, type PolicyRequest } from "./judge.ts";
export {
  forgetDecisions,
  openPolicies,
  replayRecorded,
  type Allowed,
  type Explained,
  type Policies,
} from "./policies.ts";
export { corePolicies, policySet, readPolicies, type PolicyRule, type PolicySet } from "./policy-set.ts";
