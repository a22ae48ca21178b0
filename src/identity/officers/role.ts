import type { Localised } from "#kernel";
import type { RoleRow } from "./store.ts";

const dayMs = 86_400_000;

/** No role lasts longer without being given again … */
export const longestRoleMs: number = 366 * dayMs;
/** … after this long somebody must have looked at it … */
export const reviewEveryMs: number = 90 * dayMs;
/** … and if nobody has after this long, it is suspended. */
export const suspendAfterMs: number = 120 * dayMs;
/** A role that ends within this time is one that runs out soon. */
export const soonMs: number = 30 * dayMs;

/** The roles that policies of the platform know, and what they are called. A deployment's policies may know others. */
export const roleTitles: Readonly<Record<string, Localised>> = {
  caseworker: { "zh-Hant": "承辦人", en: "Caseworker" },
  approver: { "zh-Hant": "放行人", en: "Approver" },
  treasury: { "zh-Hant": "出納", en: "Treasury officer" },
  security: { "zh-Hant": "資安人員", en: "Security officer" },
  "staff-manager": { "zh-Hant": "人員管理者", en: "Staff manager" },
  "rule-keeper": { "zh-Hant": "規則管理員", en: "Rule keeper" },
  "client-approver": { "zh-Hant": "應用程式核可人", en: "Approver of clients" },
};

/** How a role stands. `invited`: given, and in force once the invitation is accepted. */
export type RoleState = "in-force" | "invited" | "asked" | "suspended" | "run-out";

/** A role of an office. */
export interface OfficeRole {
  readonly role: string;
  readonly state: RoleState;
  /** Its end, as given; absent while it is only asked for. */
  readonly until?: Date;
  /** The day by which somebody should have looked at it again. */
  readonly reviewBy?: Date;
  /** Waits for a second manager: who asked, and until when the role would run. */
  readonly asked?: { readonly by: string; readonly until: Date };
}

/** Pure: the moment from which a role is no longer in force unless something happens. */
export function inForceUntil(heldUntil: Date, reviewedAt: Date): Date {
  return new Date(Math.min(heldUntil.getTime(), reviewedAt.getTime() + suspendAfterMs));
}

/** Pure: how a role stands at an instant. */
export function roleAt(row: RoleRow, accepted: boolean, at: Date): OfficeRole {
  const { role, held_until: until, reviewed_at: reviewed } = row;
  const asked = row.asked_until && row.asked_by ? { asked: { by: row.asked_by, until: row.asked_until } } : {};
  if (!until || !reviewed) return { role, state: "asked", ...asked };
  const state =
    until <= at ? "run-out" : inForceUntil(until, reviewed) <= at ? "suspended" : accepted ? "in-force" : "invited";
  return { role, state, until, reviewBy: new Date(reviewed.getTime() + reviewEveryMs), ...asked };
}

/** Pure: the instants by which a role is due for review, and near its end. */
export function dueBy(at: Date): {
  readonly at: Date;
  readonly reviewedBefore: Date;
  readonly notSuspendedSince: Date;
  readonly endsBefore: Date;
} {
  const before = (ms: number) => new Date(at.getTime() - ms);
  return {
    at,
    reviewedBefore: before(reviewEveryMs),
    notSuspendedSince: before(suspendAfterMs),
    endsBefore: before(-soonMs),
  };
}
