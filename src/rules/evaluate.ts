import type { Localised } from "#kernel";
import type { Binding, CompiledElement, CompiledElements } from "./compile-model.ts";
import type { Frame } from "./feel/compile.ts";
import type { Run } from "./feel/run.ts";
import { coerce, resultType } from "./feel/type.ts";
import type { FeelFunction, FeelValue } from "./feel/value.ts";
import type { TableTrace } from "./trace.ts";

type CompiledService = Extract<CompiledElement, { kind: "service" }>;

/** What became of one element in an evaluation, in the order in which they were evaluated. */
export interface ElementTrace {
  readonly element: CompiledElement;
  readonly value: FeelValue;
  readonly label: Localised;
  readonly tables: readonly TableTrace[];
}

/** One run through the requirements graph: each element is evaluated at most once, when something needs it. */
export class Evaluation {
  readonly #elements: CompiledElements;
  readonly #given: ReadonlyMap<string, FeelValue>;
  readonly #run: Run;
  readonly #values: Map<string, FeelValue> = new Map();
  /** Filled when the caller wants an explanation. */
  readonly traces: ElementTrace[] | undefined;

  /** `given` holds values by element key: inputs, and decisions whose own logic they override. */
  constructor(elements: CompiledElements, given: ReadonlyMap<string, FeelValue>, run: Run, traces?: ElementTrace[]) {
    this.#elements = elements;
    this.#given = given;
    this.#run = run;
    this.traces = traces;
  }

  value(key: string): FeelValue {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const element = this.#elements.get(key)!;
    const value = this.#evaluate(key, element);
    this.#values.set(key, value);
    return value;
  }

  #evaluate(key: string, element: CompiledElement): FeelValue {
    const { model, type } = element;
    const run = this.#run;
    if (element.kind === "input" || (element.kind === "decision" && this.#given.has(key))) {
      const value = coerce(this.#given.get(key) ?? null, type, run, model.name);
      this.#trace(element, value, [], { values: [], parent: undefined, run });
      return value;
    }
    if (element.kind === "service") return this.service(element);
    const frame = this.#frame(element.bindings, element.slots);
    if (element.kind === "knowledge") return element.make?.(frame) ?? null;
    if (element.kind !== "decision") return null;
    if (!element.logic) {
      run.report("no-logic", `the decision ${model.name} has no expression`);
      return null;
    }
    const tables: TableTrace[] = [];
    const [outerElement, outerTrace] = [run.element, run.trace];
    run.element = model.name;
    run.trace = this.traces && ((table) => tables.push(table));
    const value = coerce(element.logic(frame), type, run, model.name);
    this.#trace(element, value, tables, frame);
    run.element = outerElement;
    run.trace = outerTrace;
    return value;
  }

  #trace(element: CompiledElement, value: FeelValue, tables: readonly TableTrace[], frame: Frame): void {
    if (!this.traces) return;
    // an input's label has no names to refer to; a decision's may use what it requires
    this.traces.push({ element, value, tables, label: element.label(frame) });
  }

  #frame(bindings: readonly Binding[], slots: number): Frame {
    const values: FeelValue[] = Array.from({ length: slots }, () => null);
    for (const { key, slot, entry } of bindings) {
      const value = this.value(key);
      if (entry === undefined) values[slot] = value;
      else values[slot] = new Map([...((values[slot] as ReadonlyMap<string, FeelValue> | null) ?? []), [entry, value]]);
    }
    return { values, parent: undefined, run: this.#run };
  }

  /** A decision service as a function: its input data first, then its input decisions, each overriding its own logic. */
  service(element: CompiledService): FeelFunction {
    const { model } = element;
    const keys = [...model.inputs, ...model.inputDecisions];
    const parameters = keys.map((key) => {
      const { model, type } = this.#elements.get(key)!;
      return { name: model.name, ...(type ? { type } : {}) };
    });
    return {
      kind: "function",
      name: model.name,
      parameters,
      call: (args, run) => {
        const given = new Map([...this.#given, ...keys.map((key, index) => [key, args[index]!] as const)]);
        return new Evaluation(this.#elements, given, run).outputs(element);
      },
    };
  }

  /** What a service answers. One output decision: its value; several: a context by their names. */
  outputs({ model: { name, outputs: keys }, type }: CompiledService): FeelValue {
    const value =
      keys.length === 1
        ? this.value(keys[0]!)
        : new Map(keys.map((key) => [this.#elements.get(key)!.model.name, this.value(key)]));
    return coerce(value, type && resultType(type), this.#run, name);
  }
}
