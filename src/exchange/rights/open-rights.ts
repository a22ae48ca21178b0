import type { JsonValue } from "#kernel";
import { canonicalJson, err, ok, type Refusal, type Result } from "#kernel";
import { identifierPath } from "../r1/identifier.ts";
import { activateRight, approveRight, rejectRight, stepAlone, type ApproveRefusal } from "./approve.ts";
import {
  changedOf,
  enterChange,
  stepOn,
  type By,
  type Changed,
  type RightsContext,
  type StepRefusal,
} from "./enter-change.ts";
import { addToGroup, defineGroup, localGroups, removeFromGroup, type GroupRefusal } from "./groups.ts";
import type { LocalGroup } from "./group-store.ts";
import { unknownGroup, type UnknownName } from "./known-names.ts";
import { amendRight, proposeRight, submitRight, type ProposeRefusal, type Proposing } from "./propose.ts";
import { confirmRight, dueRights, expireRights, renewRight, type DueRight } from "./review.ts";
import {
  explainExchange,
  judgeSupposed,
  type ExplainedExchange,
  type Judgement,
  type SupposedCall,
} from "./explain.ts";
import type { AccessRight } from "./right.ts";
import { simulateChanges, type Simulation, type SupposedChange } from "./simulate.ts";
import { publishedServices, type PublishedTerms } from "./traffic-store.ts";
import { whoCanRead, type FieldReader } from "./who-reads.ts";
import { changesOf, findRight, lockRight, lockService, rightsOfAgency, rightsOn, type RightChange } from "./store.ts";
import { faultOf, rightFrom, sayingOf, type RightGrant } from "./terms.ts";

/** What of a right may change while it stands; anything else is another right. */
export type RightTerms = Partial<
  Pick<
    AccessRight,
    | "purposes"
    | "legalBases"
    | "consent"
    | "consentUnless"
    | "fields"
    | "validUntil"
    | "quota"
    | "timeWindow"
    | "sourceGateways"
    | "payloadCheck"
  >
>;

type Answered<Refused> = Promise<Result<Changed, Refused>>;

/**
 * The rights a provider's gateway keeps on its own services. Every change is an entry of its log and an act in its list;
 * whatever is changed holds with the next call.
 */
export interface Rights {
  /**
   * Gives a right at once, as the site's own file does: it was approved by whoever put the file there. An active one that
   * says the same is answered instead of a second being made.
   */
  grant(grant: RightGrant, by?: By): Promise<Result<AccessRight, Refusal<"right-invalid"> | UnknownName>>;
  /** Changes what a standing right says, as `grant`; members left out stay. Saying what it says already changes nothing. */
  change(id: string, terms: RightTerms, by?: By): Answered<StepRefusal | Refusal<"right-invalid">>;

  /** Writes a right down that somebody else must approve; with `draft`, one to go on with. */
  propose(grant: RightGrant, o: Proposing): Answered<ProposeRefusal>;
  amend(id: string, grant: RightGrant, by: By): Answered<ProposeRefusal>;
  submit(id: string, by: By): Answered<StepRefusal>;
  approve(id: string, o: By & { readonly hold?: boolean; readonly seen?: number }): Answered<ApproveRefusal>;
  reject(id: string, by: By): Answered<StepRefusal>;
  activate(id: string, by: By): Answered<StepRefusal>;
  suspend(id: string, by: By): Answered<StepRefusal>;
  resume(id: string, by: By): Answered<StepRefusal>;
  revoke(id: string, by: By): Answered<StepRefusal>;

  /** What is to be looked at within so many days (30): reviews, ends, proposals. */
  due(withinDays?: number): Promise<DueRight[]>;
  confirm(id: string, o: By & { readonly reviewAt: Date }): Answered<StepRefusal | Refusal<"right-invalid">>;
  renew(id: string, o: By & { readonly validUntil: Date; readonly reviewAt?: Date }): Answered<ProposeRefusal>;
  expire(): Promise<{ readonly expired: number }>;

  list(subsystem: string, serviceCode?: string): Promise<AccessRight[]>;
  /** All of the agency, newest first. */
  all(): Promise<AccessRight[]>;
  find(id: string): Promise<AccessRight | undefined>;
  history(id: string): Promise<RightChange[]>;

  /** Judges a call that nobody made: takes nothing from a quota and leaves no record. */
  evaluate(call: SupposedCall): Promise<Result<Judgement, Refusal<"right-invalid">>>;
  /** Why a recorded exchange was allowed or refused, by its id or the record's. */
  explain(id: string): Promise<Result<ExplainedExchange, Refusal<"right-unknown">>>;
  /** Which calls of the last days would be judged otherwise. */
  simulate(
    changes: readonly SupposedChange[],
    o?: { readonly days?: number },
  ): Promise<Result<Simulation, Refusal<"right-unknown" | "right-invalid">>>;
  /** Who could read a field now: name of a top-level member, or a JSON pointer. */
  whoCanRead(
    field: string,
    o?: { subsystem?: string | undefined; serviceCode?: string | undefined },
  ): Promise<FieldReader[]>;
  /** What the agency publishes, as rights need to know it. */
  services(): Promise<PublishedTerms[]>;

  groups(): Promise<LocalGroup[]>;
  defineGroup(
    group: { code: string; title: string },
    by: By,
  ): Promise<Result<{ code: string }, Refusal<"right-invalid">>>;
  /** `client`: path form of a subsystem; a member does not stand for its subsystems. */
  join(code: string, client: string, by: By): Promise<Result<{ changed: boolean }, GroupRefusal>>;
  leave(code: string, client: string, by: By): Promise<Result<{ changed: boolean }, GroupRefusal>>;
}

const siteFile: By = { by: "site-file" };

export function openRights(context: RightsContext): Rights {
  const { database, clock, member } = context;
  const owner = identifierPath(member);
  return {
    async grant(grant, by = siteFile) {
      const now = clock.now();
      const made = rightFrom(grant, { member, now, state: "active" });
      if (!made.ok) return made;
      const right = made.value;
      const says = saying(right);
      return database.transaction(async (tx) => {
        // Processes that start together give the same rights: of two, one would stay when the other is revoked.
        await lockService(tx, right.provider, right.serviceCode);
        const there = (await rightsOn(tx, right.provider, right.serviceCode)).find(
          (one) => one.state === "active" && one.validUntil > now && saying(one) === says,
        );
        if (there) return ok(there);
        const unknown = await unknownGroup(context, tx, right);
        if (unknown) return err(unknown);
        await enterChange(context, tx, right, "granted", by);
        return ok(right);
      });
    },
    change: (id, terms, by = siteFile) =>
      database.transaction(async (tx) => {
        // Locked before it is looked at: what is checked is what is changed.
        const before = await lockRight(tx, owner, id);
        if (before && saying({ ...before, ...terms }) === saying(before) && !movesEnd(before, terms)) {
          return ok(changedOf(before));
        }
        const fault = before && faultOf({ ...before, ...terms });
        if (fault) return err({ code: "right-invalid", params: { reason: fault } } as const);
        const step = await stepOn(context, tx, id, "change", { ...by, change: (right) => ({ ...right, ...terms }) });
        return step.ok ? ok(changedOf(step.value)) : step;
      }),
    propose: (grant, o) => proposeRight(context, grant, o),
    amend: (id, grant, by) => amendRight(context, id, grant, by),
    submit: (id, by) => submitRight(context, id, by),
    approve: (id, o) => approveRight(context, id, o),
    reject: (id, by) => rejectRight(context, id, by),
    activate: (id, by) => activateRight(context, id, by),
    suspend: (id, by) => stepAlone(context, id, "suspend", by),
    resume: (id, by) => stepAlone(context, id, "resume", by),
    revoke: (id, by) => stepAlone(context, id, "revoke", by),
    due: (withinDays) => dueRights(context, withinDays),
    confirm: (id, o) => confirmRight(context, id, o),
    renew: (id, o) => renewRight(context, id, o),
    expire: () => expireRights(context),
    list: (subsystem, serviceCode) =>
      rightsOn(database, identifierPath({ ...member, subsystemCode: subsystem }), serviceCode),
    all: () => rightsOfAgency(database, owner),
    find: (id) => findRight(database, owner, id),
    history: async (id) => ((await findRight(database, owner, id)) ? changesOf(database, id) : []),
    evaluate: (call) => judgeSupposed(context, call),
    explain: (id) => explainExchange(context, id),
    simulate: (changes, o) => simulateChanges(context, changes, o),
    whoCanRead: (field, o) => whoCanRead(context, field, o),
    services: () => publishedServices(database, owner),
    groups: () => localGroups(context),
    defineGroup: (group, by) => defineGroup(context, group, by),
    join: (code, client, by) => addToGroup(context, code, client, by),
    leave: (code, client, by) => removeFromGroup(context, code, client, by),
  };
}

function saying(right: AccessRight): string {
  return canonicalJson(sayingOf(right) as JsonValue);
}

function movesEnd(right: AccessRight, { validUntil }: RightTerms): boolean {
  return validUntil !== undefined && validUntil.getTime() !== right.validUntil.getTime();
}
