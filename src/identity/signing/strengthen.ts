import { timeStampToken } from "#ledger";
import type { Identity } from "../identity.ts";
import { findIssuer } from "../web-eid/trust.ts";
import type { CardCertificate } from "../web-eid/index.ts";
import type { SigningTrust } from "./judge-signer.ts";
import { bytesToStamp, extendJades } from "./read-jades.ts";
import type { PdfAdditions } from "./sign-pdf.ts";

/** Whom this site believes when it validates signatures. */
export function trustOf(identity: Identity): SigningTrust {
  return {
    trustedIssuers: identity.trustedIssuers,
    timeStampRoots: identity.timeStampAuthority?.roots ?? "",
    revocation: identity.revocation,
    clock: identity.clock,
  };
}

/** What is known about a signer's certificate this moment, to be kept with the signature. */
async function evidenceFor(identity: Identity, certificate: CardCertificate) {
  const issuer = findIssuer(certificate, identity.trustedIssuers, identity.clock.now());
  const answer = issuer && (await identity.revocation(certificate, issuer));
  const ocsp = typeof answer === "object" && answer.status === "good" ? answer.evidence : undefined;
  return { chain: issuer ? [issuer.der] : [], ...(ocsp && { ocsp }) };
}

/** The same for a PDF; nothing where no authority stamps, or the one there is does not answer. */
export async function pdfAdditions(
  identity: Identity,
  certificate: CardCertificate,
  signature: Uint8Array,
): Promise<PdfAdditions> {
  const token = await stamped(identity, signature);
  if (!token) return {};
  const { ocsp } = await evidenceFor(identity, certificate);
  return { timeStamp: () => Promise.resolve(token), ...(ocsp && { ocsp }) };
}

async function stamped(identity: Identity, content: Uint8Array): Promise<Uint8Array | undefined> {
  if (!identity.timeStampAuthority) return undefined;
  try {
    return await timeStampToken(identity.timeStampAuthority, content);
  } catch (fault) {
    identity.onStampMissing?.(fault instanceof Error ? fault : new Error(String(fault)));
    return undefined;
  }
}

/**
 * Adds to a JAdES signature that was just made a time stamp and what proves that its certificate stood (level B-T), so
 * that it stays valid when the card is lost later. A signature is worth more than its stamp: without an authority, or
 * while it is silent, it comes back as it is.
 */
export async function strengthenJades(identity: Identity, jws: string, certificate: CardCertificate): Promise<string> {
  const timeStamp = await stamped(identity, bytesToStamp(jws));
  if (!timeStamp) return jws;
  const { chain, ocsp } = await evidenceFor(identity, certificate);
  return extendJades(jws, { timeStamp, certificates: chain, ...(ocsp && { ocsp: [ocsp] }) });
}
