import { canonicalJson, err, ok, type Refusal, type Result } from "#kernel";
import { identifierPath, parseClientPath } from "../r1/identifier.ts";
import { isReservedServiceCode } from "../r1/request-target.ts";
import type { RightsContext } from "./enter-change.ts";
import { callerOf, judgeBy, serviceParts, soleGatewayOf, type Judgement } from "./explain.ts";
import { localGroupsOf } from "./group-store.ts";
import type { AccessRight } from "./right.ts";
import { rightsOfAgency } from "./store.ts";
import { faultOf, rightFrom, type RightGrant } from "./terms.ts";
import { publishedServices, trafficKinds, type TrafficKind } from "./traffic-store.ts";

/** One change to try out. `approve` supposes a proposal in force from now on, and what it replaces gone. */
export type SupposedChange =
  | { readonly do: "give"; readonly grant: RightGrant }
  | { readonly do: "approve" | "suspend" | "resume" | "revoke"; readonly id: string }
  | {
      readonly do: "change";
      readonly id: string;
      readonly terms: Partial<
        Pick<
          AccessRight,
          | "purposes"
          | "legalBases"
          | "consent"
          | "consentUnless"
          | "fields"
          | "pathGlob"
          | "method"
          | "validUntil"
          | "timeWindow"
          | "sourceGateways"
        >
      >;
    };

/** Calls of one kind that would be judged otherwise. */
export interface ChangedDecision {
  readonly calls: TrafficKind;
  readonly before: Judgement;
  readonly after: Judgement;
  /** Refused from now on, allowed from now on, or allowed with other fields. */
  readonly effect: "refused" | "allowed" | "fields";
}

export interface Simulation {
  /** How far back it was looked, and what was found. */
  readonly since: Date;
  readonly calls: number;
  readonly kinds: number;
  /** Calls without a published endpoint in their record: their path is not known, so they were left out. */
  readonly leftOut: number;
  readonly changed: readonly ChangedDecision[];
}

/** Kinds that are compared, and calls that are read for them: a busy service has many calls and few kinds. */
const most = { kinds: 5000, calls: 200_000 };

/**
 * Tries a set of changes out on the calls of the last days, by what records keep of them: the rights of today are
 * compared with the rights of today after the changes, quotas aside. Of more than 200,000 calls the newest are
 * taken. Where a right has hours, calls are told apart by the quarter of an hour of the week. Nothing is written.
 * @param o.days 30 unless told
 */
export async function simulateChanges(
  context: RightsContext,
  changes: readonly SupposedChange[],
  o: { readonly days?: number } = {},
): Promise<Result<Simulation, Refusal<"right-unknown" | "right-invalid">>> {
  const { database, clock, member } = context;
  const owner = identifierPath(member);
  const now = clock.now();
  const before = await rightsOfAgency(database, owner);
  const after = applyChanges(before, changes, { now, member });
  if (!after.ok) return after;
  const since = new Date(now.getTime() - (o.days ?? 30) * 86_400_000);
  const byTime = [...before, ...after.value].some(({ timeWindow }) => timeWindow !== undefined);
  const limit = byTime ? most.calls : most.kinds;
  const traffic = await trafficKinds(database, {
    owner,
    since: firstIdAt(since),
    limit,
    most: most.calls,
    byTime,
  });
  const services = new Map((await publishedServices(database, owner)).map((one) => [one.path, one]));
  const groups = new Map<string, ReadonlySet<string>>();
  const changed = new Map<string, ChangedDecision>();
  const kinds = new Set<string>();
  let calls = 0;
  let leftOut = 0;
  for (const kind of traffic) {
    const { provider, serviceCode } = serviceParts(kind.service);
    const client = parseClientPath(kind.client);
    if (isReservedServiceCode(serviceCode) || !client.ok) continue;
    calls += kind.calls;
    kinds.add(nameOf(kind));
    if (kind.operation === null) {
      leftOut += kind.calls;
      continue;
    }
    let localGroups = groups.get(kind.client);
    if (!localGroups) {
      localGroups = await localGroupsOf(database, owner, kind.client);
      groups.set(kind.client, localGroups);
    }
    const service = services.get(kind.service);
    const question = {
      ...callerOf(context.directory(), client.value, localGroups),
      method: kind.method,
      segments: kind.operation.split("/"),
      purpose: kind.purpose ?? undefined,
      legalBasis: kind.legalBasis ?? undefined,
      now,
      madeAt: kind.lastAt,
      gateway: kind.sender ?? soleGatewayOf(context.directory(), kind.client),
      purposeRequired: service?.purposeRequired ?? false,
    };
    const terms = { consent: service?.consent ?? "none" } as const;
    const ofService = (rights: readonly AccessRight[]): readonly AccessRight[] =>
      rights.filter((right) => right.provider === provider && right.serviceCode === serviceCode);
    const was = judgeBy(ofService(before), question, terms, kind.consented);
    const is = judgeBy(ofService(after.value), question, terms, kind.consented);
    const effect = effectOf(was, is);
    if (!effect) continue;
    const key = [nameOf(kind), effect, ...[was, is].flatMap((one) => [one.right?.id, one.reason])].join(" ");
    const alike = changed.get(key);
    const together = { ...kind, calls: kind.calls + (alike?.calls.calls ?? 0) };
    changed.set(key, { calls: together, before: was, after: is, effect });
  }
  return ok({ since, calls, kinds: kinds.size, leftOut, changed: [...changed.values()] });
}

/** Calls that are one kind to whoever reads the answer, whenever they were made and through which gateway. */
function nameOf({ client, service, method, operation, purpose, legalBasis, consented }: TrafficKind): string {
  return JSON.stringify([client, service, method, operation, purpose, legalBasis, consented]);
}

function effectOf(before: Judgement, after: Judgement): ChangedDecision["effect"] | undefined {
  if (before.decision !== after.decision) return after.decision === "allow" ? "allowed" : "refused";
  if (after.decision === "deny") return undefined;
  const fields = ({ right }: Judgement): string => canonicalJson(right?.fields ?? null);
  return fields(before) === fields(after) ? undefined : "fields";
}

/** Rights as they would be. */
function applyChanges(
  rights: readonly AccessRight[],
  changes: readonly SupposedChange[],
  { now, member }: { readonly now: Date; readonly member: RightsContext["member"] },
): Result<readonly AccessRight[], Refusal<"right-unknown" | "right-invalid">> {
  const next = new Map(rights.map((right) => [right.id, right]));
  for (const change of changes) {
    if (change.do === "give") {
      const made = rightFrom(change.grant, { member, now, state: "active" });
      if (!made.ok) return made;
      next.set(made.value.id, made.value);
      continue;
    }
    const right = next.get(change.id);
    if (!right) return err({ code: "right-unknown", params: { id: change.id } });
    if (change.do === "change") {
      const changed = { ...right, ...change.terms };
      const fault = faultOf(changed);
      if (fault) return err({ code: "right-invalid", params: { reason: fault } });
      next.set(right.id, changed);
      continue;
    }
    const state = ({ approve: "active", resume: "active", suspend: "suspended", revoke: "revoked" } as const)[
      change.do
    ];
    next.set(right.id, { ...right, state });
    const replaced = change.do === "approve" && right.replaces ? next.get(right.replaces) : undefined;
    if (replaced) next.set(replaced.id, { ...replaced, state: "revoked" });
  }
  return ok([...next.values()]);
}

/** The smallest record id (UUID v7) of an instant. */
function firstIdAt(at: Date): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
