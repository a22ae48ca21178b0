import { readRevocationList, listFault } from "../web-eid/crl.ts";
import { certificateId, ocspFault, readOcspResponse } from "../web-eid/ocsp.ts";
import { findIssuer, validAt } from "../web-eid/trust.ts";
import { subjectIdentity, type CardCertificate, type RevocationCheck } from "../web-eid/index.ts";
import { failed, unsure, type Outcome, type Signer } from "./report.ts";

/** Whom a validation believes. */
export interface SigningTrust {
  /** Authorities that issue signature certificates, each by itself and never by its root. */
  readonly trustedIssuers: readonly CardCertificate[];
  /** PEM certificates of time-stamp authorities, roots or their own. Empty: no time stamp proves anything. */
  readonly timeStampRoots: string;
  /** Asks how a certificate stands now; absent where a check runs without a network. */
  readonly revocation?: RevocationCheck;
  readonly clock: { now(): Date };
}

/** What was kept with a signature to judge its certificate by. Nothing in it is believed before it verifies. */
export interface KeptEvidence {
  readonly ocsp: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
}

/** One thing that is known about the certificate. */
interface Standing {
  readonly status: "good" | "revoked" | "unknown";
  readonly asOf: Date;
  readonly until: Date | undefined;
  readonly revokedAt: Date | undefined;
}

/** An answer had this long before the time stamp still speaks for its instant: signing takes a while. */
const freshMs = 10 * 60_000;

function attempt<T>(read: () => T | undefined): T[] {
  try {
    const value = read();
    return value === undefined ? [] : [value];
  } catch {
    return [];
  }
}

/** What the kept evidence says, each piece judged as of its own time. */
function keptStandings(certificate: CardCertificate, issuer: CardCertificate, kept: KeptEvidence): Standing[] {
  const certId = certificateId(certificate, issuer);
  const byOcsp = kept.ocsp.flatMap((der) =>
    attempt<Standing>(() => {
      const response = readOcspResponse(der);
      const [single] = response.responses;
      if (!single || ocspFault(response, { certId, issuer, nonce: undefined, now: single.thisUpdate }))
        return undefined;
      return { status: single.status, asOf: single.thisUpdate, until: single.nextUpdate, revokedAt: single.revokedAt };
    }),
  );
  const byList = kept.crls.flatMap((der) =>
    attempt<Standing>(() => {
      const list = readRevocationList(der);
      if (listFault(list, issuer, list.thisUpdate)) return undefined;
      const revokedAt = list.serials.get(certificate.serial);
      return { status: revokedAt ? "revoked" : "good", asOf: list.thisUpdate, until: list.nextUpdate, revokedAt };
    }),
  );
  return [...byOcsp, ...byList];
}

async function standingNow(
  certificate: CardCertificate,
  issuer: CardCertificate,
  { revocation, clock }: SigningTrust,
): Promise<Standing[]> {
  // An issuer need not answer for certificates that have run out (RFC 5280 section 3.3): silence would read as good.
  if (!revocation || !validAt(certificate, clock.now())) return [];
  const answer = await revocation(certificate, issuer);
  const { status, revokedAt } = typeof answer === "string" ? { status: answer, revokedAt: undefined } : answer;
  return status === "unavailable" ? [] : [{ status, asOf: clock.now(), until: undefined, revokedAt }];
}

export interface Judged {
  readonly outcome: Outcome | undefined;
  /** Whether the evidence that came along was enough. */
  readonly selfContained: boolean;
}

/**
 * Judges the signer's certificate at the time for which there is proof, else now (EN 319 102-1 sections 5.2.6 and 5.5.4,
 * X.509 validation). `outcome` undefined: nothing against it.
 * @param provenAt the signature existed then, by a trusted time stamp
 */
export async function judgeSigner(
  certificate: CardCertificate,
  kept: KeptEvidence,
  provenAt: Date | undefined,
  trust: SigningTrust,
): Promise<Judged> {
  const end = (outcome: Outcome, selfContained = false): Judged => ({ outcome, selfContained });
  const at = provenAt ?? trust.clock.now();
  if (!certificate.keyUsage?.has("nonRepudiation"))
    return end(unsure("CHAIN_CONSTRAINTS_FAILURE", "the certificate is not for signatures (nonRepudiation)"));
  if (at < certificate.notBefore)
    return end(
      provenAt
        ? failed("NOT_YET_VALID", "the signature existed before its certificate was valid")
        : unsure("OUT_OF_BOUNDS_NO_POE", "the certificate is not yet valid"),
    );
  if (at > certificate.notAfter)
    return end(
      unsure("OUT_OF_BOUNDS_NO_POE", "the certificate has run out, and nothing proves that it was signed before"),
    );
  const issuer = findIssuer(certificate, trust.trustedIssuers, at);
  if (!issuer)
    return end(unsure("NO_CERTIFICATE_CHAIN_FOUND", "no authority that is trusted here issued the certificate"));

  const came = keptStandings(certificate, issuer, kept);
  const all = [...came, ...(await standingNow(certificate, issuer, trust))];
  const speaksFor = ({ asOf, until }: Standing) =>
    asOf.getTime() >= at.getTime() - freshMs || (until !== undefined && asOf <= at && at < until);
  const goodThen = ({ status, revokedAt, asOf }: Standing) =>
    status === "good" || (status === "revoked" && revokedAt !== undefined && revokedAt > at && asOf >= at);
  const bad = all.find((it) => it.status === "revoked" && (it.revokedAt ? it.revokedAt <= at : !all.some(sureThen)));
  function sureThen(it: Standing): boolean {
    return provenAt !== undefined && it.status === "good" && speaksFor(it);
  }
  if (bad)
    return end(unsure("REVOKED_NO_POE", "the certificate is revoked, and nothing proves that it was signed before"));
  if (!all.some((it) => speaksFor(it) && goodThen(it)))
    return end(unsure("TRY_LATER", "nothing says whether the certificate stood at that time"));
  return {
    outcome: undefined,
    selfContained: provenAt !== undefined && came.some((it) => speaksFor(it) && goodThen(it)),
  };
}

/** Who a certificate names. */
export function signerOf(certificate: CardCertificate): Signer {
  const { commonName, organization, organizationIdentifier, surname, givenName } = certificate.subject;
  const issuer = /(?:^|\n)CN=(.+)/.exec(certificate.x509.issuer)?.[1] ?? "unknown";
  const personal = surname !== undefined || givenName !== undefined || subjectIdentity(certificate) !== undefined;
  return {
    kind: organizationIdentifier !== undefined ? "seal" : personal ? "person" : "unknown",
    name: commonName ?? organization ?? "–",
    ...(organization !== undefined && { organisation: organization }),
    issuer,
    serial: certificate.serial,
  };
}
