import { createHash } from "node:crypto";
import { err, ok, uuidV7, type Refusal, type Result } from "#kernel";
import { entryInstant } from "#ledger";
import { describeModel, loadModel, modelFamily, withValidity, type RulesProblem } from "#rules";
import {
  countPastCases,
  insertRuleDraft,
  keepRuleText,
  lockRuleDrafts,
  markActivated,
  markEnded,
  ruleDraft,
  ruleText,
  startWhatIf,
  whatIfOf,
  type RuleAct,
  type RuleDraft,
  type ServiceDefinition,
} from "#services";
import type { Sql } from "#store";
import type { Portal } from "./portal.ts";
import type { FlowProblem } from "./problems.ts";

type DraftRefusal = Refusal<FlowProblem | RulesProblem>;

/** The largest model that may be uploaded, in characters. */
export const largestModel = 1_000_000;

/** A changed model as a lawyer hands it in. */
export interface RuleChange {
  readonly model: string;
  readonly agency: string;
  readonly xml: string;
  /** First day in force, ISO 8601 date; tomorrow at the earliest. */
  readonly from: string;
  readonly version: string;
  readonly note: string;
  readonly by: Omit<RuleAct, "at">;
}

/** The services that a model decides, of one agency. */
export function servicesBy({ country }: Pick<Portal, "country">, model: string): readonly ServiceDefinition[] {
  return country.services.filter(({ decision }) => decision.model === model);
}

/**
 * Takes in a changed model: checks that it can take the place of the one in force, keeps it, and begins to try it out over past
 * cases. Nothing comes into force by this.
 */
export async function draftRule(portal: Portal, change: RuleChange): Promise<Result<RuleDraft, DraftRefusal>> {
  await portal.rules.refresh();
  const family = portal.rules.families().get(change.model);
  const services = servicesBy(portal, change.model);
  if (!family || !services.some(({ metadata }) => metadata.agency === change.agency))
    return err({ code: "rule-draft-unknown" });
  const now = portal.clock.now();
  if (change.from <= portal.country.dayOf(now)) return err({ code: "rule-day-passed" });
  if (change.xml.length > largestModel) return err({ code: "rules-model-unreadable", inside: "too large" });
  const dated = withValidity(change.xml, change);
  if (!dated.ok) return dated;
  const fits = modelFamily(change.model, [...family.versions.map(({ xml }) => xml), dated.value]);
  if (!fits.ok) return fits;
  const unfit = unfitFor(dated.value, services);
  if (unfit.length > 0)
    return err({ code: "rule-draft-unfit", params: { why: unfit.join("; ") }, inside: unfit.join("; ") });
  const { model } = fits.value.versions.find(({ from }) => from === change.from)!;
  const draft: RuleDraft = {
    id: uuidV7(now),
    model: change.model,
    agency: change.agency,
    version: model.version,
    hash: model.hash,
    from: change.from,
    note: change.note,
    state: "draft",
    drafted: { ...change.by, at: now },
  };
  await portal.database.transaction(async (tx) => {
    await keepRuleText(tx, { hash: model.hash, model: change.model, version: model.version, xml: dated.value }, now);
    await insertRuleDraft(tx, draft);
    const ids = services.map(({ id }) => id);
    await startWhatIf(tx, draft.id, await countPastCases(tx, ids), now);
  });
  return ok(draft);
}

/** Pure: what keeps a model from deciding these services, in plain words. */
export function unfitFor(xml: string, services: readonly ServiceDefinition[]): string[] {
  const loaded = loadModel(xml);
  const described = describeModel(xml);
  if (!loaded.ok || !described.ok) return ["the model cannot be read"];
  const inputs = new Set(described.value.inputs.map(({ name }) => name));
  return [
    ...loaded.value.faults.map(({ element, text }) => `${element}: ${text}`),
    ...services.flatMap(({ id, decision }) => [
      ...(loaded.value.decisions.includes(decision.decision)
        ? []
        : [`${id} needs the decision "${decision.decision}"`]),
      ...Object.keys(decision.inputs)
        .filter((name) => !inputs.has(name))
        .map((name) => `${id} gives the input "${name}", which the model does not have`),
      ...[...inputs]
        .filter((name) => !Object.hasOwn(decision.inputs, name))
        .map((name) => `the input "${name}" is one that ${id} does not give`),
    ]),
  ];
}

/** Puts a draft into force from its first day on. The second person, who did not draft it, does this, and after the trial is done. */
export function activateRule(
  portal: Portal,
  id: string,
  by: Omit<RuleAct, "at">,
): Promise<Result<RuleDraft, DraftRefusal>> {
  return changed(
    portal,
    id,
    async (tx, draft, act) => {
      if (draft.state !== "draft") return { code: "rule-draft-state" };
      if (draft.drafted.person === by.person) return { code: "rule-by-second-person" };
      if (draft.from <= portal.country.dayOf(act.at)) return { code: "rule-day-passed" };
      if ((await whatIfOf(tx, id))?.state !== "done") return { code: "rule-draft-untried" };
      const text = (await ruleText(tx, draft.hash))!;
      await portal.rules.refresh(tx);
      const family = portal.rules.families().get(draft.model);
      const fits = modelFamily(draft.model, [...(family?.versions ?? []).map(({ xml }) => xml), text.xml]);
      if (!fits.ok) return fits.error;
      await markActivated(tx, id, act);
      await enter(portal, tx, draft, "activated", text.xml, act);
      return undefined;
    },
    by,
  );
}

/** Takes an activated version back before its first day. */
export function withdrawRule(
  portal: Portal,
  id: string,
  by: Omit<RuleAct, "at">,
): Promise<Result<RuleDraft, DraftRefusal>> {
  return changed(
    portal,
    id,
    async (tx, draft, act) => {
      if (draft.state !== "active") return { code: "rule-draft-state" };
      if (draft.from <= portal.country.dayOf(act.at)) return { code: "rule-day-passed" };
      const text = (await ruleText(tx, draft.hash))!;
      await markEnded(tx, id, "withdrawn", act);
      await enter(portal, tx, draft, "withdrawn", text.xml, act);
      return undefined;
    },
    by,
  );
}

/** Lays a draft aside that never came into force. */
export function discardRule(
  portal: Portal,
  id: string,
  by: Omit<RuleAct, "at">,
): Promise<Result<RuleDraft, DraftRefusal>> {
  return changed(
    portal,
    id,
    async (tx, draft, act) => {
      if (draft.state !== "draft") return { code: "rule-draft-state" };
      await markEnded(tx, id, "discarded", act);
      return undefined;
    },
    by,
  );
}

/** One step of a draft under its lock; what it refuses leaves everything as it was. */
async function changed(
  portal: Portal,
  id: string,
  step: (tx: Sql, draft: RuleDraft, act: RuleAct) => Promise<DraftRefusal | undefined>,
  by: Omit<RuleAct, "at">,
): Promise<Result<RuleDraft, DraftRefusal>> {
  const done = await portal.database.transaction(async (tx): Promise<Result<RuleDraft, DraftRefusal>> => {
    // One after the other, so that two drafts for one day cannot both come into force.
    await lockRuleDrafts(tx);
    const draft = await ruleDraft(tx, id, true);
    if (!draft) return err({ code: "rule-draft-unknown" });
    const refused = await step(tx, draft, { ...by, at: portal.clock.now() });
    return refused ? err(refused) : ok((await ruleDraft(tx, id))!);
  });
  await portal.rules.refresh();
  return done;
}

async function enter(
  portal: Portal,
  tx: Sql,
  draft: RuleDraft,
  change: "activated" | "withdrawn",
  xml: string,
  act: RuleAct,
): Promise<void> {
  await portal.log.append(tx, {
    v: 1,
    t: "rule.changed",
    at: entryInstant(act.at),
    member: portal.member,
    name: draft.model,
    ver: draft.version,
    change,
    day: draft.from,
    dig: createHash("sha256").update(xml).digest("base64url"),
  });
}
