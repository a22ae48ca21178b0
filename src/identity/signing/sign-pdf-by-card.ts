import { err, fromBase64, isUuid, ok, toBase64, uuidV7, type Result } from "#kernel";
import type { Session } from "../contract.ts";
import { eventAt } from "../event.ts";
import type { Identity } from "../identity.ts";
import { refuse } from "../problems.ts";
import { samePerson, usableCertificate, type SignatureRefusal } from "../sign.ts";
import { findIssuer } from "../web-eid/trust.ts";
import { readCertificate } from "../web-eid/index.ts";
import type { SignatureReport } from "./report.ts";
import { completePdf, ecdsaToDer, hashToSign, preparePdf, type PdfPrepared } from "./sign-pdf.ts";
import { pdfAdditions, trustOf } from "./strengthen.ts";
import { validateFile } from "./validate.ts";

const requestLifeMs = 10 * 60_000;

export interface PdfSignaturePrepared {
  readonly id: string;
  /** What the card is to sign, base64. */
  readonly hash: string;
  readonly hashFunction: "SHA-256" | "SHA-384";
  readonly expiresAt: Date;
}

/**
 * First pass of a person's signature on a PDF: checks the signature certificate and fixes the bytes. Show the person the
 * very file that is handed in here.
 * @param input.certificate base64 DER; without it the one the reader sent at sign-in
 * @param input.name what the person calls the file; it comes back with the signed one, and stands in no address meanwhile
 */
export async function preparePdfSignature(
  identity: Identity,
  session: Session,
  input: { readonly pdf: Uint8Array; readonly certificate?: string; readonly name?: string },
): Promise<Result<PdfSignaturePrepared, SignatureRefusal>> {
  const sealed = input.certificate === undefined ? await identity.store.sealedCertificate(session.id) : undefined;
  const der = fromBase64(input.certificate ?? (sealed ? identity.keys.open(sealed, session.id) : ""));
  const certificate = await usableCertificate(identity, session, der);
  if (!certificate.ok) return certificate;
  const at = identity.clock.now();
  const id = uuidV7(at);
  const issuer = findIssuer(certificate.value, identity.trustedIssuers, at);
  let prepared: PdfPrepared | undefined;
  try {
    prepared = await preparePdf(input.pdf, {
      certificate: certificate.value.der,
      chain: issuer ? [issuer.der] : [],
      at,
      field: `Person-${id}`,
    });
  } catch {
    return err(refuse("signature-invalid", "the PDF cannot be read", { why: "FORMAT_FAILURE" }));
  }
  if (!prepared) return err(refuse("signature-invalid", "key of another kind", { why: "algorithm" }));
  const expiresAt = new Date(at.getTime() + requestLifeMs);
  await identity.store.putSignatureRequest({
    id,
    sessionId: session.id,
    sealed: identity.keys.seal(JSON.stringify({ ...prepared, name: input.name }), id),
    expiresAt,
  });
  return ok({ id, hash: toBase64(hashToSign(prepared)), hashFunction: prepared.hash, expiresAt });
}

export interface PdfSigned {
  readonly pdf: Uint8Array;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly report: SignatureReport;
  readonly name?: string;
}

/**
 * Second pass: puts the card's signature into its place, with time stamp and evidence, and validates the whole as any third
 * party would. The request is deleted first, so a signing is finished once.
 * @param input.signature base64 of raw R‖S
 */
export async function finishPdfSignature(
  identity: Identity,
  session: Session,
  input: { readonly id: string; readonly signature: string },
): Promise<Result<PdfSigned, SignatureRefusal>> {
  const request = isUuid(input.id) ? await identity.store.takeSignatureRequest(input.id, session.id) : undefined;
  const at = identity.clock.now();
  if (!request || at >= request.expires_at) return err(refuse("signature-request-unknown"));
  const prepared = JSON.parse(identity.keys.open(request.sealed, input.id)) as Partial<PdfPrepared> & {
    readonly name?: string;
  };
  if (!isPrepared(prepared)) return err(refuse("signature-request-unknown"));
  const raw = fromBase64(input.signature);
  if (raw?.length !== (prepared.hash === "SHA-256" ? 64 : 96))
    return err(refuse("signature-invalid", "not a raw signature", { why: "FORMAT_FAILURE" }));
  const certificate = readCertificate(fromBase64(prepared.certificate)!);
  const signature = ecdsaToDer(raw);
  const pdf = await completePdf(prepared, signature, await pdfAdditions(identity, certificate, signature));
  const { signatures, sha256 } = await validateFile(pdf, trustOf(identity));
  const report = signatures.find(({ name }) => name === `Person-${input.id}`);
  if (report?.indication !== "TOTAL-PASSED")
    return err(
      refuse("signature-invalid", report?.detail ?? "no signature", { why: report?.subIndication ?? "FORMAT_FAILURE" }),
    );
  if (!(await samePerson(identity, session, certificate))) return err(refuse("signature-other-person"));
  await identity.store.putEvent(
    eventAt(at, {
      person_id: session.person.id,
      principal_id: session.acting?.personId ?? null,
      what: "signature",
      acr: session.acr,
    }),
  );
  return ok({ pdf, sha256, report, ...(prepared.name !== undefined && { name: prepared.name }) });
}

/** Requests for JSON signatures lie in the same place. */
function isPrepared<Kept extends Partial<PdfPrepared>>(request: Kept): request is Kept & PdfPrepared {
  return request.pdf !== undefined && request.attributes !== undefined;
}
