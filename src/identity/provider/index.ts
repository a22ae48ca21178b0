/**
 * The OpenID provider: relying parties sign people in through the portal, with the level, the mandate and the attributes that the
 * person's session, registers and consent really give. The protocol is oidc-provider's; what it leaves open (storage that
 * two requests cannot use twice, people's pages, whose session, for whom) stands here. Own tables: `identity.oidc*`.
 *
 * Start with `openProvider`; the portal mounts it (`handle`) and asks people by `openInteraction` and the answers to it.
 */
export { clientFields, clientFormOf, type ClientFault, type ClientField, type ClientForm } from "./check-client.ts";
export {
  askForProduction,
  changeClient,
  deleteClient,
  myClient,
  myClients,
  registerSandbox,
  type OwnClient,
} from "./clients.ts";
export type { AnsweredAttribute, Attribute, Attributes, ClientMetadata, UnavailableAttribute } from "./contract.ts";
export type { AttributeWish, ProviderOptions } from "./context.ts";
export {
  answerConsent,
  answerParty,
  answerSignIn,
  openInteraction,
  partiesFor,
  refuseInteraction,
  type Interaction,
} from "./interactions.ts";
export { clientsToDecide, decideOnClient, lookAtStop, stopClient, workingClients } from "./decide-client.ts";
export { publishedClients, type PublicClient } from "./publish-client.ts";
export { mountPath, openProvider, type OpenIdProvider, type ProtocolFault } from "./provider.ts";
export { endRelease, releasesOf } from "./releases.ts";
export { endAtClients, followEnds, revokeGrantsOf, forgetArtifacts, tellSignOuts, type GrantsOf } from "./revoke.ts";
export type { ClientRow } from "./store.ts";
