import { createHash } from "node:crypto";
import { err, ok, type JsonValue, type Localised, type Result } from "#kernel";
import { splitLabel } from "./localised-text.ts";
import { compileModel, type CompiledElement, type CompiledElements, type ModelFault } from "./compile-model.ts";
import type { ModelFile } from "./dmn.ts";
import { Evaluation, type ElementTrace, type Given } from "./evaluate.ts";
import { explain, type Explanation } from "./explain.ts";
import { callNamed } from "./feel/invoke.ts";
import { normaliseName } from "./feel/names.ts";
import { defaultLimits, Exhausted, Run, type Limits, type Message } from "./feel/run.ts";
import { parseDateTime } from "./feel/temporal.ts";
import type { FeelFunction, FeelValue } from "./feel/value.ts";
import { fromInput, toJson, type FeelInput } from "./json-value.ts";
import type { RulesRefusal } from "./problems.ts";
import { readModel } from "./read-model.ts";
import { canonicalXml } from "./canonical-xml.ts";
import { readXml } from "./xml-tree.ts";

export interface LoadOptions {
  /** The XML of the models it imports, directly or through others; they are found by their namespace. */
  readonly imports?: readonly string[];
  /** Work an evaluation may do before it is stopped. */
  readonly limits?: Limits;
}

export interface DecideOptions {
  /**
   * The instant of `now()` and `today()`: a `Date` (then in UTC), or ISO 8601 with offset where the local day matters, e.g.
   * `2026-11-22T17:00:00+08:00`. Without it both are null.
   */
  readonly now?: Date | string;
  /** `false` where only the value matters; tables then stop at the first test that fails. */
  readonly explain?: boolean;
}

export interface Decided {
  /** Numbers as decimal texts (`"600"`), dates as ISO texts. */
  readonly value: JsonValue;
  readonly explanation: Explanation;
  /** What could not be computed; empty after a clean evaluation. A `rules-budget-exhausted` here means there is no answer. */
  readonly messages: readonly Message[];
}

/** An evaluation in FEEL's own values, for tests and tools. */
export interface Evaluated {
  readonly value: FeelValue;
  readonly messages: readonly Message[];
  readonly traces: readonly ElementTrace[];
  /** Output decisions of the service that was run; more than one give a context by their names. 0 for anything else. */
  readonly outputs: number;
}

/** A compiled decision model: load once, decide as often as needed. It has no state and no clock. */
export interface DecisionModel {
  readonly id: string;
  /** The `label` of the definitions in both languages, else their name. */
  readonly name: Localised;
  /** `extensionElements/version` of the definitions, empty if absent. */
  readonly version: string;
  readonly namespace: string;
  /** SHA-256, hexadecimal, over the canonical form of the model and its imports: prefixes, white space and diagrams do not count. */
  readonly hash: string;
  readonly decisions: readonly string[];
  /** Expressions that are not FEEL, and names that nothing has. Such an expression is null; the rest of the model works. */
  readonly faults: readonly ModelFault[];
  /**
   * Evaluates a decision. Inputs are by name of input data (or of a decision, which it then overrides). It never throws on what inputs
   * or model say: what cannot be computed is null with a message, and an unknown decision too.
   */
  decide(decision: string, inputs: Readonly<Record<string, FeelInput>>, options?: DecideOptions): Decided;
  /**
   * The same over FEEL values; names may be given with their namespace as `namespace#name`. Also runs decision services, and calls
   * business knowledge models with the inputs as their parameters.
   */
  evaluate(name: string, inputs: ReadonlyMap<string, FeelValue>, options?: DecideOptions): Evaluated;
}

/** Reads and compiles a DMN 1.1 to 1.5 model. Refuses what is not DMN, is hostile, has loose ends or runs in a circle. */
export function loadModel(xml: string, options: LoadOptions = {}): Result<DecisionModel, RulesRefusal> {
  const files = new Map<string, ModelFile>();
  const canonical: string[] = [];
  let main: ModelFile | undefined;
  for (const text of [xml, ...(options.imports ?? [])]) {
    const tree = readXml(text);
    if (!tree.ok) return tree;
    const file = readModel(tree.value);
    if (!file.ok) return file;
    main ??= file.value;
    files.set(file.value.namespace, file.value);
    canonical.push(canonicalXml(tree.value));
  }
  const faults: ModelFault[] = [];
  const compiled = compileModel(files, (fault) => faults.push(fault));
  if (!compiled.ok) return compiled;
  if (!main) return err({ code: "rules-model-unreadable" });
  const hash = createHash("sha256").update(canonical.join("\n")).digest("hex");
  return ok({ ...decisionModel(main, hash, compiled.value, options.limits ?? defaultLimits), faults });
}

function decisionModel(
  file: ModelFile,
  hash: string,
  elements: CompiledElements,
  limits: Limits,
): Omit<DecisionModel, "faults"> {
  const list = [...elements.values()];
  const findInput = finder(file, list, ["input", "decision"]);
  const findCallable = finder(file, list, ["decision", "service", "knowledge"]);

  /** Runs `work` and turns an exhausted budget into a message. */
  const bounded = (run: Run, work: () => FeelValue): FeelValue => {
    try {
      return work();
    } catch (fault) {
      // deep recursion of the interpreter itself is the same refusal by another door
      if (!(fault instanceof Exhausted) && !(fault instanceof RangeError)) throw fault;
      return run.report("rules-budget-exhausted", "the calculation exceeds its limit");
    }
  };

  const evaluateWith = (
    element: CompiledElement | undefined,
    given: Given,
    run: Run,
    traces?: ElementTrace[],
  ): FeelValue => {
    if (!element) return run.report("rules-decision-unknown", "the model has no such decision");
    const evaluation = new Evaluation(list, given, run, traces);
    if (element.kind !== "service") return evaluation.value(element.index);
    if (element.parameters.some((index) => given[index] === undefined))
      return run.report("wrong-arguments", "the service lacks an argument");
    return evaluation.outputs(element);
  };

  const start = (now: DecideOptions["now"]): Run =>
    new Run(
      now === undefined ? undefined : () => parseDateTime(typeof now === "string" ? now : now.toISOString()),
      limits,
    );

  return {
    id: file.id,
    name: splitLabel(file.label),
    version: file.version,
    namespace: file.namespace,
    hash,
    decisions: file.elements.filter(({ kind }) => kind === "decision").map(({ name }) => name),
    decide: (decision, inputs, options) => {
      const run = start(options?.now);
      const traces: ElementTrace[] = [];
      const given: (FeelValue | undefined)[] = [];
      let answer: Pick<Decided, "value" | "explanation"> = { value: null, explanation: { decision, steps: [] } };
      bounded(run, () => {
        for (const name of Object.keys(inputs)) {
          const input = inputs[name];
          if (input === undefined) continue;
          const element = findInput(name);
          if (element) given[element.index] = fromInput(input, element.type, run);
          else run.report("unknown-input", `the model has no input called ${name}`);
        }
        const value = evaluateWith(findCallable(decision), given, run, options?.explain === false ? undefined : traces);
        answer = { value: toJson(value), explanation: explain(decision, traces, elements) };
        return value;
      });
      return { ...answer, messages: run.messages };
    },
    evaluate: (name, inputs, options) => {
      const run = start(options?.now);
      const traces: ElementTrace[] = [];
      const given: (FeelValue | undefined)[] = [];
      for (const [input, value] of inputs) {
        const element = findInput(input);
        if (element) given[element.index] = value;
      }
      const element = findCallable(name);
      const value = bounded(run, () => {
        const answer = evaluateWith(element, given, run, options?.explain ? traces : undefined);
        if (element?.kind !== "knowledge" || answer === null) return answer;
        return callNamed(answer as FeelFunction, inputs, run);
      });
      const outputs = element?.kind === "service" ? element.outputs.length : 0;
      return { value, messages: run.messages, traces, outputs };
    },
  };
}

/**
 * Finds elements by `name` and `namespace#name`. Those of the model itself come before those of its imports; of elements that share a
 * name the kind that stands first is meant.
 */
function finder(
  file: ModelFile,
  list: readonly CompiledElement[],
  kinds: readonly CompiledElement["kind"][],
): (name: string) => CompiledElement | undefined {
  const found = new Map<string, CompiledElement>();
  const rank = ({ kind, model }: CompiledElement) =>
    kinds.indexOf(kind) + (model.namespace === file.namespace ? 0 : kinds.length);
  const fitting = list.filter(({ kind }) => kinds.includes(kind)).toSorted((a, b) => rank(a) - rank(b));
  for (const element of fitting) {
    const { name, namespace } = element.model;
    for (const key of [name, `${namespace}#${name}`]) if (!found.has(key)) found.set(key, element);
  }
  return (name) => found.get(name) ?? found.get(normaliseName(name));
}
