import { compileGlob, type Glob } from "../r1/glob.ts";

/** A right as the provider's gateway keeps it: deny by default, one right must cover everything about a call. */
export interface AccessRight {
  readonly id: string;
  readonly version: number;
  /** Providing subsystem, path form. */
  readonly provider: string;
  readonly serviceCode: string;
  /** Who may: a subsystem, or a member with all its subsystems. Path form. */
  readonly subject: string;
  /** `*` or one method. */
  readonly method: string;
  readonly pathGlob: string;
  /** Purposes that may be stated; empty = the service does not ask. */
  readonly purposes: readonly string[];
  readonly legalBases: readonly string[];
  readonly consent: "none" | "required";
  /** Top-level members of each row that may be released; `null` = all. */
  readonly fields: readonly string[] | null;
  readonly validFrom: Date;
  readonly validUntil: Date;
  readonly state: "active" | "suspended" | "revoked";
}

/** What is known of a call when rights are judged. */
export interface RightsQuestion {
  /** Path form. */
  readonly client: string;
  readonly method: string;
  /** Decoded segments of the service path. */
  readonly segments: readonly string[];
  readonly purpose: string | undefined;
  readonly legalBasis: string | undefined;
  readonly now: Date;
  /** The service's own demand, whatever a right says. */
  readonly purposeRequired: boolean;
}

export type DenialReason =
  | "no-right-for-client"
  | "method-or-path"
  | "not-active"
  | "outside-dates"
  | "purpose-missing"
  | "purpose"
  | "legal-basis";

export type Decision =
  | { readonly allow: true; readonly right: AccessRight }
  | { readonly allow: false; readonly reason: DenialReason; readonly nearest?: string };

const order: readonly DenialReason[] = [
  "no-right-for-client",
  "method-or-path",
  "not-active",
  "outside-dates",
  "purpose-missing",
  "purpose",
  "legal-basis",
];

/**
 * Judges a call by the rights on its service: the most specific right that covers it wins; without one, the reason is
 * that of the right that came nearest. Pure.
 */
export function evaluate(rights: readonly AccessRight[], question: RightsQuestion): Decision {
  let nearest: { reason: DenialReason; right?: AccessRight } = { reason: "no-right-for-client" };
  let best: { right: AccessRight; specificity: number } | undefined;
  for (const right of rights) {
    const glob = globOf(right.pathGlob);
    const reason = failing(right, glob, question);
    if (reason === undefined) {
      if (!best || glob.specificity > best.specificity) best = { right, specificity: glob.specificity };
    } else if (order.indexOf(reason) > order.indexOf(nearest.reason)) nearest = { reason, right };
  }
  if (best) return { allow: true, right: best.right };
  return { allow: false, reason: nearest.reason, ...(nearest.right ? { nearest: nearest.right.id } : {}) };
}

/** Whether a right speaks of this client at all: its own, or its member's. */
export function concerns(right: Pick<AccessRight, "subject">, client: string): boolean {
  return right.subject === client || client.startsWith(`${right.subject}/`);
}

function failing(right: AccessRight, glob: Glob, asked: RightsQuestion): DenialReason | undefined {
  if (!concerns(right, asked.client)) return "no-right-for-client";
  if (right.method !== "*" && right.method.toUpperCase() !== asked.method.toUpperCase()) return "method-or-path";
  if (!glob.matches(asked.segments)) return "method-or-path";
  if (right.state !== "active") return "not-active";
  if (asked.now < right.validFrom || asked.now >= right.validUntil) return "outside-dates";
  if (asked.purpose === undefined || asked.legalBasis === undefined) {
    return asked.purposeRequired || right.purposes.length > 0 ? "purpose-missing" : undefined;
  }
  if (right.purposes.length > 0 && !right.purposes.includes(asked.purpose)) return "purpose";
  if (right.legalBases.length > 0 && !right.legalBases.includes(asked.legalBasis)) return "legal-basis";
  return undefined;
}

const globs = new Map<string, Glob>();

/** Compiled once per text; rights are few and their globs short. */
function globOf(text: string): Glob {
  let glob = globs.get(text);
  if (!glob) {
    glob = compileGlob(text);
    if (globs.size > 10_000) globs.clear();
    globs.set(text, glob);
  }
  return glob;
}
