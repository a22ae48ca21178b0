import type { Run } from "../run.ts";
import { isList, kindOf, type FeelFunction, type FeelKind, type FeelValue } from "../value.ts";

/**
 * One way to call a built-in function. Each parameter is written `name: kind`, `name: kind | kind`, with `?` after the name where the argument may
 * be left out or null and `*` where the last one takes all the rest as a list. `any` takes everything, null too.
 */
export interface Signature {
  readonly parameters: readonly Parameter[];
  readonly rest: boolean;
  readonly work: (args: FeelValue[], run: Run) => FeelValue | undefined;
}

interface Parameter {
  readonly name: string;
  readonly kinds: readonly string[];
  readonly optional: boolean;
}

/** Declares a way to call; `work` answers undefined where the arguments are of the right kind and still make no sense. */
export function way(parameters: readonly string[], work: Signature["work"]): Signature {
  return {
    parameters: parameters.map((text) => {
      const [name = "", kinds = "any"] = text.split(": ");
      return { name: name.replace(/[?*]$/, ""), kinds: kinds.split(" | "), optional: name.endsWith("?") };
    }),
    rest: parameters.at(-1)?.split(": ")[0]?.endsWith("*") ?? false,
    work,
  };
}

/** A built-in function out of its ways, tried in order. */
export function builtIn(name: string, ...ways: readonly Signature[]): FeelFunction {
  const refuse = (run: Run, why: string) => run.report("wrong-arguments", `${name}: ${why}`);
  const attempt = (
    run: Run,
    fit: (signature: Signature) => FeelValue[] | undefined,
    tried: readonly Signature[] = ways,
  ): FeelValue => {
    for (const signature of tried) {
      const args = fit(signature);
      if (!args) continue;
      for (const arg of args) run.spend(sizeOf(arg));
      const value = signature.work(args, run);
      if (value === undefined) return refuse(run, "the arguments have no answer");
      if (typeof value === "string") run.spend(value.length >> 3);
      return value;
    }
    return refuse(run, "wrong number, kind or name of arguments");
  };
  return {
    kind: "function",
    name,
    parameters: (ways[0]?.parameters ?? []).map((parameter) => ({ name: parameter.name })),
    call: (args, run) => attempt(run, (signature) => fitPositional(signature, args)),
    callNamed: (args, run) => attempt(run, (signature) => fitNamed(signature, args), inOrderOf(args, ways)),
  };
}

/** `before(point, range)` and `before(range, point)` have the same names: the order in which they stand decides. */
function inOrderOf(args: ReadonlyMap<string, FeelValue>, ways: readonly Signature[]): readonly Signature[] {
  if (ways.length < 2) return ways;
  const names = [...args.keys()];
  const same = ({ parameters }: Signature) => names.every((name, index) => parameters[index]?.name === name);
  return [...ways.filter(same), ...ways.filter((signature) => !same(signature))];
}

/** What reading an argument costs; lists of lists are read one level down. */
function sizeOf(arg: FeelValue): number {
  if (typeof arg === "string") return arg.length >> 6;
  if (!isList(arg)) return 0;
  return arg.reduce<number>(
    (sum, item) => sum + (isList(item) ? item.length : typeof item === "string" ? item.length >> 6 : 0),
    arg.length,
  );
}

function fitPositional(signature: Signature, args: readonly FeelValue[]): FeelValue[] | undefined {
  const { parameters, rest } = signature;
  if (rest) {
    const fixed = parameters.length - 1;
    if (args.length <= fixed) return undefined;
    const head = fitAll(parameters.slice(0, fixed), args.slice(0, fixed));
    const tail = args.slice(fixed).map((arg) => fit(arg, parameters[fixed]!));
    return head && !tail.includes(undefined) ? [...head, tail as FeelValue[]] : undefined;
  }
  const required = parameters.filter(({ optional }) => !optional).length;
  return args.length >= required && args.length <= parameters.length ? fitAll(parameters, args) : undefined;
}

function fitNamed({ parameters, rest }: Signature, args: ReadonlyMap<string, FeelValue>): FeelValue[] | undefined {
  if ([...args.keys()].some((name) => !parameters.some((parameter) => parameter.name === name))) return undefined;
  if (parameters.some(({ name, optional }) => !optional && !args.has(name))) return undefined;
  const fitted = fitAll(
    parameters,
    parameters.map(({ name }) => args.get(name) ?? null),
  );
  // named, the parameter that takes the rest takes one
  return fitted && rest ? [...fitted.slice(0, -1), [fitted.at(-1)!]] : fitted;
}

function fitAll(parameters: readonly Parameter[], args: readonly FeelValue[]): FeelValue[] | undefined {
  const fitted = parameters.map((parameter, index) => fit(args[index] ?? null, parameter));
  return fitted.includes(undefined) ? undefined : (fitted as FeelValue[]);
}

/** The conversions of parameters: item to list, one-element list to item, date to date and time. */
function fit(arg: FeelValue, { kinds, optional }: Parameter): FeelValue | undefined {
  const kind = kindOf(arg);
  if (kinds.includes("any") || kinds.includes(kind)) return arg;
  if (arg === null) return optional ? null : undefined;
  if (kinds.includes("list")) return [arg];
  if (isList(arg) && arg.length === 1 && kinds.includes(kindOf(arg[0]!))) return arg[0]!;
  if (kind === "date" && kinds.includes("date and time" satisfies FeelKind)) {
    return {
      kind: "date and time",
      date: arg as Extract<FeelValue, { kind: "date" }>,
      time: { kind: "time", hour: 0, minute: 0, second: 0, nano: 0, zone: { offset: 0 } },
    };
  }
  return undefined;
}
