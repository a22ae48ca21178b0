import { createHmac, hash, randomBytes } from "node:crypto";
import { canonicalJson, toBase64, toBase64Url, type JsonValue } from "#kernel";
import { commitSync, entryInstant, type ExchangeCall } from "#ledger";
import { identifierPath, type ServiceId } from "../r1/identifier.ts";

export type Side = "consumer" | "provider";

/** A message signature as evidence: the base itself holds personal data and is not kept, its digest is. */
export interface SignatureEvidence {
  readonly keyid: string;
  /** base64. */
  readonly sig: string;
  /** base64(SHA-512 of the signature base). */
  readonly baseDigest: string;
}

/** An exchange as far as it is known when its record is opened. Times are RFC 3339 UTC, identifiers in path form. */
export interface Draft {
  readonly recordId: string;
  readonly side: Side;
  readonly gateway: string;
  readonly configVersion: number;
  readonly configStale: boolean;
  /** `x-road-request-id`. */
  readonly exchangeId: string;
  readonly messageId: string;
  readonly member: string;
  readonly peer: string;
  readonly client: string;
  readonly service: string;
  readonly method: string;
  /** At the provider: the gateway that sent it. */
  readonly sender?: string;
  /** The glob that matched, never the path. */
  readonly endpoint?: string;
  /** The published endpoint that was called (`/v1/people/*`): what a later question about rights needs of the path. */
  readonly operation?: string;
  /** Why it was refused, and the right that came nearest. */
  readonly denial?: { readonly reason: string; readonly nearest?: string };
  readonly purpose?: string;
  readonly legalBasis?: string;
  readonly consentId?: string;
  readonly issue?: string;
  readonly rightId?: string;
  readonly rightVersion?: number;
  readonly requestHash: string;
  readonly requestContentDigest: string;
  readonly requestSignature: SignatureEvidence;
  readonly pair: string;
  /** Commitment to the person concerned. */
  readonly sub?: string;
  readonly opened: string;
}

/** Salts in base64url. They stay in the evidence table; `req` is shared by both sides, the others are this side's own. */
export interface Salts {
  readonly req: string;
  readonly rec: string;
  readonly con?: string;
  /** No salt: the label of the person's list in this gateway's log (`Log.trace`). As secret as the salts. */
  readonly label?: string;
}

/** How an exchange ended. */
export interface End {
  /** HTTP status of the provider's answer, a problem code, or `unanswered`. */
  readonly outcome: string;
  readonly responseContentDigest?: Uint8Array;
  readonly responseSignature?: SignatureEvidence;
  readonly fieldsReleased?: readonly string[];
  readonly fieldsDropped?: readonly string[];
  /** How often each kind of breach of the service's description was found (`request:body:required`). */
  readonly breaches?: Readonly<Record<string, number>>;
  readonly now: Date;
}

/** Whether a service can be named in a log entry, whose schema takes 160 characters for an identifier. */
export function fitsEntry(service: ServiceId): boolean {
  return identifierPath(service).length <= 160;
}

/** Closes a record: the final text that `rec` commits to, and the one entry this side writes into its log. */
export function closeEvidence(draft: Draft, salts: Salts, end: End): { record: string; entry: ExchangeCall } {
  const { member, peer, sub, ...rest } = draft;
  const record = canonicalJson({
    v: 1,
    ...rest,
    ...(end.responseContentDigest ? { responseContentDigest: toBase64(end.responseContentDigest) } : {}),
    ...(end.responseSignature ? { responseSignature: { ...end.responseSignature } } : {}),
    ...(end.fieldsReleased ? { fieldsReleased: end.fieldsReleased } : {}),
    ...(end.fieldsDropped?.length ? { fieldsDropped: end.fieldsDropped } : {}),
    ...(end.breaches && Object.keys(end.breaches).length > 0 ? { breaches: end.breaches } : {}),
    outcome: end.outcome,
    closed: end.now.toISOString(),
  } as unknown as JsonValue);
  const shared = Buffer.from(salts.req, "base64url");
  return {
    record,
    entry: {
      v: 1,
      t: "exchange.call",
      at: entryInstant(end.now),
      role: draft.side,
      member,
      peer,
      service: draft.service,
      purpose: draft.purpose ?? "-",
      basis: draft.legalBasis ?? "-",
      pair: draft.pair,
      req: commitSync(draft.requestHash, shared),
      // Without an answer both sides commit to how it ended, so that an honest failure is no gap (ledger section 12).
      res: commitSync(end.responseContentDigest ?? end.outcome, shared),
      ...(sub ? { sub } : {}),
      ...(draft.consentId && salts.con
        ? { con: commitSync(draft.consentId, Buffer.from(salts.con, "base64url")) }
        : {}),
      rec: commitSync(record, Buffer.from(salts.rec, "base64url")),
      out: end.outcome,
    },
  };
}

/**
 * The values that open a provider entry's commitments for the person concerned (ledger: `opening.commitments`).
 * @param subject the person and the salt of the entry's `sub`; not opened once the log has forgotten them
 */
export function openingOf(
  row: { record: string; salts: Salts; consentId?: string | undefined },
  subject: { value: string; salt: string | undefined },
): { commitments: Record<string, { salt: string; value: string }> } {
  const { salts } = row;
  return {
    commitments: {
      rec: { salt: salts.rec, value: row.record },
      ...(subject.salt === undefined ? {} : { sub: { salt: subject.salt, value: subject.value } }),
      ...(salts.con && row.consentId ? { con: { salt: salts.con, value: row.consentId } } : {}),
    },
  };
}

/** What a record may still say when its person was forgotten: agencies, times, grounds and outcome. */
const namesNobody = [
  "v",
  "recordId",
  "side",
  "gateway",
  "configVersion",
  "configStale",
  "exchangeId",
  "client",
  "service",
  "method",
  "sender",
  "endpoint",
  "operation",
  "denial",
  "purpose",
  "legalBasis",
  "rightId",
  "rightVersion",
  "pair",
  "fieldsReleased",
  "fieldsDropped",
  "breaches",
  "outcome",
  "opened",
  "closed",
] as const;

/** A closed record without what could be compared with a person, or with messages about them. It opens no commitment. */
export function forgottenRecord(record: string): string {
  const whole = JSON.parse(record) as Readonly<Record<string, JsonValue>>;
  const kept = namesNobody.flatMap((name) => (whole[name] === undefined ? [] : [[name, whole[name]] as const]));
  return canonicalJson({ ...Object.fromEntries(kept), forgotten: true });
}

/** Equal on both sides: SHA-256("taroko/pair/v1" ‖ 00 ‖ exchange id ‖ 00 ‖ SHA-256(request signature)). */
export function pairTag(exchangeId: string, signature: Uint8Array): string {
  const inner = hash("sha256", signature, "buffer");
  return hash("sha256", Buffer.concat([Buffer.from(`taroko/pair/v1\0${exchangeId}\0`), inner]), "base64url");
}

export function signatureEvidence(keyid: string, base: string, signature: Uint8Array): SignatureEvidence {
  return {
    keyid,
    sig: toBase64(signature),
    baseDigest: hash("sha512", Buffer.from(base, "latin1"), "base64"),
  };
}

export function freshSalt(): string {
  return toBase64Url(randomBytes(32));
}

/** The key by which this gateway finds its records about a person again. */
export function subjectLookup(subject: string, lookupKey: Uint8Array): Uint8Array {
  return createHmac("sha256", lookupKey).update(`taroko/subject-lookup/v1\0${subject}`).digest();
}
