import { createHash } from "node:crypto";
import {
  canonicalJson,
  err,
  fromBase64,
  ok,
  toBase64,
  toBase64Url,
  utf8,
  uuidV7,
  type JsonValue,
  type Refusal,
  type Result,
} from "#kernel";
import type { Session } from "./contract.ts";
import { eventAt } from "./event.ts";
import type { Identity } from "./identity.ts";
import {
  algorithmFor,
  assembleJws,
  cardHash,
  protectedHeader,
  signingHash,
  verifyJades,
  type JadesVerdict,
} from "./jades.ts";
import { normaliseIdentity } from "./person.ts";
import { refuse } from "./problems.ts";
import { refusalOf, type SignInRefusal } from "./sign-in.ts";
import { strengthenJades, trustOf } from "./signing/strengthen.ts";
import { validateJades } from "./signing/validate.ts";
import { checkCertificate, readCertificate, subjectIdentity, type CardCertificate } from "./web-eid/index.ts";

const requestLifeMs = 10 * 60_000;

export type SignatureRefusal =
  | Refusal<"signature-invalid" | "signature-other-person" | "signature-request-unknown">
  | SignInRefusal;

export interface SignaturePrepared {
  readonly id: string;
  /** What the card is to sign: base64 of the hash of the JWS signing input. */
  readonly hash: string;
  /** In Web eID's words. */
  readonly hashFunction: "SHA-256" | "SHA-384";
  /** The payload as signed. */
  readonly canonical: string;
  /** base64url SHA-256 of `canonical`: the document's own name, the same whoever signs it. */
  readonly payloadHash: string;
  readonly expiresAt: Date;
}

/**
 * First pass of signing: fixes the exact bytes, checks the signature certificate, and answers the hash for the card.
 * @param input.contentType the payload's media type, for example `application/vnd.taroko.application+json`
 * @param input.certificate base64 DER; without it the one the reader sent at sign-in
 */
export async function prepareSignature(
  identity: Identity,
  session: Session,
  input: { readonly payload: JsonValue; readonly contentType: string; readonly certificate?: string },
): Promise<Result<SignaturePrepared, SignatureRefusal>> {
  const sealed = input.certificate === undefined ? await identity.store.sealedCertificate(session.id) : undefined;
  const der = fromBase64(input.certificate ?? (sealed ? identity.keys.open(sealed, session.id) : ""));
  const certificate = await usableCertificate(identity, session, der);
  if (!certificate.ok) return certificate;
  const algorithm = algorithmFor(certificate.value);
  if (!algorithm) return err(refuse("signature-invalid", "key of another kind", { why: "algorithm" }));

  const at = identity.clock.now();
  const expiresAt = new Date(at.getTime() + requestLifeMs);
  const canonical = canonicalJson(input.payload);
  const payload = toBase64Url(utf8(canonical));
  const header = protectedHeader(certificate.value, algorithm, { at, contentType: input.contentType });
  const id = uuidV7(at);
  await identity.store.putSignatureRequest({
    id,
    sessionId: session.id,
    sealed: identity.keys.seal(JSON.stringify({ header, payload }), id),
    expiresAt,
  });
  return ok({
    id,
    hash: toBase64(signingHash(algorithm, header, payload)),
    hashFunction: cardHash[algorithm],
    canonical,
    payloadHash: createHash("sha256").update(canonical, "utf8").digest("base64url"),
    expiresAt,
  });
}

/** A finished signature: keep `jws`; it verifies by itself with `verifyJades`, and where it is stamped also after the card. */
export interface Signed {
  readonly jws: string;
  readonly payloadHash: string;
  readonly signer: { readonly personId: string; readonly name: string };
  /** base64url SHA-256 of the signer's certificate. */
  readonly certificateFingerprint: string;
  readonly signedAt: Date;
}

/**
 * Second pass: puts the card's signature into place and verifies the whole as any third party would. The request is
 * deleted first, so a signing is finished once.
 * @param input.signature base64 of raw R‖S
 * @param input.certificate base64 DER of the certificate the reader says it signed with; another card than the prepared
 * one is then told as such, and not as a broken signature
 */
export async function finishSignature(
  identity: Identity,
  session: Session,
  input: { readonly id: string; readonly signature: string; readonly certificate?: string },
): Promise<Result<Signed, SignatureRefusal>> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(input.id);
  const request = isId ? await identity.store.takeSignatureRequest(input.id, session.id) : undefined;
  const at = identity.clock.now();
  if (!request || at >= request.expires_at) return err(refuse("signature-request-unknown"));
  const signature = fromBase64(input.signature);
  if (!signature) return err(refuse("signature-invalid", "not base64", { why: "FORMAT_FAILURE" }));

  if (input.certificate !== undefined) {
    const used = await usableCertificate(identity, session, fromBase64(input.certificate));
    if (!used.ok) return used;
  }

  const { header, payload } = JSON.parse(identity.keys.open(request.sealed, input.id)) as Record<string, string>;
  // Requests to sign a PDF lie in the same place.
  if (header === undefined || payload === undefined) return err(refuse("signature-request-unknown"));
  const jws = assembleJws(header, payload, signature);
  const verdict = await verifyJades(jws, identity);
  if (verdict.status === "invalid") return err(refuse("signature-invalid", verdict.detail, { why: verdict.why }));
  if (verdict.status === "indeterminate") return err(refusalOf(verdict.reason, verdict.why));
  if (!(await samePerson(identity, session, verdict.certificate))) return err(refuse("signature-other-person"));

  await identity.store.putEvent(
    eventAt(at, {
      person_id: session.person.id,
      principal_id: session.acting?.personId ?? null,
      what: "signature",
      acr: session.acr,
    }),
  );
  return ok({
    jws: await strengthenJades(identity, jws, verdict.certificate),
    payloadHash: toBase64Url(verdict.payloadHash),
    signer: { personId: session.person.id, name: session.person.name },
    certificateFingerprint: toBase64Url(verdict.certificate.fingerprint),
    signedAt: verdict.claimedAt,
  });
}

/**
 * Verifies a kept signature with this site's trusted authorities: as of now, or as of its time stamp, since a card that
 * is lost or has run out later takes nothing back.
 */
export async function verifySigned(identity: Identity, jws: string): Promise<JadesVerdict> {
  const verdict = await verifyJades(jws, identity);
  if (verdict.status !== "indeterminate") return verdict;
  const { indication } = await validateJades(jws, trustOf(identity));
  return indication === "TOTAL-PASSED" ? { status: "valid", ...verdict.content } : verdict;
}

/** The certificate, if it stands, is for signatures and belongs to the session's person. */
export async function usableCertificate(
  identity: Identity,
  session: Session,
  der: Uint8Array | undefined,
): Promise<Result<CardCertificate, SignatureRefusal>> {
  if (!der)
    return err(refuse("signature-invalid", "no signature certificate", { why: "NO_SIGNING_CERTIFICATE_FOUND" }));
  let certificate: CardCertificate;
  try {
    certificate = readCertificate(new Uint8Array(der));
  } catch {
    return err(refuse("signature-invalid", "certificate cannot be read", { why: "FORMAT_FAILURE" }));
  }
  const checked = await checkCertificate(certificate, { ...identity, purpose: "signature" });
  if (!checked.valid) return err(refusalOf(checked.reason, checked.detail));
  if (!(await samePerson(identity, session, certificate))) return err(refuse("signature-other-person"));
  return ok(certificate);
}

/** The certificate's number belongs to the session's person. Names are not compared: they change. */
export async function samePerson(identity: Identity, session: Session, certificate: CardCertificate): Promise<boolean> {
  const who = subjectIdentity(certificate);
  const row = who && (await identity.store.personByIndex(identity.keys.blindIndex(normaliseIdentity(who))));
  return row?.id === session.person.id;
}
