import { canonicalJson, err, ok, type Clock, type JsonValue, type Refusal, type Result } from "#kernel";
import { commitSync, entryInstant, type Log, type RightChanged } from "#ledger";
import type { Database, Sql } from "#store";
import { recordAct } from "../acts/store.ts";
import type { Directory } from "../configuration/directory.ts";
import { freshSalt } from "../gateway/evidence.ts";
import { identifierPath, type MemberId } from "../r1/identifier.ts";
import { nextState, transitions, type RightAct } from "./lifecycle.ts";
import { recordOf, subjectText, type AccessRight } from "./right.ts";
import { lockRight, putRight, putRightChange } from "./store.ts";

/** What the verbs on rights work with: an agency's database and log, whether its gateway runs beside them or not. */
export interface RightsContext {
  readonly database: Database;
  readonly log: Log;
  readonly clock: Clock;
  readonly member: MemberId;
  /** The country's configuration, for its groups; `undefined` while there is none. */
  readonly directory: () => Directory | undefined;
}

/** Who does something, and what they say about it. */
export interface By {
  /** An operator's name, `site-file`, or `cli:<user>`. */
  readonly by: string;
  /** For those who read the history; no personal data. */
  readonly note?: string;
}

/** What became of a right. */
export interface Changed {
  readonly id: string;
  readonly version: number;
  readonly state: AccessRight["state"];
}

/** Writes a right as it now is, into the table, the history, the log, and the list of acts; all or nothing. */
export async function enterChange(
  context: RightsContext,
  tx: Sql,
  right: AccessRight,
  change: RightChanged["change"],
  { by, note }: By,
): Promise<Changed> {
  const at = context.clock.now();
  const salt = freshSalt();
  const record = canonicalJson(recordOf(right) as unknown as JsonValue);
  await putRight(tx, right, at);
  const logEntry = await context.log.append(tx, {
    v: 1,
    t: "right.changed",
    at: entryInstant(at),
    member: identifierPath(context.member),
    peer: subjectText(right.subject),
    service: `${right.provider}/${encodeURIComponent(right.serviceCode)}`,
    change,
    rec: commitSync(record, Buffer.from(salt, "base64url")),
  });
  await putRightChange(tx, { right, at, change, by, note, record, salt, logEntry });
  const detail = { service: right.serviceCode, subject: subjectText(right.subject), ...(note ? { note } : {}) };
  await recordAct(tx, { by, act: `right.${change}`, about: right.id, detail, now: at });
  return { id: right.id, version: right.version, state: right.state };
}

export type StepRefusal = Refusal<"right-unknown" | "right-state">;

/** What else an act asks and does. */
export interface StepOptions extends By {
  /** The version that was looked at; if somebody changed the right since, nothing is done. */
  readonly seen?: number;
  /** What changes with it; version and state are seen to. */
  readonly change?: (right: AccessRight) => AccessRight;
}

/** Takes a right, which stays locked, through one act of its life. */
export async function stepOn(
  context: RightsContext,
  tx: Sql,
  id: string,
  act: RightAct,
  o: StepOptions,
): Promise<Result<AccessRight, StepRefusal>> {
  const right = await lockRight(tx, identifierPath(context.member), id);
  if (!right) return err({ code: "right-unknown" });
  const state = nextState(right.state, act);
  if (!state || (o.seen !== undefined && o.seen !== right.version)) {
    return err({ code: "right-state", params: { state: right.state, act } });
  }
  const changed: AccessRight = { ...(o.change?.(right) ?? right), id, state, version: right.version + 1 };
  await enterChange(context, tx, changed, transitions[act].change, o);
  return ok(changed);
}

export function changedOf({ id, version, state }: AccessRight): Changed {
  return { id, version, state };
}
