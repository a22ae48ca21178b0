import { compileExpression, plainVocabulary } from "./compile.ts";
import { Run, type Limits, type Message } from "./run.ts";
import { parseDateTime } from "./temporal.ts";
import { literalText } from "./text.ts";
import type { FeelValue } from "./value.ts";

/** What the tests of FEEL share: the moment of `now()` is the same in all of them. */
export function testRun(limits?: Limits): Run {
  return new Run(parseDateTime("2026-11-22T17:00:00+08:00"), limits);
}

/** Evaluates an expression with nothing around it. */
export function evaluate(source: string, run: Run = testRun()): FeelValue {
  return compileExpression(source, undefined, plainVocabulary)({ values: [], parent: undefined, run });
}

/** The same as FEEL text, with the reports. */
export function told(source: string): { readonly text: string; readonly messages: readonly Message[] } {
  const run = testRun();
  return { text: literalText(evaluate(source, run)), messages: run.messages };
}
