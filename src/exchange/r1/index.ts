/**
 * X-Road REST message protocol r1, byte-exact, as far as an information system can see it: request lines, identifiers,
 * headers, request hash, errors, path globs and the bodies of the metaservices.
 * Pure: bytes and strings in, values out. Compatible with PR-REST 1.0.4; where servers differ from the paper, with them.
 */
export { acceptsJson, acceptsXml } from "./accept.ts";
export {
  callerFault,
  errorType,
  parseErrorType,
  r1CodeOf,
  r1Codes,
  r1Error,
  r1ErrorOf,
  r1Refusal,
  relayedError,
  renderError,
  statusOfType,
  type ErrorSpelling,
  type R1Code,
  type R1Error,
  type R1Prefix,
  type R1Refusal,
  type R1Wrapper,
  type RenderedError,
  type StatusRule,
} from "./errors.ts";
export { compileGlob, splitServicePath, type Glob, type GlobWarning, type ServicePath } from "./glob.ts";
export {
  answerHeaders,
  checkAnswer,
  filterHeaders,
  flatHeaders,
  headerPairs,
  headerValues,
  parseCall,
  parseRelayedCall,
  r1Methods,
  releasedHeaders,
  withGatewayIds,
  type AnsweredCall,
  type R1Call,
  type R1Method,
  type RawHeader,
  type RawHeaders,
  type RelayedCall,
  type RepresentedParty,
} from "./headers.ts";
export {
  identifierPath,
  identifierText,
  isRegistrableCode,
  memberOf,
  parseClientPath,
  parseIdentifierText,
  parseServerPath,
  parseServicePath,
  sameIdentifier,
  subsystemOf,
  type ClientId,
  type MemberId,
  type R1Identifier,
  type ServerId,
  type ServiceId,
  type SubsystemId,
} from "./identifier.ts";
export { digestBody, requestHash, requestHeaderPart, responseHeaderPart, type BodyDigest } from "./message-hash.ts";
export {
  allowedMethods,
  listClients,
  listMethods,
  type DirectoryClient,
  type Endpoint,
  type MetaserviceAnswer,
  type PublishedService,
} from "./metaservices.ts";
export {
  isReservedServiceCode,
  metaserviceOf,
  metaservices,
  parseTarget,
  providerUrl,
  type Metaservice,
  type R1Target,
} from "./request-target.ts";
