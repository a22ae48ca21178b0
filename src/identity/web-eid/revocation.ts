import { randomBytes } from "node:crypto";
import type { CardCertificate } from "./certificate.ts";
import { revocationByList, type RevocationListOptions } from "./crl.ts";
import { fetchBounded } from "./fetch-bounded.ts";
import { certificateId, ocspFault, readOcspResponse, writeOcspRequest, type OcspSettings } from "./ocsp.ts";
import type { RevocationAnswer, RevocationCheck } from "./validate.ts";

/** How the certificates of one issuer are asked about. */
export interface IssuerRevocation {
  readonly ocsp?: OcspSettings;
  /** Address of its revocation list, instead of the one in the certificate. A configured address may be private. */
  readonly listUrl?: string;
  /**
   * When its list decides. `no-responder`: only where neither certificate nor settings name a responder (the default).
   * `responder-silent`: also when the responder gives no usable answer. `always`: list and responder must both say good.
   */
  readonly list?: "no-responder" | "responder-silent" | "always";
}

export interface RevocationOptions extends Omit<RevocationListOptions, "fetch"> {
  readonly settingsFor?: (issuer: CardCertificate) => IssuerRevocation | undefined;
  /** Replaces the network. Must throw when there is no answer. `request` is absent for a list. */
  readonly fetch?: (url: string, allowPrivate: boolean, request?: Uint8Array) => Promise<Uint8Array>;
}

/** A good answer may stand in for a responder that is down for at most this long, whatever an issuer's settings say. */
const reuseMs = 2 * 60_000;
const keptAnswers = 10_000;

function fetchFromNetwork(url: string, allowPrivate: boolean, request?: Uint8Array): Promise<Uint8Array> {
  if (!request) return fetchBounded(url, { allowPrivate, maxBytes: 16_000_000 });
  return fetchBounded(url, {
    allowPrivate,
    maxBytes: 65_536,
    body: { type: "application/ocsp-request", bytes: request },
    answerType: "application/ocsp-response",
  });
}

/** A check by the issuer's responder (RFC 6960). An answer that cannot be had or believed is `unavailable`. */
export function revocationByResponder(options: RevocationOptions): RevocationCheck {
  const fetch = options.fetch ?? fetchFromNetwork;
  const good = new Map<string, { readonly at: number; readonly evidence: Uint8Array }>();

  return async (certificate, issuer): Promise<RevocationAnswer> => {
    const settings = options.settingsFor?.(issuer)?.ocsp ?? {};
    const url = settings.url ?? certificate.ocspUrls[0];
    if (url === undefined) return { status: "unavailable" };
    const key = Buffer.from(certificate.fingerprint).toString("hex");
    const certId = certificateId(certificate, issuer);
    const nonce = settings.nonce === false ? undefined : new Uint8Array(randomBytes(32));
    const allowPrivate = settings.url !== undefined || options.allowPrivate === true;
    let evidence: Uint8Array;
    try {
      evidence = await fetch(url, allowPrivate, writeOcspRequest(certId, nonce));
    } catch (fault) {
      options.onFault?.(url, fault instanceof Error ? fault.message : "fault");
      const before = good.get(key);
      const age = options.clock.now().getTime() - (before?.at ?? 0);
      return before && age >= 0 && age <= reuseMs
        ? { status: "good", evidence: before.evidence }
        : { status: "unavailable" };
    }
    // An answer that came and cannot be believed is no outage: nothing stands in for it.
    good.delete(key);
    const now = options.clock.now();
    let fault: string | undefined;
    try {
      const response = readOcspResponse(evidence);
      fault = ocspFault(response, { certId, issuer, nonce, now, settings });
      const single = response.responses[0];
      if (fault === undefined && single) {
        if (single.status === "good") {
          if (good.size >= keptAnswers) good.clear();
          good.set(key, { at: single.thisUpdate.getTime(), evidence });
        }
        const { status, revokedAt } = single;
        return { status, evidence, ...(revokedAt && { revokedAt }) };
      }
    } catch (thrown) {
      fault = thrown instanceof Error ? thrown.message : "fault";
    }
    options.onFault?.(url, fault ?? "no response");
    return { status: "unavailable" };
  };
}

/** The whole revocation check: the responder where there is one, the list by the issuer's settings. */
export function revocationBySettings(options: RevocationOptions): RevocationCheck {
  const { settingsFor, fetch } = options;
  const byResponder = revocationByResponder(options);
  const byList = revocationByList({
    ...options,
    urlFor: (issuer) => settingsFor?.(issuer)?.listUrl ?? options.urlFor?.(issuer),
    ...(fetch && { fetch: (url: string, allowPrivate: boolean) => fetch(url, allowPrivate) }),
  });
  const ask = async (check: RevocationCheck, certificate: CardCertificate, issuer: CardCertificate) => {
    const answer = await check(certificate, issuer);
    return typeof answer === "string" ? { status: answer } : answer;
  };
  return async (certificate, issuer) => {
    const settings = settingsFor?.(issuer);
    const hasResponder = settings?.ocsp?.url !== undefined || certificate.ocspUrls.length > 0;
    if (!hasResponder) return byList(certificate, issuer);
    const said = await ask(byResponder, certificate, issuer);
    const list = settings?.list ?? "no-responder";
    if (list === "responder-silent" && said.status === "unavailable") return byList(certificate, issuer);
    if (list !== "always" || said.status !== "good") return said;
    const listed = await ask(byList, certificate, issuer);
    return listed.status === "good" ? said : listed;
  };
}
