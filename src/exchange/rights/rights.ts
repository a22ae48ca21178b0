import { compileGlob, type Glob } from "../r1/glob.ts";
import type { AccessRight, RightSubject } from "./right.ts";
import { isWithin } from "./time-window.ts";

/** Who calls: a client, and the groups it is in. */
export interface Caller {
  /** Path form. */
  readonly client: string;
  /** Codes of the provider's own groups that the client is in. */
  readonly localGroups: ReadonlySet<string>;
  /** Codes of the country's groups likewise. */
  readonly globalGroups: ReadonlySet<string>;
}

/** What is known of a call when rights are judged. */
export interface RightsQuestion extends Caller {
  readonly method: string;
  /** Decoded segments of the service path. */
  readonly segments: readonly string[];
  readonly purpose: string | undefined;
  readonly legalBasis: string | undefined;
  readonly now: Date;
  /** When the call was made, for the hours in which a right grants; `now` unless told. */
  readonly madeAt?: Date;
  /** The gateway it comes from, path form; nothing when that is not known, which no right with a list of them covers. */
  readonly gateway: string | undefined;
  /** The service's own demand, whatever a right says. */
  readonly purposeRequired: boolean;
}

/** What is looked at, in this order; a right that fails one is out. */
export const steps = [
  "subject",
  "endpoint",
  "state",
  "dates",
  "purpose",
  "legal-basis",
  "time-window",
  "source-gateway",
] as const;
export type Step = (typeof steps)[number];

export type DenialReason =
  | "no-right-for-client"
  | "method-or-path"
  | "not-active"
  | "outside-dates"
  | "purpose-missing"
  | "purpose"
  | "legal-basis"
  | "time-window"
  | "source-gateway";

/** The step at which a right with this reason failed. */
export const stepOf: Readonly<Record<DenialReason, Step>> = {
  "no-right-for-client": "subject",
  "method-or-path": "endpoint",
  "not-active": "state",
  "outside-dates": "dates",
  "purpose-missing": "purpose",
  purpose: "purpose",
  "legal-basis": "legal-basis",
  "time-window": "time-window",
  "source-gateway": "source-gateway",
};

const order = Object.keys(stepOf) as readonly DenialReason[];

export type Decision =
  | {
      readonly allow: true;
      readonly right: AccessRight;
      /** All rights that cover the call, the most specific first: `right` and those that come after it. */
      readonly covering: readonly AccessRight[];
    }
  | { readonly allow: false; readonly reason: DenialReason; readonly nearest?: string };

/**
 * Judges a call by the rights on its service: the most specific right that covers it wins; without one, the reason is
 * that of the right that came nearest. Pure. Consent and quota are judged after it, right by right (`gateway/judge.ts`),
 * so that to take a right away never allows what was refused.
 */
export function evaluate(rights: readonly AccessRight[], question: RightsQuestion): Decision {
  let nearest: { reason: DenialReason; right?: AccessRight } = { reason: "no-right-for-client" };
  const covering: AccessRight[] = [];
  for (const right of rights) {
    const reason = failing(right, question);
    if (reason === undefined) covering.push(right);
    else if (order.indexOf(reason) > order.indexOf(nearest.reason)) nearest = { reason, right };
  }
  covering.sort((one, other) => globOf(other.pathGlob).specificity - globOf(one.pathGlob).specificity);
  const [right] = covering;
  if (right) return { allow: true, right, covering };
  return { allow: false, reason: nearest.reason, ...(nearest.right ? { nearest: nearest.right.id } : {}) };
}

/** What is known of a call when consent is judged. */
export interface ConsentState {
  /** The service's own demand, from which no statute in a right exempts. */
  readonly service: "none" | "required";
  readonly given: boolean;
  readonly legalBasis: string | undefined;
}

/** Of the rights that cover a call, those it may use with or without the person's consent; order stays. */
export function usableRights(covering: readonly AccessRight[], state: ConsentState): readonly AccessRight[] {
  return covering.filter((right) => isUsable(right, state));
}

export function isUsable(
  { consent, consentUnless = [] }: Pick<AccessRight, "consent" | "consentUnless">,
  { service, given, legalBasis }: ConsentState,
): boolean {
  if (given) return true;
  if (service === "required") return false;
  return consent === "none" || (legalBasis !== undefined && consentUnless.includes(legalBasis));
}

/** Whether a right speaks of this caller at all: by its own name, its member's, or a group it is in. */
export function concerns(right: { readonly subject: RightSubject }, caller: Caller): boolean {
  const { kind, id } = right.subject;
  switch (kind) {
    case "local-group":
      return caller.localGroups.has(id);
    case "global-group":
      return caller.globalGroups.has(id);
    case "member":
      return covers(id, caller.client);
    case "subsystem":
      return id === caller.client;
  }
}

/** Whether a client is `id` itself, or a subsystem of the member `id`. */
export function covers(id: string, client: string): boolean {
  return id === client || client.startsWith(`${id}/`);
}

/** Why a right does not cover a call: its first step that fails. Nothing if it does. */
export function failing(right: AccessRight, asked: RightsQuestion): DenialReason | undefined {
  if (!concerns(right, asked)) return "no-right-for-client";
  if (right.method !== "*" && right.method.toUpperCase() !== asked.method.toUpperCase()) return "method-or-path";
  if (!globOf(right.pathGlob).matches(asked.segments)) return "method-or-path";
  if (right.state !== "active") return "not-active";
  if (asked.now < right.validFrom || asked.now >= right.validUntil) return "outside-dates";
  if (asked.purpose === undefined || asked.legalBasis === undefined) {
    const asks = asked.purposeRequired || right.purposes.length > 0 || right.legalBases.length > 0;
    if (asks) return "purpose-missing";
  } else {
    if (right.purposes.length > 0 && !right.purposes.includes(asked.purpose)) return "purpose";
    if (right.legalBases.length > 0 && !right.legalBases.includes(asked.legalBasis)) return "legal-basis";
  }
  if (right.timeWindow && !isWithin(right.timeWindow, asked.madeAt ?? asked.now)) return "time-window";
  if (right.sourceGateways && !right.sourceGateways.some((one) => one === asked.gateway)) return "source-gateway";
  return undefined;
}

const globs = new Map<string, Glob>();

/** Compiled once per text; rights are few and their globs short. */
export function globOf(text: string): Glob {
  let glob = globs.get(text);
  if (!glob) {
    glob = compileGlob(text);
    if (globs.size > 10_000) globs.clear();
    globs.set(text, glob);
  }
  return glob;
}
