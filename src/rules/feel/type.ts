import type { Run } from "./run.ts";
import { isContext, isList, kindOf, type FeelFunction, type FeelKind, type FeelValue } from "./value.ts";

/** A FEEL type (DMN 1.5 section 10.3.2.9), with the constraints of item definitions on top. */
export type FeelType =
  | { readonly kind: "any" }
  | { readonly kind: "simple"; readonly of: FeelKind }
  | { readonly kind: "list"; readonly item: FeelType }
  | { readonly kind: "context"; readonly members: ReadonlyMap<string, FeelType> }
  | { readonly kind: "range"; readonly of: FeelType }
  | { readonly kind: "function"; readonly parameters: readonly FeelType[]; readonly result: FeelType }
  | {
      readonly kind: "constrained";
      readonly base: FeelType;
      /** The constraint as written. */
      readonly values: string;
      readonly allows: (value: FeelValue, run: Run) => boolean;
    }
  | { readonly kind: "named"; readonly resolve: () => FeelType };

export const anyType: FeelType = { kind: "any" };

const simpleNames: Readonly<Record<string, FeelKind>> = {
  number: "number",
  string: "string",
  boolean: "boolean",
  date: "date",
  time: "time",
  "date and time": "date and time",
  dateTime: "date and time",
  "days and time duration": "days and time duration",
  dayTimeDuration: "days and time duration",
  "years and months duration": "years and months duration",
  yearMonthDuration: "years and months duration",
  Null: "null",
};

/** The built-in type of that name; `undefined` for a name that an item definition must explain. */
export function builtInType(name: string): FeelType | undefined {
  if (name === "Any") return anyType;
  if (name === "context") return { kind: "context", members: new Map() };
  if (name === "list") return { kind: "list", item: anyType };
  if (!Object.hasOwn(simpleNames, name)) return undefined;
  return { kind: "simple", of: simpleNames[name]! };
}

export const builtInTypeNames: readonly string[] = ["Any", "context", ...Object.keys(simpleNames)];

/** The allowed values of a type as written, if it has some. */
export function allowedValues(type: FeelType): string | undefined {
  const at = resolved(type);
  return at.kind === "constrained" ? at.values : undefined;
}

/** What a name stands for; names that only lead to each other stand for anything. */
export function resolved(type: FeelType): FeelType {
  let at = type;
  for (let hops = 0; at.kind === "named"; hops += 1) {
    if (hops > 100) return anyType;
    at = at.resolve();
  }
  return at;
}

/**
 * Whether a value is one of a type. At a `boundary` null is a value of every type, entries of contexts may be missing and constraints count;
 * for `instance of` null is of Null only, every entry must be there and constraints do not count.
 */
export function conforms(value: FeelValue, given: FeelType, run: Run, mode: "boundary" | "instance"): boolean {
  const lenient = mode === "boundary";
  return (lenient && value === null) || fits(value, given, run, lenient);
}

function fits(value: FeelValue, given: FeelType, run: Run, lenient: boolean): boolean {
  const type = resolved(given);
  run.spend();
  if (type.kind === "any") return value !== null;
  if (value === null) return type.kind === "simple" && type.of === "null";
  const inner = (part: FeelValue, of: FeelType) => part === null || fits(part, of, run, lenient);
  switch (type.kind) {
    case "simple":
      return kindOf(value) === type.of;
    case "list":
      return isList(value) && value.every((item) => inner(item, type.item));
    case "context":
      return (
        isContext(value) &&
        [...type.members].every(([name, member]) => (value.has(name) ? inner(value.get(name)!, member) : lenient))
      );
    case "range": {
      if (kindOf(value) !== "range") return false;
      const { low, high } = value as { low: FeelValue; high: FeelValue };
      return [low, high].every((end) => inner(end, type.of));
    }
    case "function":
      return kindOf(value) === "function" && functionConforms(value as FeelFunction, type, lenient);
    case "constrained":
      return fits(value, type.base, run, lenient) && (!lenient || type.allows(value, run));
    default:
      return false;
  }
}

/** What a function does not say of itself, a literal its result, a built-in one its kinds, is no obstacle at a boundary. */
function functionConforms(
  value: FeelFunction,
  type: Extract<FeelType, { kind: "function" }>,
  lenient: boolean,
): boolean {
  if (lenient && "callNamed" in value) return true;
  const { parameters, result } = value;
  return (
    parameters.length === type.parameters.length &&
    parameters.every((parameter, index) => isSubtype(type.parameters[index]!, parameter.type ?? anyType)) &&
    (result === undefined && lenient ? true : isSubtype(result ?? anyType, type.result))
  );
}

/** Whether every value of `a` is one of `b` (DMN 1.5 section 10.3.2.9.4); constraints do not make a type narrower here. */
export function isSubtype(a: FeelType, b: FeelType): boolean {
  const left = resolved(a);
  const right = resolved(b);
  if (right.kind === "any") return true;
  if (left.kind === "constrained") return isSubtype(left.base, right);
  if (right.kind === "constrained") return isSubtype(left, right.base);
  if (left.kind === "simple") return left.of === "null" || (right.kind === "simple" && left.of === right.of);
  if (left.kind === "list") return right.kind === "list" && isSubtype(left.item, right.item);
  if (left.kind === "range") return right.kind === "range" && isSubtype(left.of, right.of);
  if (left.kind === "context") {
    if (right.kind !== "context") return false;
    return [...right.members].every(
      ([name, type]) => left.members.has(name) && isSubtype(left.members.get(name)!, type),
    );
  }
  if (left.kind === "function") {
    return (
      right.kind === "function" &&
      left.parameters.length === right.parameters.length &&
      left.parameters.every((parameter, index) => isSubtype(right.parameters[index]!, parameter)) &&
      isSubtype(left.result, right.result)
    );
  }
  return false;
}

/** The variable of a knowledge model or service has the type of its result, or of the function itself. */
export function resultType(type: FeelType): FeelType {
  const at = resolved(type);
  return at.kind === "function" ? at.result : type;
}

/**
 * The conversions of DMN 1.5 section 10.3.2.9.4, made only where a value crosses a boundary (variable, parameter, result):
 * one-element list to item, item to list, date to date and time. What does not fit is null with a report.
 */
export function coerce(value: FeelValue, type: FeelType | undefined, run: Run, what: string): FeelValue {
  if (type === undefined || value === null || conforms(value, type, run, "boundary")) return value;
  const wanted = resolved(type);
  if (isList(value) && value.length === 1 && conforms(value[0]!, wanted, run, "boundary")) return value[0]!;
  const wrapped = [value];
  if (conforms(wrapped, wanted, run, "boundary")) return wrapped;
  if (kindOf(value) === "date" && simpleOf(wanted) === "date and time") {
    const date = value as Extract<FeelValue, { kind: "date" }>;
    return {
      kind: "date and time",
      date,
      time: { kind: "time", hour: 0, minute: 0, second: 0, nano: 0, zone: { offset: 0 } },
    };
  }
  return run.report("type-mismatch", `${what} is a ${kindOf(value)} that its type does not allow`);
}

function simpleOf(given: FeelType): FeelKind | undefined {
  const type = resolved(given);
  if (type.kind === "constrained") return simpleOf(type.base);
  return type.kind === "simple" ? type.of : undefined;
}
