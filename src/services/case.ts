import type { JsonValue, Localised } from "#kernel";
import type { CaseEventRule, CaseEventType, Role, ServiceDefinition } from "./definition.ts";

/** The human who acts, and in which role. `person` is the identity module's id, never a national number. */
export interface Actor {
  readonly person: string | null;
  readonly name: string;
  readonly role: Role;
}

/** What one source answered; never editable. `exchangeId` finds the signed message and its log entry. */
export interface Fact {
  readonly need: string;
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly agency: Localised;
  readonly service: string;
  readonly fetchedAt: string;
  readonly exchangeId: string;
}

/** What the rule said at a moment: outcome, amount in whole units of the currency, and its explanation line by line. */
export interface Ruling {
  readonly eligible: boolean;
  readonly amount: number;
  readonly lines: readonly { readonly label: Localised; readonly value: Localised; readonly ok?: boolean }[];
  readonly model: { readonly id: string; readonly version: string; readonly hash: string; readonly name: Localised };
  /** What it was computed from and how it came about, so that it can be replayed and read in full years later. */
  readonly basis?: RulingBasis;
}

/** To this module it is data: `flows` makes it, and replays from it. */
export interface RulingBasis {
  /** The engine's name for itself, and the decision of the model that was asked. */
  readonly engine: string;
  readonly decision: string;
  /** The instant it was judged at, ISO 8601. */
  readonly at: string;
  /** Values by the names of the model's inputs. */
  readonly inputs: Readonly<Record<string, JsonValue>>;
  /** What came out, before it was made into whole units of the currency. */
  readonly value: JsonValue;
  /** Tables, rows, cells: the whole account of why. */
  readonly explanation: JsonValue;
}

/** The payload of each kind of event. */
export interface EventInputs {
  started: {
    principal: { person: string; name: string };
    applicant: { person: string; name: string };
    mandate: { kind: string; title: Localised; source: string } | null;
  };
  consented: { consentId: string };
  "facts-added": { facts: readonly Fact[] };
  answered: { answers: Readonly<Record<string, JsonValue>> };
  submitted: { number: string; signature: string; payloadHash: string; ruling: Ruling; dueAt: string };
  viewed: { fields: readonly string[] };
  approved: { ruling: Ruling };
  refused: { ruling: Ruling; grounds: readonly Localised[]; note: string };
  returned: { note: string };
  released: { entitlement: string };
  paid: { paidAt: string; reference: string };
  "payment-failed": { reason: Localised };
  /** The charge that paid it, in the payments module. */
  "fee-paid": { fee: string; charge: string; paidAt: string; amount: number };
  "fee-waived": Record<string, never>;
  "fee-lapsed": { fee: string };
  withdrawn: Record<string, never>;
}

/** One line of a case's append-only log. `hash` covers everything before it through `prevHash`. */
export type CaseEvent = {
  [Type in CaseEventType]: {
    readonly id: string;
    readonly seq: number;
    readonly type: Type;
    readonly at: string;
    readonly actor: Actor;
    readonly input: EventInputs[Type];
    readonly hash: string;
    readonly prevHash: string;
  };
}[CaseEventType];

/** A case as it stands: a pure reduction of its events. */
export interface Case {
  readonly id: string;
  readonly service: string;
  readonly definition: { readonly version: string; readonly hash: string };
  readonly phase: string;
  readonly principal: { readonly person: string; readonly name: string };
  readonly applicant: { readonly person: string; readonly name: string };
  readonly mandate: EventInputs["started"]["mandate"];
  readonly number: string | null;
  readonly consentId: string | null;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly answers: Readonly<Record<string, JsonValue>>;
  readonly submittedAt: string | null;
  readonly dueAt: string | null;
  readonly ruling: Ruling | null;
  readonly signature: string | null;
  readonly decision: {
    readonly outcome: "approved" | "refused";
    readonly at: string;
    readonly by: Actor;
    readonly ruling: Ruling;
    readonly grounds: readonly Localised[];
    readonly note: string;
  } | null;
  readonly releasedBy: Actor | null;
  readonly entitlement: string | null;
  readonly payment: {
    readonly state: "paid" | "failed";
    readonly at: string;
    readonly reference: string;
    readonly reason: Localised | null;
  } | null;
  readonly seq: number;
  readonly head: string;
  readonly events: readonly CaseEvent[];
}

/** Folds the events of one case, oldest first, into its state. */
export function reduceCase(
  id: string,
  definition: ServiceDefinition,
  hash: string,
  events: readonly CaseEvent[],
): Case | undefined {
  const first = events[0];
  if (first?.type !== "started") return undefined;
  let state: Case = {
    id,
    service: definition.id,
    definition: { version: definition.version, hash },
    phase: definition.events.find((rule) => rule.event === "started")!.to!,
    ...first.input,
    number: null,
    consentId: null,
    facts: {},
    answers: {},
    submittedAt: null,
    dueAt: null,
    ruling: null,
    signature: null,
    decision: null,
    releasedBy: null,
    entitlement: null,
    payment: null,
    seq: first.seq,
    head: first.hash,
    events,
  };
  for (const event of events.slice(1)) {
    const to = definition.events.find((rule) => rule.event === event.type && rule.from.includes(state.phase))?.to;
    state = { ...applied(state, event), phase: to ?? state.phase, seq: event.seq, head: event.hash };
  }
  return state;
}

function applied(state: Case, event: CaseEvent): Case {
  switch (event.type) {
    case "consented":
      return { ...state, consentId: event.input.consentId };
    case "facts-added":
      return {
        ...state,
        facts: { ...state.facts, ...Object.fromEntries(event.input.facts.map((fact) => [fact.need, fact])) },
      };
    case "answered":
      return { ...state, answers: { ...state.answers, ...event.input.answers } };
    case "submitted":
      return {
        ...state,
        number: event.input.number,
        submittedAt: event.at,
        dueAt: event.input.dueAt,
        ruling: event.input.ruling,
        signature: event.input.signature,
      };
    case "approved":
      return {
        ...state,
        decision: {
          outcome: "approved",
          at: event.at,
          by: event.actor,
          ruling: event.input.ruling,
          grounds: [],
          note: "",
        },
      };
    case "refused":
      return {
        ...state,
        decision: {
          outcome: "refused",
          at: event.at,
          by: event.actor,
          ruling: event.input.ruling,
          grounds: event.input.grounds,
          note: event.input.note,
        },
      };
    case "returned":
      return { ...state, decision: null };
    case "released":
      return { ...state, releasedBy: event.actor, entitlement: event.input.entitlement };
    case "paid":
      return {
        ...state,
        payment: { state: "paid", at: event.input.paidAt, reference: event.input.reference, reason: null },
      };
    case "payment-failed":
      return { ...state, payment: { state: "failed", at: event.at, reference: "", reason: event.input.reason } };
    case "fee-paid":
    case "fee-waived":
    case "fee-lapsed":
    case "started":
    case "viewed":
    case "withdrawn":
      return state;
  }
}

/** Why an event may not happen now. */
export type EventRefusal = "case-not-yours" | "case-wrong-phase" | "second-person-needed" | "own-case";

/** The one function that says whether an actor may cause an event now; buttons and enforcement both ask it. */
export function mayHappen(
  definition: ServiceDefinition,
  state: Case,
  type: CaseEventType,
  actor: Actor,
): CaseEventRule | EventRefusal {
  const rules = definition.events.filter((rule) => rule.event === type && rule.by.includes(actor.role));
  if (rules.length === 0) return "case-not-yours";
  if (actor.role === "applicant" ? !partyTo(state, actor) : partyTo(state, actor))
    return actor.role === "applicant" ? "case-not-yours" : "own-case";
  const rule = rules.find((candidate) => candidate.from.includes(state.phase));
  if (!rule) return "case-wrong-phase";
  if (rule.differentFrom) {
    const earlier = state.events.findLast((event) => event.type === rule.differentFrom);
    if (earlier?.actor.person === actor.person) return "second-person-needed";
  }
  return rule;
}

/** The events open to an actor now, in the definition's order. */
export function availableEvents(definition: ServiceDefinition, state: Case, actor: Actor): CaseEventType[] {
  const types = [...new Set(definition.events.map((rule) => rule.event))];
  return types.filter((type) => typeof mayHappen(definition, state, type, actor) === "object");
}

/** The person who applied, or for whom. They apply; whoever serves the agency may not be one of them. */
function partyTo(state: Case, { person }: Actor): boolean {
  return person !== null && (person === state.applicant.person || person === state.principal.person);
}
