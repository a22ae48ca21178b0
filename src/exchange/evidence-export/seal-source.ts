import { X509Certificate } from "node:crypto";
import type { Clock } from "#kernel";
import { timeStampToken, type TimeStampAuthority } from "#ledger";
import { postToAuthority } from "../authority/post.ts";
import { signSealRequest } from "../authority/seal-certificates.ts";
import type { HopKey } from "../hop/profile.ts";
import type { SealIdentity } from "./xades-write.ts";

export interface SealSourceOptions {
  readonly authorityUrl: string;
  readonly instance: string;
  readonly gatewayId: string;
  /** The member's signing key: the authority certifies it for seals. */
  readonly signingKey: () => HopKey;
  readonly timeStamps?: TimeStampAuthority | undefined;
  readonly clock: Clock;
}

/** Milliseconds for which certificate and revocation answer are used again; the answer is good for an hour. */
const usedFor = 30 * 60_000;

/**
 * What a member seals with, fetched from the authority when it is needed.
 * @returns a function that throws `seal-unavailable` when the authority gives no certificate
 */
export function sealSource(o: SealSourceOptions): () => Promise<SealIdentity> {
  let kept: { readonly at: number; readonly identity: SealIdentity } | undefined;
  return async () => {
    const now = o.clock.now();
    if (kept && Math.abs(now.getTime() - kept.at) < usedFor) return kept.identity;
    const { keyid, key } = o.signingKey();
    const jws = await signSealRequest(
      { instance: o.instance, issuedAt: now.toISOString(), gateway: o.gatewayId },
      { keyid, privateKey: key },
    );
    const answer = await postToAuthority(o.authorityUrl, "/seals", jws);
    const { certificate, revocationAnswer } = answer?.body ?? {};
    if (typeof certificate !== "string" || typeof revocationAnswer !== "string") {
      const why = answer ? `status ${answer.status}` : "no answer";
      throw Object.assign(new Error(`the authority gives no certificate to seal with: ${why}`), {
        code: "seal-unavailable",
      });
    }
    const { timeStamps } = o;
    const identity: SealIdentity = {
      key,
      certificate: new X509Certificate(certificate),
      revocationAnswer: Buffer.from(revocationAnswer, "base64"),
      ...(timeStamps ? { stamp: (content: Uint8Array) => timeStampToken(timeStamps, content) } : {}),
    };
    kept = { at: now.getTime(), identity };
    return identity;
  };
}
