import { err, ok, uuidV7, type Clock, type Refusal, type Result } from "#kernel";
import { openDatabase, type Database } from "#store";
import type { Session } from "../contract.ts";
import { judge, type Judgement, type PolicyEntity, type PolicyRequest } from "./judge.ts";
import { corePolicies, readPolicies, type PolicyRule, type PolicySet } from "./policy-set.ts";
import { policyStore, type DecisionRow, type KeptRequest } from "./store.ts";

/** A wish that was allowed, by which policies of which set. */
export interface Allowed {
  /** The record's id: `/decisions/<id>` explains it. */
  readonly decision: string;
  readonly policies: readonly string[];
  readonly version: string;
}

/** A decision with what explains it. */
export interface Explained {
  readonly id: string;
  readonly at: Date;
  /** Whose wish it was: the identity module's id. */
  readonly person: string;
  readonly action: string;
  readonly resource: { readonly type: string; readonly id: string };
  readonly request: KeptRequest;
  readonly allowed: boolean;
  readonly reason?: string;
  readonly version: string;
  /** The policies that decided, as they stood then. */
  readonly decided: readonly PolicyRule[];
  /** Where nothing permitted the wish: what would have permitted the action. */
  readonly wouldPermit: readonly PolicyRule[];
}

/** A past decision that another set would have decided otherwise. */
export interface Difference {
  readonly id: string;
  readonly at: Date;
  readonly action: string;
  readonly was: { readonly allowed: boolean; readonly policies: readonly string[] };
  readonly would: Judgement;
}

/** The policies in force at a site, and the record of what they decided. */
export interface Policies {
  readonly set: PolicySet;
  /** Who asks, as policies see them: a person, or an official when on duty, which nobody is while acting for somebody. */
  principal(session: Pick<Session, "person" | "officer" | "acting">): Promise<PolicyEntity>;
  /** Judges without a record: for what a page shows, never for what it does. */
  may(request: PolicyRequest): Judgement;
  /**
   * Judges and records. The refusal's code is the forbidding policy's `@reason`, `not-permitted` or `policy-fault`;
   * `params.decision` names the record.
   * @param person whose wish it is: the identity module's id
   */
  decide(request: PolicyRequest, person: string): Promise<Result<Allowed, Refusal>>;
  explain(id: string): Promise<Explained | undefined>;
  /** What was decided about a person's wishes, newest first. */
  about(o: { readonly person: string; readonly before?: Date; readonly limit: number }): Promise<Explained[]>;
  /** Every set that ever decided here, newest first. */
  sets(): Promise<readonly { readonly version: string; readonly firstUsed: Date; readonly decisions: number }[]>;
  /** Judges what was decided since an instant anew, by another set: what would change. Nothing is written. */
  replay(
    set: PolicySet,
    since: Date,
  ): Promise<{ readonly judged: number; readonly differences: readonly Difference[] }>;
}

const pageOfReplay = 500;

/**
 * Opens the record of decisions on a site's database, whose tables `openIdentity` has made, and keeps the set in force.
 * Nothing is written until something is decided.
 */
export function openPolicies(o: {
  readonly database: Database;
  readonly clock: Clock;
  /** Those the platform comes with, unless told. */
  readonly set?: PolicySet;
}): Policies {
  const { database, clock, set = readPolicies([corePolicies]) } = o;
  const store = policyStore(database);
  const textsOf = new Map<string, readonly PolicyRule[]>([[set.version, set.rules]]);

  let kept: Promise<void> | undefined;

  const rulesOf = async (version: string) => {
    const rules = textsOf.get(version) ?? (await store.set(version))?.rules ?? [];
    textsOf.set(version, rules);
    return rules;
  };

  const explained = async (row: DecisionRow): Promise<Explained> => {
    const rules = await rulesOf(row.version);
    const permits = rules.filter(({ effect, actions }) => effect === "permit" && actions.includes(row.action));
    return {
      id: row.id,
      at: row.at,
      person: row.person_id,
      action: row.action,
      resource: { type: row.resource_type, id: row.resource_id },
      request: row.request,
      allowed: row.allowed,
      ...(row.reason !== null && { reason: row.reason }),
      version: row.version,
      decided: rules.filter(({ id }) => row.policies.includes(id)),
      wouldPermit: row.reason === "not-permitted" ? permits : [],
    };
  };

  return {
    set,
    async principal({ person: { id }, officer, acting }) {
      const person = { type: "Person", id };
      if (!officer || acting) return person;
      const related = (await store.relatedTo(id)).map((one) => ({ type: "Person", id: one }));
      const agency = { type: "Agency", id: officer.agency };
      return { type: "Official", id, attributes: { person, agency, roles: officer.roles, related } };
    },
    may: (request) => judge(set, request, clock.now()),
    async decide(request, person) {
      const at = clock.now();
      const { allowed, policies, reason = null, errors } = judge(set, request, at);
      const { principal, action, resource, proof } = request;
      const id = uuidV7(at);
      kept ??= store.putSet({ ...set, at }).catch((fault: unknown) => {
        kept = undefined;
        throw fault;
      });
      await kept;
      await store.put({
        id,
        at,
        person_id: person,
        action,
        resource_type: resource.type,
        resource_id: resource.id,
        request: { principal, action, resource, proof: { ...proof, authTime: proof.authTime.toISOString() } },
        allowed,
        reason,
        policies: [...policies],
        version: set.version,
      });
      if (allowed) return ok({ decision: id, policies, version: set.version });
      const inside = errors.length > 0 ? { inside: errors.join("; ") } : {};
      return err({ code: reason ?? "not-permitted", ...inside, params: { decision: id } });
    },
    async explain(id) {
      const row = await store.decision(id);
      return row && explained(row);
    },
    async about({ person, before = new Date(8.64e15), limit }) {
      const rows = await store.about({ person, before, limit });
      return Promise.all(rows.map(explained));
    },
    async sets() {
      const rows = await store.sets();
      return rows.map(({ version, first_used_at, decisions }) => ({ version, firstUsed: first_used_at, decisions }));
    },
    async replay(other, since) {
      const differences: Difference[] = [];
      let judged = 0;
      let after = "00000000-0000-0000-0000-000000000000";
      for (;;) {
        const rows = await store.since({ since, after, limit: pageOfReplay });
        for (const row of rows) {
          const proof = { ...row.request.proof, authTime: new Date(row.request.proof.authTime) };
          const would = judge(other, { ...row.request, proof }, row.at);
          const { id, at, action, allowed, policies } = row;
          if (would.allowed !== allowed) differences.push({ id, at, action, was: { allowed, policies }, would });
        }
        judged += rows.length;
        const last = rows.at(-1);
        if (!last || rows.length < pageOfReplay) return { judged, differences };
        after = last.id;
      }
    },
  };
}

/**
 * What a site recorded since an instant, judged anew by another set, for one who has only the database's address.
 * @throws when the database cannot be reached or is no portal's
 */
export async function replayRecorded(
  databaseUrl: string,
  set: PolicySet,
  clock: Clock,
  since: Date,
): ReturnType<Policies["replay"]> {
  const database = openDatabase(databaseUrl, { max: 1 });
  try {
    return await openPolicies({ database, clock, set }).replay(set, since);
  } finally {
    await database.close();
  }
}

/** Deletes the decisions about a person's wishes, in the caller's transaction; answers how many. */
export function forgetDecisions(tx: Parameters<typeof policyStore>[0], person: string): Promise<number> {
  return policyStore(tx).forget(person);
}
