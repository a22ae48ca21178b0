import type { RightChanged } from "#ledger";
import type { RightState } from "./right.ts";

/** What may be done to a right that is there. */
export type RightAct =
  | "amend"
  | "propose"
  | "approve"
  | "reject"
  | "activate"
  | "suspend"
  | "resume"
  | "change"
  | "review"
  | "expire"
  | "revoke";

interface Transition {
  readonly from: readonly RightState[];
  /** Where it leads; where nothing is said the state stays. */
  readonly to?: RightState;
  /** How the log calls it. */
  readonly change: RightChanged["change"];
}

const inForce: readonly RightState[] = ["approved", "active", "suspended"];

/** The whole life of a right. What is not in here cannot happen. */
export const transitions: Readonly<Record<RightAct, Transition>> = {
  amend: { from: ["draft"], change: "drafted" },
  propose: { from: ["draft"], to: "proposed", change: "proposed" },
  approve: { from: ["proposed"], to: "approved", change: "approved" },
  reject: { from: ["proposed"], to: "draft", change: "rejected" },
  activate: { from: ["approved"], to: "active", change: "activated" },
  suspend: { from: ["active"], to: "suspended", change: "suspended" },
  resume: { from: ["suspended"], to: "active", change: "resumed" },
  change: { from: ["approved", "active", "suspended"], change: "changed" },
  review: { from: inForce, change: "reviewed" },
  expire: { from: inForce, to: "expired", change: "expired" },
  revoke: { from: ["draft", "proposed", ...inForce], to: "revoked", change: "revoked" },
};

/** The state a right is in after an act; `undefined` when the act is not possible in its state. */
export function nextState(state: RightState, act: RightAct): RightState | undefined {
  const { from, to } = transitions[act];
  return from.includes(state) ? (to ?? state) : undefined;
}

/** What may be done to a right in this state, in the order of the table. */
export function possibleActs(state: RightState): readonly RightAct[] {
  return (Object.keys(transitions) as RightAct[]).filter((act) => transitions[act].from.includes(state));
}

/** Two spellings of one name are one person: case, width, spaces and invisible signs do not make another approver. */
export function samePerson(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(name: string): string {
  return name
    .normalize("NFKC")
    .replaceAll(/[\p{Cf}\p{Mn}]/gu, "")
    .replaceAll(/[\s\p{P}]+/gu, " ")
    .trim()
    .toLowerCase();
}
