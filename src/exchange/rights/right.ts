import type { TimeWindow } from "./time-window.ts";

/**
 * Who a right is for. A member has all its subsystems; a local group is one of the provider's own agency; a global group
 * stands in the country's configuration. Kind and id are two things, so that no client can be named like a group.
 */
export type RightSubject =
  | { readonly kind: "subsystem" | "member"; /** Path form. */ readonly id: string }
  | { readonly kind: "local-group" | "global-group"; /** The group's code. */ readonly id: string };

/**
 * How many calls a right is good for: a bucket that holds `burst` calls (`requests`, if not given) and is filled evenly
 * with `requests` for each `per`. A month is 30 days.
 */
export interface Quota {
  readonly requests: number;
  readonly per: "second" | "minute" | "day" | "month";
  readonly burst?: number;
  /** How many different people may be asked about in one day (UTC). Needs a service that says where the person is named. */
  readonly subjectsPerDay?: number;
}

/**
 * `draft → proposed → approved → active → (suspended ↔ active) → expired | revoked`. Only `active`, within its dates,
 * grants. A proposal that is turned down is a draft again.
 */
export type RightState = "draft" | "proposed" | "approved" | "active" | "suspended" | "expired" | "revoked";

export type PayloadCheck = "off" | "report" | "enforce";

/** A right as the provider's gateway keeps it: deny by default, one right must cover everything about a call. */
export interface AccessRight {
  readonly id: string;
  /** Counts the changes. */
  readonly version: number;
  /** Providing subsystem, path form. */
  readonly provider: string;
  readonly serviceCode: string;
  readonly subject: RightSubject;
  /** `*` or one method. */
  readonly method: string;
  readonly pathGlob: string;
  /** Purposes that may be stated; empty = the service does not ask. */
  readonly purposes: readonly string[];
  readonly legalBases: readonly string[];
  readonly consent: "none" | "required";
  /** Statutes that stand in for the consent: stated as the call's legal basis, the person need not have agreed. */
  readonly consentUnless?: readonly string[];
  /** What of each row may be released: names of top-level members or JSON pointers below the row; `null` = all. */
  readonly fields: readonly string[] | null;
  readonly validFrom: Date;
  /** The first instant at which it grants no more. */
  readonly validUntil: Date;
  readonly state: RightState;
  readonly quota?: Quota;
  /** The hours in which it grants; always, unless told. */
  readonly timeWindow?: TimeWindow;
  /** Gateways the call must come from (`TW/GOV/code/gw1`); any of the caller's, unless told. */
  readonly sourceGateways?: readonly string[];
  /** Instead of the service's own setting. */
  readonly payloadCheck?: PayloadCheck;
  /** When somebody must look whether it is still needed. */
  readonly reviewAt?: Date;
  /** The responsible role or unit at the provider; no person's name. */
  readonly owner?: string;
  /** The right that ends when this one becomes active. */
  readonly replaces?: string;
}

/** A right in the form it is written down and shown in: dates as RFC 3339. */
export type RightRecord = Omit<AccessRight, "validFrom" | "validUntil" | "reviewAt"> & {
  readonly validFrom: string;
  readonly validUntil: string;
  readonly reviewAt?: string;
};

export function recordOf(right: AccessRight): RightRecord {
  const { validFrom, validUntil, reviewAt, ...rest } = right;
  return {
    ...rest,
    validFrom: validFrom.toISOString(),
    validUntil: validUntil.toISOString(),
    ...(reviewAt ? { reviewAt: reviewAt.toISOString() } : {}),
  };
}

/** The subject as one text: for the log, for lists. A group's stands out by a prefix no path has. */
export function subjectText(subject: RightSubject): string {
  if (subject.kind === "local-group") return `LOCALGROUP:${subject.id}`;
  return subject.kind === "global-group" ? `GLOBALGROUP:${subject.id}` : subject.id;
}

/** Reads what `subjectText` wrote; a path of three parts is a member. `undefined` for anything else. */
export function parseSubject(text: string): RightSubject | undefined {
  const group = /^(LOCAL|GLOBAL)GROUP:([A-Za-z0-9'()+,\-.=?]{1,80})$/.exec(text);
  if (group) return { kind: group[1] === "LOCAL" ? "local-group" : "global-group", id: group[2]! };
  if (!/^[^/:\s]+(?:\/[^/:\s]+){2,3}$/.test(text)) return undefined;
  return { kind: text.split("/").length === 3 ? "member" : "subsystem", id: text };
}

/**
 * Reads a right back from its record. Records from before groups were have the subject as a path.
 * @throws on what is no record of a right
 */
export function rightOf(record: string): AccessRight {
  const { subject, validFrom, validUntil, reviewAt, ...rest } = JSON.parse(record) as Omit<RightRecord, "subject"> & {
    readonly subject: RightSubject | string;
  };
  const whole = typeof subject === "string" ? parseSubject(subject) : subject;
  if (!whole) throw Object.assign(new Error("a kept right has no subject"), { code: "right-record" });
  return {
    ...rest,
    subject: whole,
    validFrom: new Date(validFrom),
    validUntil: new Date(validUntil),
    ...(reviewAt ? { reviewAt: new Date(reviewAt) } : {}),
  };
}
