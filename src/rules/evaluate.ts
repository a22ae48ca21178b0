import type { Localised } from "#kernel";
import type { Binding, CompiledElement } from "./compile-model.ts";
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

/** Values by the places of elements; `undefined` where nothing is given. */
export type Given = readonly (FeelValue | undefined)[];

/** One run through the requirements graph: each element is evaluated at most once, when something needs it. */
export class Evaluation {
  readonly #elements: readonly CompiledElement[];
  readonly #given: Given;
  readonly #run: Run;
  readonly #values: (FeelValue | undefined)[] = [];
  /** Filled when the caller wants an explanation. */
  readonly traces: ElementTrace[] | undefined;

  /** `given` holds inputs, and decisions whose own logic they override. */
  constructor(elements: readonly CompiledElement[], given: Given, run: Run, traces?: ElementTrace[]) {
    this.#elements = elements;
    this.#given = given;
    this.#run = run;
    this.traces = traces;
  }

  /** The value of the element at a place. */
  value(index: number): FeelValue {
    // null is a value like any other: what is null once is not evaluated again
    const known = this.#values[index];
    if (known !== undefined) return known;
    return (this.#values[index] = this.#evaluate(this.#elements[index]!));
  }

  #evaluate(element: CompiledElement): FeelValue {
    const { model, type, index } = element;
    const run = this.#run;
    const given = this.#given[index];
    if (element.kind === "input" || (element.kind === "decision" && given !== undefined)) {
      const value = coerce(given ?? null, type, run, model.name);
      // an input's label has no names to refer to
      if (this.traces) this.#trace(element, value, [], { values: [], parent: undefined, run });
      return value;
    }
    if (element.kind === "service") return this.service(element);
    const frame = this.#frame(element.bindings);
    if (element.kind === "knowledge") return element.make?.(frame) ?? null;
    if (element.kind !== "decision") return null;
    if (!element.logic) {
      run.report("no-logic", `the decision ${model.name} has no expression`);
      return null;
    }
    const tables: TableTrace[] = [];
    const outerElement = run.element;
    const outerTrace = run.trace;
    run.element = model.name;
    run.trace = this.traces && ((table) => tables.push(table));
    const value = coerce(element.logic(frame), type, run, model.name);
    if (this.traces) this.#trace(element, value, tables, frame);
    run.element = outerElement;
    run.trace = outerTrace;
    return value;
  }

  #trace(element: CompiledElement, value: FeelValue, tables: readonly TableTrace[], frame: Frame): void {
    this.traces?.push({ element, value, tables, label: element.label(frame) });
  }

  #frame(bindings: readonly Binding[]): Frame {
    const values: FeelValue[] = [];
    for (const { index, slot, entry } of bindings) {
      const value = this.value(index);
      if (entry === undefined) values[slot] = value;
      else
        values[slot] = new Map([
          ...((values[slot] as ReadonlyMap<string, FeelValue> | undefined) ?? []),
          [entry, value],
        ]);
    }
    return { values, parent: undefined, run: this.#run };
  }

  /** A decision service as a function: its input data first, then its input decisions, each overriding its own logic. */
  service(element: CompiledService): FeelFunction {
    const parameters = element.parameters.map((index) => {
      const { model, type } = this.#elements[index]!;
      return { name: model.name, ...(type ? { type } : {}) };
    });
    return {
      kind: "function",
      name: element.model.name,
      parameters,
      call: (args, run) => {
        const given = [...this.#given];
        for (const [at, index] of element.parameters.entries()) given[index] = args[at]!;
        return new Evaluation(this.#elements, given, run).outputs(element);
      },
    };
  }

  /** What a service answers. One output decision: its value; several: a context by their names. */
  outputs({ model: { name }, outputs, type }: CompiledService): FeelValue {
    const value =
      outputs.length === 1
        ? this.value(outputs[0]!)
        : new Map(outputs.map((index) => [this.#elements[index]!.model.name, this.value(index)]));
    return coerce(value, type && resultType(type), this.#run, name);
  }
}
