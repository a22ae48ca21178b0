import type { Decimal } from "decimal.js";
import { compilePattern, replaceAll, splitText, testPattern } from "../pattern.ts";
import { number, type FeelFunction, type FeelValue } from "../value.ts";
import { builtIn, way } from "./signature.ts";

/** Strings count code points, so a character beyond the BMP is one. */
function substring([text, start, length]: FeelValue[]): FeelValue | undefined {
  const characters = Array.from(text as string);
  const from = (start as Decimal).trunc().toNumber();
  if (from === 0 || Math.abs(from) > characters.length)
    return from === 0 || characters.length === 0 ? undefined : from < 0 ? undefined : "";
  const index = from > 0 ? from - 1 : characters.length + from;
  if (length === null) return characters.slice(index).join("");
  const count = (length as Decimal).trunc().toNumber();
  return count < 1 ? undefined : characters.slice(index, index + count).join("");
}

function onText(
  name: string,
  parameters: [string, string],
  work: (text: string, other: string) => FeelValue,
): FeelFunction {
  return builtIn(
    name,
    way(
      parameters.map((parameter) => `${parameter}: string`),
      ([text, other]) => work(text as string, other as string),
    ),
  );
}

/** In UTF-16 units; no text that an expression makes is longer. */
export const longestText = 1_000_000;

function joined(list: FeelValue, delimiter: FeelValue): FeelValue | undefined {
  const items = (list as readonly FeelValue[]).filter((item) => item !== null);
  const between = (delimiter as string | null) ?? "";
  const texts = items.filter((item) => typeof item === "string");
  const length = texts.reduce((sum, text) => sum + text.length + between.length, 0);
  return texts.length < items.length || length > longestText ? undefined : texts.join(between);
}

export const stringFunctions: readonly FeelFunction[] = [
  builtIn("substring", way(["string: string", "start position: number", "length?: number"], substring)),
  builtIn(
    "string length",
    way(["string: string"], ([text]) => number(Array.from(text as string).length)),
  ),
  builtIn(
    "upper case",
    way(["string: string"], ([text]) => (text as string).toUpperCase()),
  ),
  builtIn(
    "lower case",
    way(["string: string"], ([text]) => (text as string).toLowerCase()),
  ),
  onText("substring before", ["string", "match"], (text, match) => {
    const at = text.indexOf(match);
    return at < 0 ? "" : text.slice(0, at);
  }),
  onText("substring after", ["string", "match"], (text, match) => {
    const at = text.indexOf(match);
    return at < 0 ? "" : text.slice(at + match.length);
  }),
  onText("contains", ["string", "match"], (text, match) => text.includes(match)),
  onText("starts with", ["string", "match"], (text, match) => text.startsWith(match)),
  onText("ends with", ["string", "match"], (text, match) => text.endsWith(match)),
  builtIn(
    "replace",
    way(
      ["input: string", "pattern: string", "replacement: string", "flags?: string"],
      ([input, source, by, flags], run) => {
        const pattern = compilePattern(source as string, (flags as string | null) ?? "");
        return pattern && replaceAll(input as string, pattern, by as string, run);
      },
    ),
  ),
  builtIn(
    "matches",
    way(["input: string", "pattern: string", "flags?: string"], ([input, source, flags], run) => {
      const pattern = compilePattern(source as string, (flags as string | null) ?? "");
      return pattern && testPattern(pattern, input as string, run);
    }),
  ),
  builtIn(
    "split",
    way(["string: string", "delimiter: string"], ([text, delimiter], run) => {
      const pattern = compilePattern(delimiter as string, "");
      return pattern && splitText(text as string, pattern, run);
    }),
  ),
  builtIn(
    "string join",
    way(["list: list", "delimiter?: string"], ([list, delimiter]) => joined(list!, delimiter!)),
  ),
];
