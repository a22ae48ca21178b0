import type { Run } from "./run.ts";
import { isContext, isList, kindOf, type FeelKind, type FeelValue } from "./value.ts";

/** A FEEL type (DMN 1.5 section 10.3.2.9), with the constraints of item definitions on top. */
export type FeelType =
  | { readonly kind: "any" }
  | { readonly kind: "simple"; readonly of: FeelKind }
  | { readonly kind: "list"; readonly item: FeelType }
  | { readonly kind: "context"; readonly members: ReadonlyMap<string, FeelType> }
  | { readonly kind: "range"; readonly of: FeelType }
  | { readonly kind: "function"; readonly parameters: readonly FeelType[]; readonly result: FeelType }
  | { readonly kind: "constrained"; readonly base: FeelType; readonly allows: (value: FeelValue, run: Run) => boolean }
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

function resolved(type: FeelType): FeelType {
  let at = type;
  while (at.kind === "named") at = at.resolve();
  return at;
}

/** Whether null counts as a value of a type: in `instance of` only of Null, at boundaries of every type. */
export function conforms(value: FeelValue, given: FeelType, run: Run, nullable: boolean): boolean {
  const type = resolved(given);
  run.spend();
  if (type.kind === "any") return nullable || value !== null;
  if (value === null) return nullable || (type.kind === "simple" && type.of === "null");
  switch (type.kind) {
    case "simple":
      return kindOf(value) === type.of;
    case "list":
      return isList(value) && value.every((item) => conforms(item, type.item, run, true));
    case "context":
      return (
        isContext(value) &&
        [...type.members].every(([name, member]) =>
          value.has(name) ? conforms(value.get(name)!, member, run, true) : nullable,
        )
      );
    case "range": {
      if (kindOf(value) !== "range") return false;
      const { low, high } = value as { low: FeelValue; high: FeelValue };
      return [low, high].every((end) => end === null || conforms(end, type.of, run, true));
    }
    case "function":
      return kindOf(value) === "function" && functionConforms(value, type);
    case "constrained":
      return conforms(value, type.base, run, nullable) && type.allows(value, run);
    default:
      return false;
  }
}

function functionConforms(value: FeelValue, type: Extract<FeelType, { kind: "function" }>): boolean {
  const { parameters, result } = value as {
    parameters: readonly { type?: FeelType }[];
    result?: FeelType;
  };
  return (
    parameters.length === type.parameters.length &&
    parameters.every((parameter, index) => isSubtype(type.parameters[index]!, parameter.type ?? anyType)) &&
    isSubtype(result ?? anyType, type.result)
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

/**
 * The conversions of DMN 1.5 section 10.3.2.9.4, made only where a value crosses a boundary (variable, parameter, result):
 * one-element list to item, item to list, date to date and time. What does not fit is null with a report.
 */
export function coerce(value: FeelValue, type: FeelType | undefined, run: Run, what: string): FeelValue {
  if (type === undefined || value === null || conforms(value, type, run, true)) return value;
  const wanted = resolved(type);
  if (isList(value) && value.length === 1 && conforms(value[0]!, wanted, run, true)) return value[0]!;
  const wrapped = [value];
  if (conforms(wrapped, wanted, run, true)) return wrapped;
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
