import { err, ok, uuidV7, type Refusal, type Result } from "#kernel";
import { isField } from "../fields/field-list.ts";
import { compileGlob } from "../r1/glob.ts";
import { identifierPath, parseServerPath, type ClientId, type MemberId } from "../r1/identifier.ts";
import { isTimeWindow, type TimeWindow } from "./time-window.ts";
import type { AccessRight, PayloadCheck, Quota, RightState, RightSubject } from "./right.ts";

/** A right to give. Dates default to now and two years; five years are the longest. */
export interface RightGrant {
  /** Code of the own subsystem that provides the service. */
  readonly subsystem: string;
  readonly serviceCode: string;
  /** A member or subsystem, or a group. */
  readonly subject: ClientId | RightSubject;
  /** `*` unless told. */
  readonly method?: string;
  /** `/**` unless told. */
  readonly pathGlob?: string;
  readonly purposes?: readonly string[];
  readonly legalBases?: readonly string[];
  readonly consent?: "none" | "required";
  readonly consentUnless?: readonly string[];
  readonly fields?: readonly string[];
  readonly validFrom?: Date;
  readonly validUntil?: Date;
  readonly quota?: Quota;
  readonly timeWindow?: TimeWindow;
  readonly sourceGateways?: readonly string[];
  readonly payloadCheck?: PayloadCheck;
  readonly reviewAt?: Date;
  readonly owner?: string;
}

const year = 365.25 * 24 * 3600 * 1000;
const code = /^[\x21-\x7e]{1,64}$/;

/** Makes a right of what is asked for, filled in and checked. `reason` of the refusal names the part that cannot be. */
export function rightFrom(
  grant: RightGrant,
  o: { readonly member: MemberId; readonly now: Date; readonly state: RightState; readonly replaces?: string },
): Result<AccessRight, Refusal<"right-invalid">> {
  const validFrom = grant.validFrom ?? o.now;
  const right: AccessRight = {
    id: uuidV7(o.now),
    version: 1,
    provider: identifierPath({ ...o.member, subsystemCode: grant.subsystem }),
    serviceCode: grant.serviceCode,
    subject: "kind" in grant.subject ? grant.subject : subjectOf(grant.subject),
    method: grant.method?.toUpperCase() ?? "*",
    pathGlob: grant.pathGlob ?? "**",
    purposes: grant.purposes ?? [],
    legalBases: grant.legalBases ?? [],
    consent: grant.consent ?? "none",
    fields: grant.fields ?? null,
    validFrom,
    validUntil: grant.validUntil ?? new Date(validFrom.getTime() + 2 * year),
    state: o.state,
    ...(grant.quota ? { quota: grant.quota } : {}),
    ...(grant.consentUnless?.length ? { consentUnless: grant.consentUnless } : {}),
    ...(grant.timeWindow ? { timeWindow: grant.timeWindow } : {}),
    ...(grant.sourceGateways?.length ? { sourceGateways: grant.sourceGateways } : {}),
    ...(grant.payloadCheck ? { payloadCheck: grant.payloadCheck } : {}),
    ...(grant.reviewAt ? { reviewAt: grant.reviewAt } : {}),
    ...(grant.owner ? { owner: grant.owner } : {}),
    ...(o.replaces ? { replaces: o.replaces } : {}),
  };
  const fault = faultOf(right);
  return fault ? err({ code: "right-invalid", params: { reason: fault } }) : ok(right);
}

function subjectOf(client: ClientId): RightSubject {
  return { kind: "subsystemCode" in client ? "subsystem" : "member", id: identifierPath(client) };
}

/** What of a right cannot be: the name of its member. Nothing when it holds. */
export function faultOf(right: AccessRight): string | undefined {
  const { validFrom, validUntil, reviewAt, quota } = right;
  const parts = right.subject.id.split("/").length;
  const wanted = { subsystem: 4, member: 3, "local-group": 1, "global-group": 1 }[right.subject.kind];
  if (parts !== wanted || right.subject.id === "" || right.subject.id.length > 150) return "subject";
  if (right.serviceCode === "" || right.serviceCode.length > 100) return "serviceCode";
  if (!/^(?:\*|[A-Z]{3,10})$/.test(right.method)) return "method";
  if (!right.pathGlob.startsWith("/") && right.pathGlob !== "**" && right.pathGlob !== "") return "pathGlob";
  if (right.pathGlob.length > 500) return "pathGlob";
  if (right.purposes.length > 100 || !right.purposes.every((one) => code.test(one))) return "purposes";
  if (right.legalBases.length > 100 || !right.legalBases.every((one) => code.test(one))) return "legalBases";
  if (right.fields && (right.fields.length > 500 || !right.fields.every(isField))) return "fields";
  if (!unlessHolds(right)) return "consentUnless";
  if (right.timeWindow && !isTimeWindow(right.timeWindow)) return "timeWindow";
  if (right.sourceGateways && !gatewaysHold(right.sourceGateways)) return "sourceGateways";
  const span = validUntil.getTime() - validFrom.getTime();
  if (!(span > 0 && span <= 5 * year + 1)) return "dates";
  if (reviewAt && !(reviewAt.getTime() > 0 && reviewAt <= validUntil)) return "reviewAt";
  if (right.owner !== undefined && (right.owner.trim() === "" || right.owner.length > 200)) return "owner";
  return quota && !quotaHolds(quota) ? "quota" : undefined;
}

/** A statute that the right does not take for a legal basis would never stand in for anything. */
function unlessHolds({ consent, consentUnless = [], legalBases }: AccessRight): boolean {
  if (consentUnless.length === 0) return true;
  const takes = (one: string): boolean => code.test(one) && (legalBases.length === 0 || legalBases.includes(one));
  return consent === "required" && consentUnless.length <= 100 && consentUnless.every(takes);
}

function gatewaysHold(gateways: readonly string[]): boolean {
  const isPath = (one: string): boolean => {
    const read = parseServerPath(one);
    return read.ok && identifierPath(read.value) === one;
  };
  return gateways.length >= 1 && gateways.length <= 100 && gateways.every(isPath);
}

function quotaHolds({ requests, burst = 1, subjectsPerDay = 1 }: Quota): boolean {
  return [requests, burst, subjectsPerDay].every((one) => Number.isInteger(one) && one >= 1 && one <= 1_000_000_000);
}

/** What a glob would do differently on gateways of other makes, for those who write one. */
export function globWarnings(pathGlob: string): readonly string[] {
  return compileGlob(pathGlob).warnings;
}

/** What a right says, apart from its id, its dates, and how it stands. */
export function sayingOf(right: AccessRight): object {
  const {
    id: _id,
    version: _version,
    state: _state,
    replaces: _replaces,
    validFrom,
    validUntil,
    reviewAt,
    ...saying
  } = right;
  void [validFrom, validUntil, reviewAt];
  return saying;
}
