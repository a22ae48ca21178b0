import type { Run } from "./run.ts";
import { coerce } from "./type.ts";
import type { FeelFunction, FeelValue } from "./value.ts";

/** Calls with arguments in order; wrong numbers are null with a report. Built-in functions check their own. */
export function call(target: FeelFunction, args: readonly FeelValue[], run: Run): FeelValue {
  run.spend();
  if (target.callNamed) return run.nested(() => target.call(args, run));
  if (args.length !== target.parameters.length) {
    return run.report(
      "wrong-arguments",
      `${target.name || "the function"} takes ${target.parameters.length} arguments`,
    );
  }
  const fitted: FeelValue[] = [];
  for (const [index, { name, type }] of target.parameters.entries()) {
    const value = coerce(args[index]!, type, run, name);
    if (value === null && args[index] !== null) return null;
    fitted.push(value);
  }
  return coerce(
    run.nested(() => target.call(fitted, run)),
    target.result,
    run,
    target.name || "the result",
  );
}

/** Calls with named arguments: every parameter once and no other name. */
export function callNamed(target: FeelFunction, args: ReadonlyMap<string, FeelValue>, run: Run): FeelValue {
  run.spend();
  if (target.callNamed) return run.nested(() => target.callNamed!(args, run));
  const values = target.parameters.map(({ name }) => args.get(name));
  if (args.size !== target.parameters.length || values.includes(undefined)) {
    return run.report("wrong-arguments", `${target.name || "the function"} has other parameters`);
  }
  return call(target, values as FeelValue[], run);
}
