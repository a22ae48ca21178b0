import { createHash } from "node:crypto";
import { fromBase64, fromBase64Url, toBase64, toBase64Url, utf8 } from "#kernel";
import { isSignatureAlgorithm, verifySignature, type SignatureAlgorithm } from "../web-eid/algorithms.ts";
import { readCertificate, type CardCertificate } from "../web-eid/index.ts";
import { failed, unsure, type Outcome } from "./report.ts";
import type { KeptEvidence } from "./judge-signer.ts";

/** A JAdES signature (ETSI TS 119 182-1) whose form was found good and whose key made it; nobody is believed yet. */
export interface JadesRead {
  readonly certificate: CardCertificate;
  readonly algorithm: SignatureAlgorithm;
  readonly claimedAt: Date | undefined;
  /** The signed bytes; `undefined` where the signature names outside documents by their hashes. */
  readonly payload: Uint8Array | undefined;
  /** What a signature time stamp is over: the signature in its transfer form (section 5.3.4). */
  readonly stamped: Uint8Array;
  /** Time-stamp tokens, DER. */
  readonly timeStamps: readonly Uint8Array[];
  readonly kept: KeptEvidence;
}

type Parts = {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
  readonly etsiU: unknown[];
};
type Json = Readonly<Record<string, unknown>>;

/** Header parameters that may stand in `crit` because they are processed here. */
const understood = new Set(["sigD", "sigT"]);
const byUriHash = "http://uri.etsi.org/19182/ObjectIdByURIHash";
const hashes: Readonly<Record<string, string>> = { S256: "sha256", S384: "sha384", S512: "sha512" };

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** No part of a signature is nested deeper; reading millions of levels takes the processor seconds. */
const deepest = 50;

function tooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "[" || character === "{") {
      depth += 1;
      if (depth > deepest) return true;
    } else if (character === "]" || character === "}") depth -= 1;
  }
  return false;
}

function parseObject(text: string | undefined): Json | undefined {
  try {
    const value: unknown = text === undefined || tooDeep(text) ? undefined : JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function decoded(part: unknown): string | undefined {
  const bytes = typeof part === "string" ? fromBase64Url(part) : undefined;
  try {
    return bytes && new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The three parts, of compact, flattened and general serialisation with one signature (RFC 7515 section 7). */
function split(text: string): Parts | undefined {
  const compact = /^([\w-]+)\.([\w-]*)\.([\w-]+)\s*$/.exec(text);
  if (compact) return { protected: compact[1]!, payload: compact[2]!, signature: compact[3]!, etsiU: [] };
  const whole = parseObject(text);
  if (!whole) return undefined;
  const list = whole["signatures"];
  if (list !== undefined && (!Array.isArray(list) || list.length !== 1 || "signature" in whole)) return undefined;
  const one: unknown = Array.isArray(list) ? list[0] : whole;
  if (!isObject(one)) return undefined;
  const { protected: head, signature, header } = one;
  const { payload = "" } = whole;
  if (typeof head !== "string" || typeof signature !== "string" || typeof payload !== "string") return undefined;
  // An unprotected header could contradict the signed one: only what JAdES puts there is taken.
  if (header !== undefined && (!isObject(header) || Object.keys(header).some((name) => name !== "etsiU")))
    return undefined;
  const etsiU = isObject(header) ? (header["etsiU"] ?? []) : [];
  return Array.isArray(etsiU) ? { protected: head, payload, signature, etsiU } : undefined;
}

/** Values `{"val": base64}` of a list. */
function values(list: unknown): Uint8Array[] {
  const entries = Array.isArray(list) ? list : [];
  return entries.flatMap((entry: unknown) => {
    const bytes = isObject(entry) && typeof entry["val"] === "string" ? fromBase64(entry["val"]) : undefined;
    return bytes ? [bytes] : [];
  });
}

function readUnsigned(etsiU: readonly unknown[]): Pick<JadesRead, "timeStamps" | "kept"> {
  const timeStamps: Uint8Array[] = [];
  const ocsp: Uint8Array[] = [];
  const crls: Uint8Array[] = [];
  for (const element of etsiU) {
    const property = isObject(element) ? element : parseObject(decoded(element));
    const { sigTst, rVals } = property ?? {};
    if (isObject(sigTst)) timeStamps.push(...values(sigTst["tstTokens"]));
    if (isObject(rVals)) {
      ocsp.push(...values(rVals["ocspVals"]));
      crls.push(...values(rVals["crlVals"]));
    }
  }
  return { timeStamps, kept: { ocsp, crls } };
}

/** Whether the header names this certificate, by SHA-256 (`x5t#S256`) or another hash (`x5t#o`). */
function namesCertificate(header: Json, certificate: CardCertificate): boolean {
  const other = header["x5t#o"];
  if (isObject(other)) {
    const hash = hashes[String(other["digAlg"])];
    if (!hash || other["digVal"] !== createHash(hash).update(certificate.der).digest("base64url")) return false;
  }
  const usual = header["x5t#S256"];
  return usual === undefined ? isObject(other) : usual === toBase64Url(certificate.fingerprint);
}

/** Section 5.2.8.3.3: each named document's hash, in order. */
function detachedFault(sigD: unknown, documents: readonly Uint8Array[]): Outcome | undefined {
  if (!isObject(sigD) || sigD["mId"] !== byUriHash) return failed("FORMAT_FAILURE", "sigD of an unknown kind");
  const { pars, hashM, hashV } = sigD;
  const hash = hashes[String(hashM)];
  if (!Array.isArray(pars) || !Array.isArray(hashV) || pars.length !== hashV.length || pars.length === 0 || !hash)
    return failed("FORMAT_FAILURE", "sigD does not name each document with a hash");
  if (documents.length < pars.length)
    return unsure("SIGNED_DATA_NOT_FOUND", `the signature is over ${pars.length} documents outside of it`);
  // The hash is over the document in its transfer form unless `b64` is false, which is refused here.
  const given = documents.map((bytes) => createHash(hash).update(toBase64Url(bytes), "latin1").digest("base64url"));
  if (
    given.length !== hashV.length ||
    !hashV.every((value: unknown) => typeof value === "string" && given.includes(value))
  )
    return failed("HASH_FAILURE", "a document is not the one that was signed");
  return undefined;
}

function claimedAt({ iat, sigT }: Json): Date | undefined {
  if (Number.isSafeInteger(iat)) return new Date(Number(iat) * 1000);
  const at = typeof sigT === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(sigT) ? new Date(sigT) : undefined;
  return at && !Number.isNaN(at.getTime()) ? at : undefined;
}

/**
 * Reads a JAdES signature and checks all that needs no authority.
 * @param documents what a detached signature is over
 */
export function readJadesFile(text: string, documents: readonly Uint8Array[] = []): JadesRead | Outcome {
  const format = (detail: string) => failed("FORMAT_FAILURE", detail);
  const parts = split(text);
  const header = parseObject(decoded(parts?.protected));
  const signature = parts && fromBase64Url(parts.signature);
  const payload = parts && fromBase64Url(parts.payload);
  if (!parts || !header || !signature || !payload) return format("not one JSON web signature");
  const { alg, crit, x5c, sigD } = header;
  if (crit !== undefined) {
    if (!Array.isArray(crit) || crit.length === 0 || new Set(crit).size !== crit.length) return format("crit");
    const unknown = crit.find(
      (name: unknown) => typeof name !== "string" || !understood.has(name) || !(name in header),
    );
    if (unknown !== undefined) return format("a header parameter that must be understood is not");
  }
  if ("b64" in header) return format("b64 is not understood");
  if ("etsiU" in header) return format("etsiU is signed");
  if (!isSignatureAlgorithm(alg)) return format("alg");
  const der = Array.isArray(x5c) && typeof x5c[0] === "string" ? fromBase64(x5c[0]) : undefined;
  if (!der) return unsure("NO_SIGNING_CERTIFICATE_FOUND", "the signature brings no certificate (x5c)");
  let certificate: CardCertificate;
  try {
    certificate = readCertificate(der);
  } catch {
    return format("the certificate cannot be read");
  }
  if (!namesCertificate(header, certificate)) return format("the signature does not name its certificate");
  if (sigD !== undefined) {
    if (!Array.isArray(crit) || !crit.includes("sigD")) return format("sigD is not critical");
    if (payload.length > 0) return format("a payload beside sigD");
  }
  // RFC 7515 section 5.1; with ObjectIdByURIHash the payload counts as empty.
  const signed = utf8(`${parts.protected}.${parts.payload}`);
  if (!verifySignature(alg, certificate.x509.publicKey, signed, signature))
    return failed("SIG_CRYPTO_FAILURE", "the signature does not verify");
  const fault = sigD === undefined ? undefined : detachedFault(sigD, documents);
  if (fault) return fault;
  return {
    certificate,
    algorithm: alg,
    claimedAt: claimedAt(header),
    payload: sigD === undefined ? payload : undefined,
    stamped: utf8(parts.signature),
    ...readUnsigned(parts.etsiU),
  };
}

/** What is added to a signature after it was made (sections 5.3.4, 5.3.5). */
export interface JadesAddition {
  /** A time-stamp token over the signature, DER. */
  readonly timeStamp?: Uint8Array;
  /** Certificates of the chain, without the signer's, DER. */
  readonly certificates?: readonly Uint8Array[];
  readonly ocsp?: readonly Uint8Array[];
  readonly crls?: readonly Uint8Array[];
}

/** The bytes a time stamp for this flattened signature must be over. */
export function bytesToStamp(jws: string): Uint8Array {
  return utf8(String(parseObject(jws)?.["signature"]));
}

/** Adds unsigned properties to a flattened signature; what it had before stays as it was, byte for byte. */
export function extendJades(jws: string, addition: JadesAddition): string {
  const whole = parseObject(jws);
  const before = split(jws);
  if (!whole || !before || typeof whole["signature"] !== "string")
    throw Object.assign(new Error("only a flattened signature can be extended"), { code: "jades-form" });
  const list = (bytes: readonly Uint8Array[]) => bytes.map((one) => ({ val: toBase64(one) }));
  const { timeStamp, certificates = [], ocsp = [], crls = [] } = addition;
  const added: Json[] = [
    ...(timeStamp ? [{ sigTst: { tstTokens: list([timeStamp]) } }] : []),
    ...(certificates.length > 0 ? [{ xVals: certificates.map((der) => ({ x509Cert: { val: toBase64(der) } })) }] : []),
    ...(ocsp.length + crls.length > 0
      ? [
          {
            rVals: {
              ...(ocsp.length > 0 && { ocspVals: list(ocsp) }),
              ...(crls.length > 0 && { crlVals: list(crls) }),
            },
          },
        ]
      : []),
  ];
  if (added.length === 0) return jws;
  const etsiU = [...before.etsiU, ...added.map((property) => toBase64Url(utf8(JSON.stringify(property))))];
  return JSON.stringify({ ...whole, header: { etsiU } });
}
