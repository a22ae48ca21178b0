import { err, ok, type JsonValue, type Refusal, type Result } from "#kernel";
import { engineVersion, loadModel } from "#rules";
import { openCase, ruleText, type Ruling } from "#services";
import type { Sql } from "#store";
import { outcomeOf, rulingLines } from "./rule-on.ts";
import type { FlowProblem } from "./problems.ts";

/** What came out of judging a case anew by the law and the facts of its day. */
export interface Replay {
  readonly number: string;
  readonly model: Ruling["model"];
  readonly engine: { readonly was: string; readonly is: string };
  readonly decision: string;
  /** The instant it was judged at, ISO 8601. */
  readonly at: string;
  readonly inputs: Readonly<Record<string, JsonValue>>;
  readonly same: boolean;
  /** What is not as it was: a value of the ruling, by its name. */
  readonly differences: readonly { readonly what: string; readonly was: string; readonly is: string }[];
}

/**
 * Judges a sent application anew: by the very text of the model that judged it, kept under its hash, with the inputs and
 * the instant that are stored with the ruling. Nothing of today's rules is used.
 */
export async function replayCase(sql: Sql, caseId: string): Promise<Result<Replay, Refusal<FlowProblem>>> {
  const opened = await openCase(sql, caseId);
  const ruling = opened?.state.decision?.ruling ?? opened?.state.ruling;
  if (!opened || !ruling) return err({ code: "ruling-not-replayable", params: { why: "not-sent" } });
  if (!ruling.basis) return err({ code: "ruling-not-replayable", params: { why: "older" } });
  const kept = await ruleText(sql, ruling.model.hash);
  if (!kept) return err({ code: "ruling-not-replayable", params: { why: "model-gone" } });
  return ok(replayRuling(ruling, ruling.basis, kept.xml, opened.state.number ?? ""));
}

/** Pure: the ruling against the same model run again. */
export function replayRuling(ruling: Ruling, basis: NonNullable<Ruling["basis"]>, xml: string, number: string): Replay {
  const common = {
    number,
    model: ruling.model,
    engine: { was: basis.engine, is: engineVersion },
    decision: basis.decision,
    at: basis.at,
    inputs: basis.inputs,
  };
  const loaded = loadModel(xml);
  if (!loaded.ok)
    return { ...common, same: false, differences: [{ what: "model", was: "readable", is: loaded.error.code }] };
  const model = loaded.value;
  const decided = model.decide(basis.decision, basis.inputs, {
    now: new Date(basis.at),
  });
  const outcome = outcomeOf(decided);
  const pairs: [what: string, was: JsonValue, is: JsonValue][] = [
    ["model", ruling.model.hash, model.hash],
    ["eligible", ruling.eligible, outcome.eligible],
    ["amount", ruling.amount, outcome.amount],
    ["value", basis.value, decided.value],
    ["reasons", ruling.lines, rulingLines(decided.explanation)],
    ["explanation", basis.explanation, decided.explanation as unknown as JsonValue],
  ];
  const differences = pairs
    .map(([what, was, is]) => ({ what, was: stable(was), is: stable(is) }))
    .filter(({ was, is }) => was !== is);
  return { ...common, same: differences.length === 0, differences };
}

/** One text for one value, whatever the order in which the database keeps members. */
function stable(value: JsonValue): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
