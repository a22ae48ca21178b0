import { err, ok, type Localised, type Refusal, type Result } from "#kernel";
import type { Directory } from "../configuration/directory.ts";
import { splitServicePath } from "../r1/glob.ts";
import { identifierPath, parseClientPath, type ClientId } from "../r1/identifier.ts";
import type { RightsContext } from "./enter-change.ts";
import { advice, failedStep, verdictsOf, type Failure, type JudgedStep, type RightVerdict } from "./explanation.ts";
import { localGroupsOf } from "./group-store.ts";
import { callsLeft } from "./quota.ts";
import type { AccessRight } from "./right.ts";
import {
  evaluate,
  stepOf,
  usableRights,
  type Caller,
  type ConsentState,
  type DenialReason,
  type RightsQuestion,
} from "./rights.ts";
import { rightsAt, rightsOn } from "./store.ts";
import { judgedRows, localGroupsAt, publishedServices, type JudgedRow, type PublishedTerms } from "./traffic-store.ts";

/** A call that nobody made. */
export interface SupposedCall {
  /** Path form. */
  readonly client: string;
  /** Code of the own subsystem. */
  readonly subsystem: string;
  readonly serviceCode: string;
  readonly method: string;
  /** Raw service path, `""` or beginning with `/`. */
  readonly path: string;
  readonly purpose?: string;
  readonly legalBasis?: string;
  /** Whether the person's valid consent would come with it. */
  readonly consent?: boolean;
  /** The gateway it would come from, path form; unless told, the only one that serves the client. */
  readonly gateway?: string;
  /** Now, unless told. */
  readonly at?: Date;
}

/** How a call stands to all rights on its service. For the provider's operators: rights of others are in it. */
export interface Judgement {
  readonly decision: "allow" | "deny";
  /** The right it is allowed by; of a refusal, the one that came nearest. */
  readonly right?: AccessRight;
  readonly failed?: JudgedStep;
  readonly reason?: Failure | "service-unknown" | "path";
  readonly advice?: Localised;
  /** Every right, those that came farthest first. */
  readonly verdicts: readonly RightVerdict[];
  /** Calls that the right's quota holds at this instant, if it has one. */
  readonly callsLeft?: number;
}

/** Judges a supposed call by the rights of today: takes nothing from a quota and leaves no record. */
export async function judgeSupposed(
  context: RightsContext,
  call: SupposedCall,
): Promise<Result<Judgement, Refusal<"right-invalid">>> {
  const client = parseClientPath(call.client);
  if (!client.ok) return err({ code: "right-invalid", params: { reason: "client" } });
  const { database, member } = context;
  const owner = identifierPath(member);
  const provider = identifierPath({ ...member, subsystemCode: call.subsystem });
  const path = identifierPath({ ...member, subsystemCode: call.subsystem, serviceCode: call.serviceCode });
  const service = (await publishedServices(database, owner)).find((one) => one.path === path);
  if (!service) return ok({ decision: "deny", reason: "service-unknown", verdicts: [] });
  const split = splitServicePath(call.path, {});
  if (!split.ok) return ok({ decision: "deny", reason: "path", verdicts: [] });
  const groups = await localGroupsOf(database, owner, identifierPath(client.value));
  const now = call.at ?? context.clock.now();
  const question: RightsQuestion = {
    ...callerOf(context.directory(), client.value, groups),
    method: call.method,
    segments: split.value.segments,
    purpose: call.purpose,
    legalBasis: call.legalBasis,
    now,
    gateway: call.gateway ?? soleGatewayOf(context.directory(), identifierPath(client.value)),
    purposeRequired: service.purposeRequired,
  };
  const rights = await rightsOn(database, provider, call.serviceCode);
  const judged = judgeBy(rights, question, service, call.consent ?? false);
  if (judged.decision === "deny" || !judged.right?.quota) return ok(judged);
  const left = await leftOf(context, judged, rights, question, service, call.consent ?? false);
  return ok(left);
}

/** The first right in order whose quota holds a call; none: the quota is what fails. */
async function leftOf(
  context: RightsContext,
  judged: Judgement,
  rights: readonly AccessRight[],
  question: RightsQuestion,
  service: Pick<PublishedTerms, "consent">,
  consented: boolean,
): Promise<Judgement> {
  const decision = evaluate(rights, question);
  const usable = decision.allow ? usableRights(decision.covering, consentState(question, service, consented)) : [];
  for (const right of usable) {
    const left = await callsLeft(context.database, right, question.now);
    if (left === undefined) return { ...judged, right };
    if (left >= 1) return { ...judged, right, callsLeft: left };
  }
  return { ...judged, decision: "deny", failed: "quota", reason: "quota", advice: advice.quota, callsLeft: 0 };
}

/** Pure: rights, dates, purposes and consent; no quota. */
export function judgeBy(
  rights: readonly AccessRight[],
  question: RightsQuestion,
  service: Pick<PublishedTerms, "consent">,
  consented: boolean,
): Judgement {
  const state = consentState(question, service, consented);
  const verdicts = verdictsOf(rights, question, state);
  const decision = evaluate(rights, question);
  if (!decision.allow) {
    const right = rights.find(({ id }) => id === decision.nearest);
    return { ...failedBy(decision.reason), ...(right ? { right } : {}), verdicts };
  }
  const [right] = usableRights(decision.covering, state);
  return right ? { decision: "allow", right, verdicts } : { ...failedBy("consent"), right: decision.right, verdicts };
}

function failedBy(reason: Failure): Pick<Judgement, "decision" | "failed" | "reason" | "advice"> {
  return { decision: "deny", failed: failedStep(reason), reason, advice: advice[reason] };
}

function consentState(
  { legalBasis }: RightsQuestion,
  service: Pick<PublishedTerms, "consent"> | undefined,
  given: boolean,
): ConsentState {
  return { service: service?.consent ?? "none", given, legalBasis };
}

/** The gateway of a client that has one; of several nobody can say which it was. */
export function soleGatewayOf(directory: Directory | undefined, client: string): string | undefined {
  const [only, ...more] = directory?.gatewaysOf(client) ?? [];
  return more.length === 0 ? only?.id : undefined;
}

/** A client with the groups it is in. */
export function callerOf(directory: Directory | undefined, client: ClientId, localGroups: ReadonlySet<string>): Caller {
  const path = identifierPath(client);
  return { client: path, localGroups, globalGroups: new Set(directory?.groupsOf(path)) };
}

/** Why one recorded exchange was allowed or refused. */
export interface ExplainedExchange extends Omit<Judgement, "decision" | "reason"> {
  readonly recorded: JudgedRow;
  /**
   * `elsewhere`: only the consumer's record is here, the provider decided. `no-right-needed`: a metaservice, by which
   * every member learns what an agency offers; it was answered and no right was asked for.
   */
  readonly decision: "allow" | "deny" | "elsewhere" | "no-right-needed";
  /** As recorded: a step's reason, or the problem by which it was refused. */
  readonly reason?: string;
}

/**
 * Explains an exchange by the id that both sides know it under, or by a record's id. What was decided stands in the
 * record; how each right stood to it is judged anew by the rights and local groups as they were at that instant. Of the
 * path the published endpoint is known, and of global groups today's members.
 */
export async function explainExchange(
  context: RightsContext,
  id: string,
): Promise<Result<ExplainedExchange, Refusal<"right-unknown">>> {
  const owner = identifierPath(context.member);
  const rows = (await judgedRows(context.database, id)).filter(
    ({ side, service, client }) => (side === "provider" ? service : client).startsWith(`${owner}/`) || client === owner,
  );
  const [recorded] = rows;
  if (!recorded) return err({ code: "right-unknown" });
  if (recorded.side === "consumer") {
    return ok({
      recorded,
      decision: "elsewhere",
      verdicts: [],
      ...(recorded.outcome ? { reason: recorded.outcome } : {}),
    });
  }
  // A refused call has a problem's name for its outcome, an answered one a status.
  if (recorded.rightId === null && recorded.denialReason === null && /^\d{3}$/.test(recorded.outcome ?? "")) {
    return ok({ recorded, decision: "no-right-needed", verdicts: [] });
  }
  const verdicts = await verdictsThen(context, recorded, owner);
  if (recorded.rightId) {
    const right = verdicts.find((one) => one.right.id === recorded.rightId)?.right;
    return ok({ recorded, decision: "allow", ...(right ? { right } : {}), verdicts });
  }
  const failure = failureOf(recorded);
  const right = verdicts.find((one) => one.right.id === recorded.nearest)?.right;
  const reason = recorded.denialReason ?? recorded.outcome;
  return ok({
    recorded,
    decision: "deny",
    ...(reason ? { reason } : {}),
    ...(failure ? { failed: failedStep(failure), advice: advice[failure] } : {}),
    ...(right ? { right } : {}),
    verdicts,
  });
}

async function verdictsThen(context: RightsContext, row: JudgedRow, owner: string): Promise<readonly RightVerdict[]> {
  const client = parseClientPath(row.client);
  if (!client.ok) return [];
  const { provider, serviceCode } = serviceParts(row.service);
  const { database } = context;
  const rights = await rightsAt(database, provider, serviceCode, row.at);
  const groups = await localGroupsAt(database, { owner, client: row.client, at: row.at });
  const service = (await publishedServices(database, owner)).find(({ path }) => path === row.service);
  const question: RightsQuestion = {
    ...callerOf(context.directory(), client.value, groups),
    method: row.method,
    segments: (row.operation ?? row.endpoint ?? "").split("/"),
    purpose: row.purpose ?? undefined,
    legalBasis: row.legalBasis ?? undefined,
    now: row.at,
    gateway: row.sender ?? soleGatewayOf(context.directory(), row.client),
    purposeRequired: service?.purposeRequired ?? false,
  };
  return verdictsOf(rights, question, consentState(question, service, row.consented));
}

/** `TW/GOV/REG/people/person` as the subsystem's path and the service's code. */
export function serviceParts(path: string): { readonly provider: string; readonly serviceCode: string } {
  const parts = path.split("/");
  return { provider: parts.slice(0, 4).join("/"), serviceCode: decodeURIComponent(parts[4] ?? "") };
}

function failureOf({ outcome, denialReason }: JudgedRow): Failure | undefined {
  if (outcome?.startsWith("consent-")) return "consent";
  if (outcome === "quota-exhausted") return "quota";
  return denialReason !== null && Object.hasOwn(stepOf, denialReason) ? (denialReason as DenialReason) : undefined;
}
