import type { Run } from "./run.ts";
import { FeelNumber, isContext, isNumber, type FeelValue } from "./value.ts";

/**
 * External functions (DMN 1.5 section 10.3.2.13.3). No code from outside a model ever runs here. What models that travel between
 * engines do call are a few pure methods of `java.lang`; these are computed by this table, under Java's names and with Java's
 * number types. Anything else is null with a report.
 */
export function callExternal(mapping: FeelValue, args: readonly FeelValue[], run: Run): FeelValue {
  const method = javaMethod(mapping);
  const types = method && expand(method.types, args.length);
  if (!method || types?.length !== args.length) return run.report("external", "no such external function is supported");
  const given = args.map((arg, index) => toJava(arg, types[index]!));
  if (given.includes(undefined))
    return run.report("external", "an argument does not fit the external function's signature");
  const value = method.work(given as Java[], types[0] ?? "");
  return value === undefined ? run.report("external", "the external function has no answer") : toFeel(value);
}

type Java = number | bigint | string | boolean | { readonly float: number };
type Work = (args: Java[], type: string) => Java | undefined;

const whole: Readonly<Record<string, bigint>> = { byte: 7n, short: 15n, int: 31n, long: 63n };
const primitives: Readonly<Record<string, string>> = {
  "java.lang.Byte": "byte",
  "java.lang.Short": "short",
  "java.lang.Integer": "int",
  "java.lang.Long": "long",
  "java.lang.Float": "float",
  "java.lang.Double": "double",
  "java.lang.Character": "char",
  "java.lang.Boolean": "boolean",
};

/** `class` and `method signature` as models write them: `max(double, double)`; varargs as `[Ljava.lang.Object;`. */
function javaMethod(mapping: FeelValue): { readonly types: readonly string[]; readonly work: Work } | undefined {
  const java = mapping !== null && isContext(mapping) ? mapping.get("java") : undefined;
  if (java === undefined || java === null || !isContext(java)) return undefined;
  const [owner, signature] = [java.get("class"), java.get("method signature")];
  if (typeof owner !== "string" || typeof signature !== "string") return undefined;
  const parts = /^\s*(\w+)\s*\(([^()]*)\)\s*$/.exec(signature);
  if (!parts) return undefined;
  const types = parts[2]!.trim() === "" ? [] : parts[2]!.split(",").map((type) => type.trim());
  const plain = types.map((type) => primitives[type] ?? type);
  const key = `${owner}.${parts[1]!}(${plain.join(",")})`;
  return Object.hasOwn(methods, key) ? { types: plain, work: methods[key]! } : undefined;
}

function expand(types: readonly string[], count: number): readonly string[] {
  if (types.at(-1) !== varargs) return types;
  return [...types.slice(0, -1), ...Array.from({ length: count - types.length + 1 }, () => "object")];
}

function toJava(value: FeelValue, type: string): Java | undefined {
  if (typeof value === "string") {
    if (type === "char") return Array.from(value).length === 1 ? value : undefined;
    return type === text || type === "object" ? value : undefined;
  }
  if (typeof value === "boolean") return type === "boolean" || type === "object" ? value : undefined;
  if (!isNumber(value)) return undefined;
  if (type === "double") return value.toNumber();
  if (type === "float") return { float: Math.fround(value.toNumber()) };
  if (type === "object") return value.isInteger() ? BigInt(value.toFixed()) : value.toNumber();
  // like Java's own narrowing a fraction is cut off; what does not fit the type is refused instead of wrapped
  return Object.hasOwn(whole, type) ? inRange(BigInt(value.trunc().toFixed()), type) : undefined;
}

function inRange(value: bigint, type: string): bigint | undefined {
  const top = 1n << whole[type]!;
  return value < top && value >= -top ? value : undefined;
}

function toFeel(value: Java): FeelValue {
  if (typeof value === "string" || typeof value === "boolean") return value;
  return new FeelNumber(javaText(value));
}

/** The shortest text that reads back as the same number of its type. */
function javaText(value: Java): string {
  if (typeof value !== "object") return String(value);
  const { float } = value;
  for (let digits = 1; digits <= 9; digits += 1) {
    const shorter = Number(float.toPrecision(digits));
    if (Math.fround(shorter) === float) return String(shorter);
  }
  return String(float);
}

const text = "java.lang.String";
const varargs = "[Ljava.lang.Object;";

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function plainNumber(value: Java): number | bigint {
  return typeof value === "object" ? value.float : (value as number | bigint);
}

function greater([a, b]: Java[]): Java {
  return plainNumber(a!) < plainNumber(b!) ? b! : a!;
}
function smaller([a, b]: Java[]): Java {
  return plainNumber(a!) > plainNumber(b!) ? b! : a!;
}
function absolute([a]: Java[], type: string): Java | undefined {
  if (typeof a === "bigint") return inRange(a < 0n ? -a : a, type);
  return typeof a === "object" ? { float: Math.abs(a.float) } : Math.abs(a as number);
}

function parsed(source: Java, type: string): Java | undefined {
  const read = (source as string).trim();
  if (Object.hasOwn(whole, type)) return /^[+-]?\d{1,20}$/.test(read) ? inRange(BigInt(read), type) : undefined;
  const value = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(read) ? finite(Number(read)) : undefined;
  return value !== undefined && type === "float" ? { float: Math.fround(value) } : value;
}

/** `String.format` with `%s`, `%d`, `%n` and `%%`; other conversions depend on Java's locales and have no answer. */
function format([pattern, ...args]: Java[]): string | undefined {
  let next = 0;
  let unknown = false;
  const filled = (pattern as string).replaceAll(/%(.?)/g, (_, conversion: string) => {
    if (conversion === "%") return "%";
    if (conversion === "n") return "\n";
    const arg = args[next];
    next += 1;
    if (arg === undefined || (conversion !== "s" && (conversion !== "d" || typeof arg !== "bigint"))) unknown = true;
    return arg === undefined ? "" : javaText(arg);
  });
  return unknown ? undefined : filled;
}

const oneDouble = {
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  exp: Math.exp,
  log: Math.log,
  log10: Math.log10,
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  ceil: Math.ceil,
  floor: Math.floor,
} as const;
const twoDoubles = { pow: Math.pow, atan2: Math.atan2, hypot: Math.hypot } as const;

const methods: Readonly<Record<string, Work>> = Object.fromEntries<Work>([
  ...Object.entries(oneDouble).map(([name, work]): [string, Work] => [
    `java.lang.Math.${name}(double)`,
    ([a]) => finite(work(a as number)),
  ]),
  ...Object.entries(twoDoubles).map(([name, work]): [string, Work] => [
    `java.lang.Math.${name}(double,double)`,
    ([a, b]) => finite(work(a as number, b as number)),
  ]),
  ...["int", "long", "float", "double"].flatMap((type): [string, Work][] => [
    [`java.lang.Math.max(${type},${type})`, greater],
    [`java.lang.Math.min(${type},${type})`, smaller],
    [`java.lang.Math.abs(${type})`, absolute],
  ]),
  ...Object.entries(primitives)
    .slice(0, 6)
    .flatMap(([owner, type]): [string, Work][] => [
      [`${owner}.valueOf(${type})`, ([a]) => a],
      [`${owner}.valueOf(${text})`, ([a]) => parsed(a!, type)],
    ]),
  ...["char", "boolean", "int", "long", "float", "double"].map((type): [string, Work] => [
    `${text}.valueOf(${type})`,
    ([a]) => javaText(a!),
  ]),
  [`${text}.format(${text},${varargs})`, format],
]);
