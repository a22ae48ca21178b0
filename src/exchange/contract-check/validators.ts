import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { canonicalJson, type JsonValue } from "#kernel";
import { formats } from "./formats.ts";
import { compilePattern, TooMuchWork } from "./linear-pattern.ts";
import { pointerStep } from "./description.ts";
import { stepKeyword, uniqueKeyword, type SchemaSet } from "./schemas.ts";

/** One thing that is wrong with a value: where, and by which rule. Never the value. */
export interface SchemaViolation {
  /** RFC 6901, into the value; ends at the member that is missing or too much. */
  readonly pointer: string;
  /** The JSON Schema keyword, `too-deep` or `too-complex`. */
  readonly rule: string;
}

/** Checks values against the schemas of one {@link SchemaSet}. */
export interface Validators {
  /** Nothing when the value fits. `every` asks for all that is wrong, at most 20, instead of the first. */
  check(name: string, value: unknown, every: boolean): readonly SchemaViolation[];
}

/** References followed while one value is checked; a description that needs more is answered as if the value were wrong. */
const maxSteps = 200_000;
const maxViolations = 20;

class TooComplex extends Error {}

export function openValidators(schemas: SchemaSet): Validators {
  let steps = 0;
  const engines = { first: engine(false), every: engine(true) };

  function engine(allErrors: boolean): { ajv: Ajv2020; compiled: Map<string, ValidateFunction> } {
    const regExp = Object.assign(
      (pattern: string) => ({ test: compilePattern(pattern).test, toString: () => pattern }),
      { code: "compilePattern" },
    );
    const ajv = new Ajv2020({
      allErrors,
      strict: false,
      logger: false,
      multipleOfPrecision: 6,
      inlineRefs: false,
      ownProperties: true,
      code: { regExp },
    });
    for (const [name, test] of Object.entries(formats)) ajv.addFormat(name, test);
    ajv.addFormat("int32", { type: "number", validate: (value) => value === (value | 0) });
    ajv.addFormat("int64", {
      type: "number",
      validate: (value) => Number.isInteger(value) && Math.abs(value) <= 2 ** 63,
    });
    ajv.addKeyword({
      keyword: stepKeyword,
      validate: () => {
        steps += 1;
        if (steps > maxSteps) throw new TooComplex();
        return true;
      },
    });
    ajv.addKeyword({
      keyword: uniqueKeyword,
      type: "array",
      validate: (_: unknown, list: unknown[]) => isUnique(list),
    });
    return { ajv, compiled: new Map() };
  }

  function validator(name: string, every: boolean): ValidateFunction {
    const { ajv, compiled } = every ? engines.every : engines.first;
    let found = compiled.get(name);
    if (!found) {
      if (!ajv.getSchema("contract:")) ajv.addSchema({ $id: "contract:", $defs: schemas.definitions });
      found = ajv.compile({ $ref: `contract:#/$defs/${name}` });
      compiled.set(name, found);
    }
    return found;
  }

  function check(name: string, value: unknown, every: boolean): readonly SchemaViolation[] {
    steps = 0;
    try {
      const validate = validator(name, every);
      if (validate(value)) return [];
      return (validate.errors ?? []).filter(isTelling).slice(0, maxViolations).map(violationOf);
    } catch (fault) {
      if (fault instanceof TooComplex || fault instanceof TooMuchWork) return [{ pointer: "", rule: "too-complex" }];
      if (fault instanceof RangeError) return [{ pointer: "", rule: "too-deep" }]; // the stack ended first
      throw fault;
    }
  }

  return { check };
}

/** An `if` that failed says nothing that its `then` does not say. */
function isTelling({ keyword }: ErrorObject): boolean {
  return keyword !== "if";
}

function violationOf({ instancePath, keyword, params }: ErrorObject): SchemaViolation {
  const named: unknown =
    params["missingProperty"] ??
    params["additionalProperty"] ??
    params["unevaluatedProperty"] ??
    params["propertyName"];
  const step = typeof named === "string" ? `/${pointerStep(named)}` : "";
  return { pointer: `${instancePath}${step}`, rule: keyword === uniqueKeyword ? "uniqueItems" : keyword };
}

function isUnique(list: readonly unknown[]): boolean {
  const seen = new Set<string>();
  for (const one of list) {
    const text = canonicalJson(one as JsonValue);
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}
