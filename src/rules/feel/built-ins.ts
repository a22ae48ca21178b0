import { contextFunctions } from "./built-in/contexts.ts";
import { conversionFunctions } from "./built-in/conversions.ts";
import { listFunctions } from "./built-in/lists.ts";
import { numberFunctions } from "./built-in/numbers.ts";
import { rangeFunctions } from "./built-in/ranges.ts";
import { stringFunctions } from "./built-in/strings.ts";
import { temporalFunctions } from "./built-in/temporals.ts";
import type { FeelFunction } from "./value.ts";

/** The built-in functions of DMN 1.5 section 10.3.4 by name. */
export const builtIns: ReadonlyMap<string, FeelFunction> = new Map(
  [
    ...conversionFunctions,
    ...stringFunctions,
    ...listFunctions,
    ...numberFunctions,
    ...temporalFunctions,
    ...rangeFunctions,
    ...contextFunctions,
  ].map((item) => [item.name, item]),
);
