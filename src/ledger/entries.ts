import { canonicalJson, err, ok, utf8, type Refusal, type Result } from "#kernel";
import { administrativeKinds, type AdministrativeEntry } from "./entries-of-administration.ts";
import { personIndexKinds, type PersonIndexEntry } from "./entries-of-persons.ts";
import { paymentKinds, type PaymentEntry } from "./entries-of-payments.ts";
import {
  code,
  digest,
  identifier,
  instant,
  optionalDigest,
  version,
  type Digest,
  type EntryBase,
  type FieldRule,
  type Instant,
  type KindsOf,
} from "./entry-fields.ts";
import type { LedgerProblem } from "./problems.ts";

/** One side's record of one exchange. Both sides write one; `pair` is equal, so that a dropped one shows. */
export interface ExchangeCall extends EntryBase<"exchange.call"> {
  readonly role: "consumer" | "provider";
  /** The writer and the other side, by their public identifiers. */
  readonly member: string;
  readonly peer: string;
  readonly service: string;
  /** Codes from the published lists. */
  readonly purpose: string;
  readonly basis: string;
  readonly pair: Digest;
  /** Commitments to the request and to the answer; no `res` when none came. */
  readonly req: Digest;
  readonly res?: Digest;
  /** Commitments to the person concerned, to the consent record, and to the evidence record. */
  readonly sub?: Digest;
  readonly con?: Digest;
  readonly rec: Digest;
  /** How it ended: a short code such as `200`, `refused`, `unanswered`. */
  readonly out: string;
}

interface ConsentChange<Kind extends string> extends EntryBase<Kind> {
  /** Who keeps the agreement. */
  readonly member: string;
  readonly sub: Digest;
  /** Commitment to the digest of the consent record. */
  readonly con: Digest;
  readonly purpose: string;
  readonly basis: string;
}
export type ConsentGranted = ConsentChange<"consent.granted">;
export type ConsentWithdrawn = ConsentChange<"consent.withdrawn">;

/** A step of a case that the applicant can later prove. */
export interface CaseEvent extends EntryBase<"case.event"> {
  readonly member: string;
  readonly service: string;
  readonly kind:
    | "submitted"
    | "viewed"
    | "assigned"
    | "returned"
    | "withdrawn"
    | "decided"
    | "released"
    | "paid"
    | "payment-failed"
    | "fee-paid"
    | "fee-waived"
    | "fee-lapsed"
    | "corrected";
  /** Commitments to the case number, the applicant, and the record of the step. */
  readonly cas: Digest;
  readonly sub: Digest;
  readonly rec: Digest;
}

/** A gateway took a new signed configuration into use; so all of them can be shown to hold one view. */
export interface ConfigurationAccepted extends EntryBase<"configuration.accepted"> {
  readonly member: string;
  /** Version number, decimal. */
  readonly ver: string;
  /** SHA-256 of the configuration. It is public, so this is no commitment. */
  readonly dig: Digest;
  /** SHA-256 of its content, version and times left out: the `dig` of an authority's `configuration.issued`. */
  readonly cnt: Digest;
}

/** An access right was proposed, approved, changed or taken away, or somebody came into a group that has rights. */
export interface RightChanged extends EntryBase<"right.changed"> {
  readonly member: string;
  /** Who may: a client's path, `LOCALGROUP:code` or `GLOBALGROUP:code`; of a group, who joined or left it. */
  readonly peer: string;
  /** The service's path; `LOCALGROUP:code` where the members of that group changed. */
  readonly service: string;
  readonly change:
    | "drafted"
    | "proposed"
    | "approved"
    | "rejected"
    | "activated"
    | "granted"
    | "changed"
    | "reviewed"
    | "suspended"
    | "resumed"
    | "expired"
    | "revoked"
    | "group-joined"
    | "group-left";
  readonly rec: Digest;
}

/** Everything a log may hold. */
export type LogEntry =
  | ExchangeCall
  | ConsentGranted
  | ConsentWithdrawn
  | CaseEvent
  | ConfigurationAccepted
  | RightChanged
  | AdministrativeEntry
  | PaymentEntry
  | PersonIndexEntry;
export type EntryKind = LogEntry["t"];

const consentFields = { at: instant, member: identifier, sub: digest, con: digest, purpose: code, basis: code };

/**
 * The closed list of what is logged, with the words the public page uses. An entry is checked against it before it is
 * staged, so no module can leak data into a log that cannot forget.
 */
export const entryKinds: KindsOf<LogEntry> = {
  "exchange.call": {
    title: { "zh-Hant": "機關之間的一次資料交換", en: "One exchange of data between agencies" },
    fields: {
      at: instant,
      role: { type: "choice", of: ["consumer", "provider"] },
      member: identifier,
      peer: identifier,
      service: identifier,
      purpose: code,
      basis: code,
      pair: digest,
      req: digest,
      res: optionalDigest,
      sub: optionalDigest,
      con: optionalDigest,
      rec: digest,
      out: { type: "code", max: 32 },
    },
  },
  "consent.granted": {
    title: { "zh-Hant": "有人同意提供自己的資料", en: "A person agreed to share their data" },
    fields: consentFields,
  },
  "consent.withdrawn": {
    title: { "zh-Hant": "有人撤回同意", en: "A person withdrew an agreement" },
    fields: consentFields,
  },
  "case.event": {
    title: { "zh-Hant": "案件的一個步驟", en: "A step of a case" },
    fields: {
      at: instant,
      member: identifier,
      service: identifier,
      kind: {
        type: "choice",
        of: [
          "submitted",
          "viewed",
          "assigned",
          "returned",
          "withdrawn",
          "decided",
          "released",
          "paid",
          "payment-failed",
          "fee-paid",
          "fee-waived",
          "fee-lapsed",
          "corrected",
        ],
      },
      cas: digest,
      sub: digest,
      rec: digest,
    },
  },
  "configuration.accepted": {
    title: { "zh-Hant": "閘道採用新的共同設定", en: "A gateway took a new common configuration into use" },
    fields: { at: instant, member: identifier, ver: version, dig: digest, cnt: digest },
  },
  "right.changed": {
    title: { "zh-Hant": "存取權限變更", en: "An access right was changed" },
    fields: {
      at: instant,
      member: identifier,
      peer: identifier,
      service: identifier,
      change: {
        type: "choice",
        of: [
          "drafted",
          "proposed",
          "approved",
          "rejected",
          "activated",
          "granted",
          "changed",
          "reviewed",
          "suspended",
          "resumed",
          "expired",
          "revoked",
          "group-joined",
          "group-left",
        ],
      },
      rec: digest,
    },
  },
  ...administrativeKinds,
  ...paymentKinds,
  ...personIndexKinds,
};

function holds(rule: FieldRule, value: unknown): boolean {
  if (typeof value !== "string") return false;
  switch (rule.type) {
    case "digest":
      // 43 letters carry 258 bits; the last one may use only the upper four of its six.
      return /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(value);
    case "instant":
      return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(value) && !Number.isNaN(Date.parse(value));
    case "code":
      return value.length > 0 && value.length <= rule.max && /^[\x21-\x7e]+$/.test(value);
    case "choice":
      return rule.of.includes(value);
  }
}

/**
 * Checks an entry against the closed list and answers its bytes: canonical JSON (RFC 8785), mostly below 1 KB.
 * The refusal names the kind and the field, never a value.
 * @param kinds what this log takes; every kind, if not given
 */
export function checkEntry(
  entry: LogEntry,
  kinds?: ReadonlySet<EntryKind>,
): Result<Uint8Array<ArrayBuffer>, Refusal<LedgerProblem>> {
  const given = entry as unknown as Readonly<Record<string, unknown>>;
  const kind = given["t"];
  if (given["v"] !== 1 || typeof kind !== "string" || !Object.hasOwn(entryKinds, kind)) {
    return err({ code: "entry-kind-unknown" });
  }
  if (kinds && !kinds.has(kind as EntryKind)) return err({ code: "entry-kind-foreign", params: { kind } });
  const fields: Readonly<Record<string, FieldRule>> = entryKinds[kind as EntryKind].fields;
  for (const field of Object.keys(given)) {
    if (field === "v" || field === "t" || given[field] === undefined) continue;
    if (!Object.hasOwn(fields, field)) return err({ code: "entry-field-unknown", params: { kind, field } });
  }
  for (const [field, rule] of Object.entries(fields)) {
    if (given[field] === undefined ? !rule.optional : !holds(rule, given[field])) {
      return err({ code: "entry-field-invalid", params: { kind, field } });
    }
  }
  return ok(utf8(canonicalJson(entry as unknown as Readonly<Record<string, string>>)));
}

/** The time of an entry: UTC, whole seconds. */
export function entryInstant(at: Date): Instant {
  return `${at.toISOString().slice(0, 19)}Z`;
}
