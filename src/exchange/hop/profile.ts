import type { KeyObject } from "node:crypto";
import type { Clock, Result } from "#kernel";
import type { RawHeaders } from "../r1/headers.ts";
import type { BodyDigest } from "../r1/message-hash.ts";
import type { Component, RequestMessage } from "./message-signature.ts";
import type { HopRefusal } from "./refusals.ts";

export type HopAlgorithm = "ecdsa-p256-sha256" | "ed25519";

/** A member's key: private for signing, public for verifying. `keyid` is the RFC 7638 thumbprint. */
export interface HopKey {
  readonly keyid: string;
  readonly alg: HopAlgorithm;
  readonly key: KeyObject;
}

/** Everything of the request that a response signature covers; keep it until the response is verified or signed. */
export interface RequestBinding {
  readonly message: RequestMessage;
  readonly components: readonly Component[];
}

export interface SignedMessage {
  /** `content-digest`, `signature-input`, `signature`. */
  readonly added: RawHeaders;
  /** The whole list to send, in order: forwarded headers (own signature fields renamed), then `added`. Host and framing fields are the sender's. */
  readonly headers: RawHeaders;
  /** For the evidence: the exact bytes that were signed (ASCII) and the raw signature. */
  readonly base: string;
  readonly signature: Uint8Array;
}
export interface SignedRequest extends SignedMessage {
  readonly binding: RequestBinding;
}

export interface VerifiedMessage {
  /** Only covered headers, in order and spelling, `taroko-is-` names restored: the list of the r1 header part. */
  readonly headers: RawHeaders;
  readonly keyid: string;
  /** Unix seconds. */
  readonly created: number;
  /** What Content-Digest promises, 64 bytes; compare with `checkContentDigest` when the body was still unread. */
  readonly contentDigest: Uint8Array;
  readonly base: string;
  readonly signature: Uint8Array;
}
export interface VerifiedRequest extends VerifiedMessage {
  readonly binding: RequestBinding;
}

export interface OutgoingRequest {
  readonly method: string;
  /** Host and port as sent in `Host`. */
  readonly authority: string;
  readonly rawTarget: string;
  /** The list of the r1 header part: filtered, with ids. */
  readonly headers: RawHeaders;
  readonly body: BodyDigest;
}
export interface IncomingRequest extends Omit<OutgoingRequest, "body"> {
  /** All headers as received. `unread`: the caller compares `contentDigest` itself once the body has been read. */
  readonly body: BodyDigest | "unread";
}
export interface OutgoingResponse {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: BodyDigest;
}
export interface IncomingResponse extends Omit<OutgoingResponse, "body"> {
  readonly body: BodyDigest | "unread";
}

/** Looks a key up in the global configuration; `undefined` if unknown, suspended or outside its dates. */
export type FindKey = (keyid: string) => HopKey | undefined;

export function signRequest(_request: OutgoingRequest, _key: HopKey, _clock: Clock): SignedRequest {
  throw new Error("not written yet");
}
export function verifyRequest(
  _request: IncomingRequest,
  _findKey: FindKey,
  _clock: Clock,
): Result<VerifiedRequest, HopRefusal> {
  throw new Error("not written yet");
}
export function signResponse(
  _response: OutgoingResponse,
  _request: RequestBinding,
  _key: HopKey,
  _clock: Clock,
): SignedMessage {
  throw new Error("not written yet");
}
export function verifyResponse(
  _response: IncomingResponse,
  _request: RequestBinding,
  _findKey: FindKey,
  _clock: Clock,
): Result<VerifiedMessage, HopRefusal> {
  throw new Error("not written yet");
}
