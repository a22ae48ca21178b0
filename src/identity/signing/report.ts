/**
 * What a validation says, in the words of ETSI EN 319 102-1: an indication, where it is not good a sub-indication, and
 * for each signature who, when by their own word, when at the latest by proof, and to which level.
 */
export type Indication = "TOTAL-PASSED" | "TOTAL-FAILED" | "INDETERMINATE";

export type SubIndication =
  | "FORMAT_FAILURE"
  | "HASH_FAILURE"
  | "SIG_CRYPTO_FAILURE"
  | "NOT_YET_VALID"
  | "NO_SIGNING_CERTIFICATE_FOUND"
  | "NO_CERTIFICATE_CHAIN_FOUND"
  | "CHAIN_CONSTRAINTS_FAILURE"
  | "SIGNED_DATA_NOT_FOUND"
  | "OUT_OF_BOUNDS_NO_POE"
  | "REVOKED_NO_POE"
  | "TRY_LATER";

/**
 * `B-T` is said only where a time stamp was found good. Nothing is called B-LT: that wants evidence about the time-stamp
 * authority's certificate too, which is not asked for here; see `selfContained`.
 */
export type Level = "B-B" | "B-T" | "no baseline";

/** Who signed, as the certificate says. Numbers of persons are not told. */
export interface Signer {
  /** A `seal` is an organisation's; it says where a document comes from, not that a person agreed. */
  readonly kind: "person" | "seal" | "unknown";
  readonly name: string;
  readonly organisation?: string;
  readonly issuer: string;
  /** Lower-case hexadecimal. */
  readonly serial: string;
}

/** What came into a PDF after a signature; `page 2` and the like name what shows differently. */
export interface Change {
  readonly kind: "signature" | "validation data" | "content";
  readonly what: string;
}

export interface SignatureReport {
  readonly format: "JAdES" | "PAdES" | "PKCS#7 in PDF";
  /** The PDF's field, or `signature`. */
  readonly name: string;
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
  /** In English, for the report's reader; no personal data. */
  readonly detail: string;
  readonly signer?: Signer;
  /** What the signer's side claims. */
  readonly claimedAt?: Date;
  /** The signature existed at the latest at this time, says a time-stamp authority that is trusted here. */
  readonly provenAt?: Date;
  readonly provenBy?: string;
  readonly level?: Level;
  /** Whether evidence of that time about the signer's certificate came along: no later revocation undoes the signature. */
  readonly selfContained?: boolean;
  /** Of a PDF: what was appended after this signature. Empty: it covers the whole file. */
  readonly changes?: readonly Change[];
}

/** One file's validation. The file's own indication is that of its worst signature. */
export interface ValidationReport {
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
  readonly format: "JAdES" | "PAdES" | "unknown";
  /** Lower-case hexadecimal SHA-256 of the file. */
  readonly sha256: string;
  readonly validatedAt: Date;
  readonly signatures: readonly SignatureReport[];
  /** PDF only: time stamps over the whole document. */
  readonly documentTimeStamps?: readonly { readonly at?: Date; readonly by?: string; readonly fault?: string }[];
}

export interface Outcome {
  readonly indication: Indication;
  readonly subIndication?: SubIndication;
  readonly detail: string;
}

export const failed = (subIndication: SubIndication, detail: string): Outcome => ({
  indication: "TOTAL-FAILED",
  subIndication,
  detail,
});
export const unsure = (subIndication: SubIndication, detail: string): Outcome => ({
  indication: "INDETERMINATE",
  subIndication,
  detail,
});
