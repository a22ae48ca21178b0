import { createHash } from "node:crypto";
import { canonicalJson, err, ok, uuidV7, type Clock, type JsonValue, type Refusal, type Result } from "#kernel";
import type { Sql } from "#store";
import { mayHappen, reduceCase, type Actor, type Case, type CaseEvent, type EventInputs } from "./case.ts";
import type { CaseEventType, ServiceDefinition } from "./definition.ts";
import type { ServiceProblem } from "./problems.ts";
import { draftOf, eventByKey, insertEvent, lockCase, readCase, saveSummary } from "./store.ts";

/** Something that must become durable together with an event: a ledger entry, an entitlement. Runs in the same transaction. */
export type Effect = (tx: Sql, state: Case) => Promise<unknown>;

export interface Act<Type extends CaseEventType> {
  readonly caseId: string;
  readonly event: Type;
  readonly actor: Actor;
  readonly input: EventInputs[Type];
  /** The same key never acts twice: the second call answers as the first did. */
  readonly idempotencyKey: string;
  /** The sequence number the person was looking at; another head is refused, so nobody decides on a page gone stale. */
  readonly expectedSeq?: number;
  readonly effects?: readonly Effect[];
}

export interface ServicesContext {
  readonly database: Sql;
  readonly clock: Clock;
}

/**
 * Lets an actor cause one event of a case: checks role, phase, second person and staleness against the definition the
 * case runs under, appends the event to its hash chain and runs the effects, all in one transaction or not at all.
 */
export async function act<Type extends CaseEventType>(
  context: ServicesContext,
  command: Act<Type>,
): Promise<Result<Case, Refusal<ServiceProblem>>> {
  return context.database.transaction(async (tx) => {
    if (!(await lockCase(tx, command.caseId))) return err({ code: "case-unknown" });
    const before = (await openCase(tx, command.caseId))!;
    const done = await eventByKey(tx, command.caseId, command.idempotencyKey);
    if (done) return done.type === command.event ? ok(before.state) : err({ code: "key-reused" });
    if (command.expectedSeq !== undefined && !standsSince(before.state, command.expectedSeq))
      return err({ code: "case-changed" });
    const rule = mayHappen(before.definition, before.state, command.event, command.actor);
    if (typeof rule === "string") return err({ code: rule });
    return ok(await append(tx, context.clock, before.definition, before.state, command));
  });
}

/** Opens a draft, or answers the one that is already open for the same service, person and applicant. */
export async function startCase(
  context: ServicesContext,
  definition: ServiceDefinition,
  actor: Actor,
  input: EventInputs["started"],
): Promise<Case> {
  return context.database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `${definition.id}/${input.principal.person}/${input.applicant.person}`,
    ]);
    const open = await draftOf(tx, definition.id, input.principal.person, input.applicant.person);
    if (open) return (await openCase(tx, open))!.state;
    const id = uuidV7(context.clock.now());
    const hash = definitionHash(definition);
    const event = chained(context.clock, { seq: 1, hash: "" }, { event: "started", actor, input }) as CaseEvent;
    const state = reduceCase(id, definition, hash, [event])!;
    await saveSummary(tx, definition, state, null, event.at);
    await insertEvent(tx, id, event, "start");
    return state;
  });
}

/** A case as it stands, and the definition it runs under. */
export async function openCase(
  sql: Sql,
  id: string,
): Promise<{ state: Case; definition: ServiceDefinition } | undefined> {
  const stored = await readCase(sql, id);
  if (!stored) return undefined;
  const state = reduceCase(id, stored.definition, stored.hash, stored.events);
  return state ? { state, definition: stored.definition } : undefined;
}

/** SHA-256 of the definition's canonical JSON (RFC 8785), hexadecimal; each case cites it. */
export function definitionHash(definition: ServiceDefinition): string {
  return createHash("sha256")
    .update(canonicalJson(definition as unknown as JsonValue))
    .digest("hex");
}

/** Whether the hash chain of a case is whole: every event follows from the one before it. */
export function chainIsWhole(events: readonly CaseEvent[]): boolean {
  let before = "";
  return events.every((event, at) => {
    const whole = event.seq === at + 1 && event.prevHash === before && event.hash === eventHash(event);
    before = event.hash;
    return whole;
  });
}

/** Whether a page made at `seq` still shows the case as it is. Somebody else's look at it changes nothing on the page. */
function standsSince({ events, seq: head }: Case, seq: number): boolean {
  return seq <= head && events.every((event) => event.seq <= seq || event.type === "viewed");
}

async function append<Type extends CaseEventType>(
  tx: Sql,
  clock: Clock,
  definition: ServiceDefinition,
  state: Case,
  command: Act<Type>,
): Promise<Case> {
  const event = chained(clock, { seq: state.seq + 1, hash: state.head }, command) as CaseEvent;
  await insertEvent(tx, state.id, event, command.idempotencyKey);
  const after = reduceCase(state.id, definition, state.definition.hash, [...state.events, event])!;
  const chosen = definition.questions.find((question) => question.kind === "item-from-schedule");
  const item = chosen ? after.answers[chosen.id] : null;
  await saveSummary(tx, definition, after, typeof item === "string" ? item : null, event.at);
  for (const effect of command.effects ?? []) await effect(tx, after);
  return after;
}

function chained(
  clock: Clock,
  head: { seq: number; hash: string },
  what: { event: CaseEventType; actor: Actor; input: EventInputs[CaseEventType] },
): unknown {
  const at = clock.now();
  const event = {
    id: uuidV7(at),
    seq: head.seq,
    type: what.event,
    at: at.toISOString(),
    actor: what.actor,
    input: what.input,
    prevHash: head.hash,
  };
  return { ...event, hash: eventHash(event) };
}

function eventHash(event: object): string {
  const { hash: _own, ...rest } = event as { hash?: string };
  return createHash("sha256")
    .update(canonicalJson(JSON.parse(JSON.stringify(rest)) as JsonValue))
    .digest("hex");
}
