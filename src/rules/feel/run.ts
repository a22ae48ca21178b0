import type { TableTrace } from "../trace.ts";
import type { FeelDateTime } from "./temporal.ts";

/** Something an evaluation could not do. The value there is null; the evaluation goes on (DMN 1.5 section 10.3.2.13). */
export interface Message {
  /** Permanent name of the kind of trouble. */
  readonly code: string;
  /** Plain English for the engineer; names and kinds, never values of persons. */
  readonly text: string;
  /** The decision or other element in whose logic it happened. */
  readonly element?: string;
  /** Character offset in that expression, from 0. */
  readonly position?: number;
}

export interface Limits {
  /** Expressions evaluated, elements iterated. */
  readonly steps: number;
  /** Calls within calls. */
  readonly depth: number;
}

export const defaultLimits: Limits = { steps: 1_000_000, depth: 200 };

/** Thrown inside the evaluator only, caught at its edge: the expression asked for more than its budget. */
export class Exhausted extends Error {
  readonly code = "rules-budget-exhausted";
}

/** One evaluation: its messages, its clock and what is left of its budget. */
export class Run {
  readonly messages: Message[] = [];
  /** The element being evaluated, for messages. */
  element = "";
  /** Receives what decision tables did, when somebody wants to know. */
  trace: ((table: TableTrace) => void) | undefined;
  #steps: number;
  #depth: number;
  #now: FeelDateTime | undefined | (() => FeelDateTime | undefined);

  /** The clock may be given as a question, so that only an evaluation that looks at it reads its text. */
  constructor(now?: FeelDateTime | (() => FeelDateTime | undefined), limits: Limits = defaultLimits) {
    this.#now = now;
    this.#steps = limits.steps;
    this.#depth = limits.depth;
  }

  get now(): FeelDateTime | undefined {
    if (typeof this.#now === "function") this.#now = this.#now();
    return this.#now;
  }

  /** Notes why a value is null, and is that null, so that a refusal fits in one return. */
  report(code: string, text: string, position?: number): null {
    if (this.messages.length < 200) {
      this.messages.push({
        code,
        text,
        ...(this.element === "" ? {} : { element: this.element }),
        ...(position === undefined ? {} : { position }),
      });
    }
    return null;
  }

  /** Pays for `count` steps of work before it is done. */
  spend(count: number = 1): void {
    this.#steps -= count;
    if (this.#steps < 0) throw new Exhausted("the expression takes more steps than it may");
  }

  /** Runs a call one level deeper. */
  nested<Value>(work: () => Value): Value {
    if (this.#depth <= 0) throw new Exhausted("calls are nested deeper than they may be");
    this.#depth -= 1;
    try {
      return work();
    } finally {
      this.#depth += 1;
    }
  }
}
