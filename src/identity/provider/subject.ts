import { createHmac } from "node:crypto";
import type { MandateKind } from "../contract.ts";

/**
 * The name under which one organisation knows a person: the same for all its clients, another for every other
 * organisation, so that two of them cannot join what they know.
 * `base64url(HMAC-SHA-256(key, "taroko/sub/v1" ‖ 00 ‖ sector ‖ 00 ‖ person id))`
 */
export function pairwiseSubject(key: Uint8Array, sector: string, personId: string): string {
  return createHmac("sha256", key).update(`taroko/sub/v1\0${sector}\0${personId}`, "utf8").digest("base64url");
}

/** Tells mandates apart: by kind and people, and a given one by its id, since two people may have several of one kind. */
export interface MandateNamed {
  readonly kind: MandateKind;
  readonly representativeId: string;
  readonly principalId: string;
  /** The given mandate's id; absent when a register confirmed it. */
  readonly mandate?: string | undefined;
}

/** The key under which grants remember their mandate. */
export function mandateKey({ kind, representativeId, principalId, mandate }: MandateNamed): string {
  return [kind, representativeId, principalId, ...(mandate === undefined ? [] : [mandate])].join("/");
}

/**
 * The name under which one organisation knows a mandate. Like the names of people it is another one for every other
 * organisation: a name that two of them share would join what they know about both people.
 */
export function pairwiseMandate(key: Uint8Array, sector: string, mandate: string): string {
  return createHmac("sha256", key)
    .update(`taroko/mandate/v1\0${sector}\0${mandate}`, "utf8")
    .digest("base64url")
    .slice(0, 22);
}
