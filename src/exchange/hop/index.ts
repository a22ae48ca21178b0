/**
 * Our wire between gateways: HTTP Message Signatures (RFC 9421) with one profile, and Content-Digest (RFC 9530).
 * Pure: bytes and strings in, values out. Connections, replay memory and evidence belong to the callers.
 */
export { checkContentDigest, contentDigest, parseContentDigest } from "./content-digest.ts";
export { type HopAlgorithm } from "./algorithms.ts";
export { type Component, type RequestMessage, type ResponseMessage } from "./message-signature.ts";
export {
  signRequest,
  signResponse,
  verifyRequest,
  verifyResponse,
  type FindKey,
  type HopKey,
  type IncomingRequest,
  type IncomingResponse,
  type OutgoingRequest,
  type OutgoingResponse,
  type RequestBinding,
  type SignedMessage,
  type SignedRequest,
  type VerifiedMessage,
  type VerifiedRequest,
} from "./profile.ts";
export { hopReasons, type HopReason, type HopRefusal } from "./refusals.ts";
export { jwkThumbprint } from "./thumbprint.ts";
