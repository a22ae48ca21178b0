import { setImmediate } from "node:timers/promises";
import type { Localised } from "#kernel";
import { loadModel, type DecisionModel } from "#rules";
import {
  pastCases,
  reduceCase,
  ruleDraft,
  ruleText,
  runningWhatIf,
  stepWhatIf,
  type ChangedCase,
  type Outcome,
  type PastCase,
  type Ruling,
  type WhatIf,
} from "#services";
import { servicesBy } from "./draft-rule.ts";
import type { Country } from "./country.ts";
import type { Portal } from "./portal.ts";
import { judge, outcomeBy } from "./rule-on.ts";

/** Cases of one step: one transaction, and what is in memory at a time. */
const casesPerStep = 250;

/** What one case may take: far more than a sound model needs, and far less than would hold up the portal. */
const limits = { steps: 50_000, depth: 100 };

/** Upper ends of the steps by which differences are counted, in whole units of the currency. */
const edges: readonly number[] = [100, 500, 1_000, 5_000, 10_000, 50_000];

/** Counts that grow with each case; what is written is the whole. */
export type Tally = Pick<WhatIf, "done" | "changed" | "gained" | "lost" | "unclear" | "before" | "after" | "plot">;

export const emptyTally: Tally = {
  done: 0,
  changed: 0,
  gained: 0,
  lost: 0,
  unclear: 0,
  before: 0n,
  after: 0n,
  plot: {},
};

/**
 * Carries the oldest trial on by one step. What was counted and how far it came are written together, so after a kill the
 * next step goes on where the last one ended, and no case counts twice.
 * @returns whether there was anything to do
 */
export async function carryOnWhatIf(portal: Pick<Portal, "database" | "clock" | "country">): Promise<boolean> {
  return portal.database.transaction(async (tx) => {
    const open = await runningWhatIf(tx);
    if (!open) return false;
    const { run } = open;
    const draft = (await ruleDraft(tx, run.draft))!;
    const loaded = loadModel((await ruleText(tx, draft.hash))!.xml, { limits });
    if (!loaded.ok) {
      await stepWhatIf(tx, { ...run, state: "failed", endedAt: portal.clock.now() }, open.at, []);
      return true;
    }
    const services = servicesBy(portal, draft.model).map(({ id }) => id);
    const cases = await pastCases(tx, services, open.at, casesPerStep);
    const changed: ChangedCase[] = [];
    let tally: Tally = run;
    for (const [at, one] of cases.entries()) {
      // Others are served in between: a portal does this beside its pages.
      if (at % 10 === 9) await setImmediate();
      const tried = tryCase(portal.country, loaded.value, one);
      tally = counted(tally, tried);
      if (tried.changed) changed.push(tried.changed);
    }
    const ended = cases.length < casesPerStep;
    await stepWhatIf(
      tx,
      {
        ...run,
        ...tally,
        state: ended ? "done" : "running",
        // Cases that were sent meanwhile are tried as well.
        total: ended ? tally.done : Math.max(run.total, tally.done),
        ...(ended && { endedAt: portal.clock.now() }),
      },
      cases.at(-1)?.id ?? open.at,
      changed,
    );
    return true;
  });
}

/** How a case was decided, and how it would be. */
export interface Tried {
  readonly before: Outcome | null;
  readonly after: Outcome | null;
  /** Present when the two differ. */
  readonly changed?: ChangedCase;
}

/** Pure: a past case by its own ruling and by the changed model, on the day on which it was sent. */
export function tryCase(country: Country, model: DecisionModel, past: PastCase): Tried {
  const state = reduceCase(past.id, past.definition, past.definitionHash, past.events);
  if (!state?.ruling || !state.submittedAt || state.number === null) return { before: null, after: null };
  const before = outcome(state.ruling);
  const at = new Date(state.submittedAt);
  const quick = judged(() => outcomeBy(model, country, past.definition, state, at));
  const now = quick && outcome(quick);
  if (now && now.eligible === before.eligible && now.amount === before.amount) return { before, after: now };
  return {
    before,
    after: now,
    changed: {
      caseId: state.id,
      number: state.number,
      submittedAt: new Date(state.submittedAt),
      before,
      after: now,
      why: reasonsThatDiffer(state.ruling, quick && judge(model, country, past.definition, state, at)),
    },
  };
}

/** Pure: the tally with one more case. */
export function counted(tally: Tally, { before, after, changed }: Tried): Tally {
  const difference = Number((after?.amount ?? 0n) - (before?.amount ?? 0n));
  const step = stepOf(difference);
  return {
    done: tally.done + 1,
    changed: tally.changed + (changed ? 1 : 0),
    gained: tally.gained + (before && after && !before.eligible && after.eligible ? 1 : 0),
    lost: tally.lost + (before && after && before.eligible && !after.eligible ? 1 : 0),
    unclear: tally.unclear + (before && after ? 0 : 1),
    before: tally.before + (before?.amount ?? 0n),
    after: tally.after + (after?.amount ?? 0n),
    plot: before && after && changed ? { ...tally.plot, [step]: (tally.plot[step] ?? 0) + 1 } : tally.plot,
  };
}

/** The step a difference falls into, by its bound nearer to nought: `0`, `-1`, `100`, `-500` … */
function stepOf(difference: number): number {
  if (difference === 0) return 0;
  const size = Math.abs(difference);
  const low = edges.findLast((edge) => size >= edge) ?? 1;
  return difference < 0 ? -low : low;
}

/** A model may be unable to judge a case; that is one of the answers. */
function judged(work: () => ReturnType<typeof outcomeBy>): ReturnType<typeof outcomeBy> | null {
  try {
    const found = work();
    return found.value === null ? null : found;
  } catch (fault) {
    const { code } = fault as { code?: string };
    if (code === "rules-budget-exhausted" || code === "amount-not-whole") return null;
    throw fault;
  }
}

function outcome({ eligible, amount }: Pick<Ruling, "eligible" | "amount">): Outcome {
  return { eligible, amount: BigInt(amount) };
}

function reasonsThatDiffer(before: Ruling, after: Ruling | null): ChangedCase["why"] {
  const key = (line: Ruling["lines"][number]) => line.label.en;
  const valueOf = (line: Ruling["lines"][number] | undefined): Localised | null => line?.value ?? null;
  const old = new Map(before.lines.map((line) => [key(line), line]));
  const made = new Map((after?.lines ?? []).map((line) => [key(line), line]));
  const labels = new Map([...before.lines, ...(after?.lines ?? [])].map((line) => [key(line), line.label]));
  return [...labels]
    .map(([at, label]) => ({ label, before: valueOf(old.get(at)), after: valueOf(made.get(at)) }))
    .filter((line) => line.before?.en !== line.after?.en || line.before?.["zh-Hant"] !== line.after?.["zh-Hant"]);
}
