import type { R1Code } from "../r1/errors.ts";

export type HopReason =
  | "signature-missing"
  | "signature-malformed"
  | "components-wrong"
  | "parameters-wrong"
  | "component-unusable"
  | "header-repeated"
  | "algorithm-refused"
  | "key-unknown"
  | "signature-premature"
  | "signature-expired"
  | "signature-invalid"
  | "digest-missing"
  | "digest-malformed"
  | "digest-mismatch";

/**
 * Why a message of another gateway is not believed: HTTP status of the answer to a request, and the r1 code with which
 * the consumer's call fails when it was a response.
 */
export const hopReasons: Readonly<
  Record<HopReason, { readonly status: 400 | 401; readonly r1: R1Code; readonly when: string }>
> = {
  "signature-missing": { status: 401, r1: "missing_signature", when: "No signature with the tag of our profile." },
  "signature-malformed": {
    status: 400,
    r1: "malformed_signature",
    when: "Signature or Signature-Input does not parse, labels differ or repeat, or several signatures carry our tag.",
  },
  "components-wrong": {
    status: 400,
    r1: "malformed_signature",
    when: "A required component is not covered, stands in another place, or has a parameter the profile does not use.",
  },
  "parameters-wrong": {
    status: 400,
    r1: "malformed_signature",
    when: "Signature parameters are not created;expires;keyid;alg;tag, or expires is not created + 60.",
  },
  "component-unusable": {
    status: 400,
    r1: "malformed_signature",
    when: "A covered component is absent from the message or cannot be put into a signature base.",
  },
  "header-repeated": { status: 400, r1: "malformed_signature", when: "An x-road- header comes twice." },
  "algorithm-refused": {
    status: 401,
    r1: "invalid_signature_value",
    when: "alg is none of the profile's or not the one of the key.",
  },
  "key-unknown": { status: 401, r1: "invalid_signature_value", when: "No usable key with this keyid." },
  "signature-premature": {
    status: 401,
    r1: "invalid_signature_value",
    when: "created is more than 30 s ahead of our clock.",
  },
  "signature-expired": { status: 401, r1: "invalid_signature_value", when: "created is more than 60 s in the past." },
  "signature-invalid": {
    status: 401,
    r1: "invalid_signature_value",
    when: "The signature does not verify over the rebuilt base.",
  },
  "digest-missing": { status: 400, r1: "inconsistent_response", when: "No Content-Digest." },
  "digest-malformed": {
    status: 400,
    r1: "inconsistent_response",
    when: "Content-Digest is not exactly one sha-512 member.",
  },
  "digest-mismatch": { status: 400, r1: "inconsistent_response", when: "The content is not what Content-Digest says." },
};

/** A reason and, for the log only, what exactly was found. */
export interface HopRefusal {
  readonly code: HopReason;
  readonly inside: string;
}

export function hopRefusal(code: HopReason, inside: string): HopRefusal {
  return { code, inside };
}
