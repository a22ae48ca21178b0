import type { Localised } from "#kernel";
import type { TableModel } from "./dmn.ts";
import type { FeelValue } from "./feel/value.ts";

/** What one table did, as values; `explain.ts` makes JSON of it. */
export interface TableTrace {
  readonly table: TableModel;
  readonly facts: readonly FeelValue[];
  readonly rules: readonly RuleTrace[];
  readonly result: FeelValue;
}

export interface RuleTrace {
  /** From 1. */
  readonly row: number;
  readonly cells: readonly boolean[];
  /** Present when the rule matched. */
  readonly outputs: readonly FeelValue[] | undefined;
  readonly annotation: Localised | undefined;
  readonly law: Localised | undefined;
  readonly shown: Localised | undefined;
}
