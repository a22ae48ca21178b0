import { compileFinder, type Finder } from "./pattern-run.ts";
import { Exhausted, type Run } from "./run.ts";

/** A pattern that may be asked; see `compilePattern`. */
export interface Pattern {
  readonly native: RegExp;
  /** Whether repeats stand in repeats, or a match depends on another. */
  readonly tangled: boolean;
  /** How often the pattern repeats something in a row. */
  readonly repeats: number;
  finder?: Finder;
}

/**
 * Regular expressions of XPath and XQuery (F&O 3.1 section 5.6), translated to JavaScript's with the `v` flag: flags s m i x only, class subtraction,
 * `\i` and `\c`, `\p{IsBlock}`, no look-around. `undefined` for what F&O does not allow.
 */
export function compilePattern(source: string, flags: string): Pattern | undefined {
  if (!/^[smix]*$/.test(flags) || source.length > 2000) return undefined;
  const text = flags.includes("x") ? withoutSpace(source) : source;
  const translated = translate(text, flags.includes("s"));
  if (translated === undefined) return undefined;
  try {
    const native = new RegExp(
      translated,
      `v${flags.includes("i") ? "i" : ""}${flags.includes("m") ? "m" : ""}${flags.includes("s") ? "s" : ""}`,
    );
    return { native, ...shapeOf(text) };
  } catch {
    return undefined;
  }
}

/** What makes matching slow, read off the source: repeats, repeats of groups that hold repeats or choices, and back-references. */
function shapeOf(source: string): { tangled: boolean; repeats: number } {
  const plain = source
    .replaceAll(/\\[1-9]/g, "&")
    .replaceAll(/\\[pP]\{[^}]*\}|\\[^]/g, "a")
    .replaceAll(/\[(?:[^[\]]|\[[^\]]*\])*\]/g, "a");
  const repeats = plain.match(/[*+]|\{\d+,\d*\}|\{\d{2,}\}/g)?.length ?? 0;
  return { repeats, tangled: plain.includes("&") || /\)(?:[*+]|\{\d)/.test(plain) };
}

/** JavaScript's own matcher where the most it can take is little: a text of n characters and r repeats in a row, n to the r + 1. */
function isQuick({ tangled, repeats }: Pattern, input: string): boolean {
  return !tangled && (repeats === 0 || (input.length + 1) ** (repeats + 1) <= 10_000_000);
}

/** Matches from left to right with the text before each; `most` ends the search. */
function* found(
  pattern: Pattern,
  input: string,
  run: Run,
): Generator<{ before: string; groups: readonly (string | undefined)[] }, string> {
  const characters = Array.from(input);
  const find = (pattern.finder ??= compileFinder(pattern.native.source, pattern.native.flags.replace("v", "")));
  let last = 0;
  for (let from = 0; from <= characters.length;) {
    const match = search(find, characters, from, run);
    if (!match) break;
    // like JavaScript's, a match of nothing moves on by a character
    from = match.end > match.start ? match.end : match.end + 1;
    yield { before: characters.slice(last, match.start).join(""), groups: match.groups };
    last = match.end;
  }
  return characters.slice(last).join("");
}

/** A repeat within a repeat calls itself for each round, so a long text may end the stack before the steps. */
function search(find: Finder, characters: readonly string[], from: number, run: Run): ReturnType<Finder> {
  try {
    return find(characters, from, run);
  } catch (fault) {
    if (fault instanceof RangeError) throw new Exhausted("the pattern repeats too often");
    throw fault;
  }
}

export function testPattern(pattern: Pattern, input: string, run: Run): boolean {
  if (isQuick(pattern, input)) return pattern.native.test(input);
  return found(pattern, input, run).next().done !== true;
}

export function splitText(input: string, pattern: Pattern, run: Run): string[] {
  if (isQuick(pattern, input) || pattern.native.test("")) {
    if (pattern.tangled) run.spend(input.length << 4);
    const { source, flags } = pattern.native;
    return input.split(
      new RegExp(
        source.replaceAll(/(\\[^]|\[(?:[^\]\\]|\\[^])*\])|\((?!\?)/g, (_, other?: string) => other ?? "(?:"),
        flags,
      ),
    );
  }
  const parts: string[] = [];
  const matches = found(pattern, input, run);
  for (;;) {
    const next = matches.next();
    if (next.done) return [...parts, next.value];
    parts.push(next.value.before);
  }
}

/** Replaces every match; `$0`–`$9` are groups, `\$` and `\\` themselves. Undefined where pattern or replacement is not allowed. */
export function replaceAll(input: string, pattern: Pattern, replacement: string, run: Run): string | undefined {
  if (
    input.length * replacement.length > 5_000_000 ||
    pattern.native.test("") ||
    !/^(?:[^\\$]|\\[\\$]|\$\d)*$/.test(replacement)
  )
    return undefined;
  const filled = (groups: readonly (string | undefined)[]) =>
    replacement.replaceAll(/\\([\\$])|\$(\d)/g, (_, plain?: string, digit?: string) =>
      plain === undefined ? (groups[Number(digit)] ?? "") : plain,
    );
  if (isQuick(pattern, input)) {
    return input.replaceAll(new RegExp(pattern.native, `${pattern.native.flags}g`), (...match: readonly unknown[]) =>
      filled(
        match.slice(
          0,
          match.findIndex((part) => typeof part === "number"),
        ) as (string | undefined)[],
      ),
    );
  }
  let out = "";
  const matches = found(pattern, input, run);
  for (;;) {
    const next = matches.next();
    if (next.done) return out + next.value;
    out += next.value.before + filled(next.value.groups);
  }
}

/** Flag x: white space outside classes does not count, not even after a backslash. */
function withoutSpace(source: string): string {
  let out = "";
  let inClass = 0;
  let escaped = false;
  for (const character of source) {
    if (inClass === 0 && /[\t\n\r ]/.test(character)) continue;
    out += character;
    if (!escaped && character === "[") inClass += 1;
    if (!escaped && character === "]") inClass -= 1;
    escaped = !escaped && character === "\\";
  }
  return out;
}

const nameStart = "\\p{L}_:";
const nameCharacters = "\\p{L}\\p{N}\\p{M}_:.\\-\\u00b7";
const blocks: Readonly<Record<string, string>> = {
  BasicLatin: "\\u0000-\\u007f",
  "Latin-1Supplement": "\\u0080-\\u00ff",
  "LatinExtended-A": "\\u0100-\\u017f",
  "LatinExtended-B": "\\u0180-\\u024f",
  Greek: "\\u0370-\\u03ff",
  Cyrillic: "\\u0400-\\u04ff",
  Hebrew: "\\u0590-\\u05ff",
  Arabic: "\\u0600-\\u06ff",
  Hiragana: "\\u3040-\\u309f",
  Katakana: "\\u30a0-\\u30ff",
  Bopomofo: "\\u3100-\\u312f",
  CJKUnifiedIdeographs: "\\u4e00-\\u9fff",
  CJKUnifiedIdeographsExtensionA: "\\u3400-\\u4dbf",
  CJKUnifiedIdeographsExtensionB: "\\u{20000}-\\u{2a6df}",
  HangulSyllables: "\\uac00-\\ud7af",
  GeneralPunctuation: "\\u2000-\\u206f",
};

/** One escape, as class members (`inside`) or as an atom; undefined when F&O has none such. */
function escape(source: string, at: number, inside: boolean): { text: string; end: number } | undefined {
  const letter = source[at + 1] ?? "";
  const end = at + 2;
  const own = (members: string, negated: boolean) => ({
    text: negated ? `[^${members}]` : inside ? members : `[${members}]`,
    end,
  });
  if (letter === "i" || letter === "I") return own(nameStart, letter === "I");
  if (letter === "c" || letter === "C") return own(nameCharacters, letter === "C");
  if (letter === "d" || letter === "D") return own("\\p{Nd}", letter === "D");
  if (letter === "w" || letter === "W") return own("\\p{P}\\p{Z}\\p{C}", letter === "w");
  if (letter === "s" || letter === "S") return own("\\t\\n\\r\\u0020", letter === "S");
  if (letter === "p" || letter === "P") {
    const category = /^\{(?:(Is)?([\w-]+))\}/.exec(source.slice(end));
    if (!category) return undefined;
    const after = end + category[0].length;
    if (category[1] === undefined) return { text: `\\${letter}{${category[2]}}`, end: after };
    const block = Object.hasOwn(blocks, category[2]!) ? blocks[category[2]!]! : undefined;
    return block === undefined ? undefined : { ...own(block, letter === "P"), end: after };
  }
  if (/[nrt\\|.?*+(){}[\]^$-]/.test(letter))
    return { text: letter === "-" ? "\\-".slice(inside ? 0 : 1) : `\\${letter}`, end };
  return undefined;
}

function translate(source: string, dotAll: boolean): string | undefined {
  let out = "";
  const open: number[] = [];
  let groups = 0;
  const closed = new Set<number>();
  for (let at = 0; at < source.length;) {
    const character = source[at]!;
    if (character === "\\") {
      const reference = /^\\([1-9]\d*)/.exec(source.slice(at));
      if (reference) {
        if (!closed.has(Number(reference[1]))) return undefined;
        out += `(?:${reference[0]})`;
        at += reference[0].length;
        continue;
      }
      const read = escape(source, at, false);
      if (!read) return undefined;
      out += read.text;
      at = read.end;
      continue;
    }
    if (character === "[") {
      const read = characterClass(source, at);
      if (!read) return undefined;
      out += read.text;
      at = read.end;
      continue;
    }
    if (character === "(") {
      const capturing = !source.startsWith("(?", at);
      if (!capturing && !source.startsWith("(?:", at)) return undefined;
      groups += capturing ? 1 : 0;
      open.push(capturing ? groups : 0);
    }
    if (character === ")") closed.add(open.pop() ?? 0);
    if (character === "]" || character === "}") {
      if (character === "]" || !/\{\d+(?:,\d*)?$/.test(source.slice(0, at))) return undefined;
    }
    out += character === "." && !dotAll ? "[^\\n\\r]" : character;
    at += 1;
  }
  return open.length === 0 ? out : undefined;
}

function characterClass(source: string, start: number): { text: string; end: number } | undefined {
  let at = start + 1;
  let negated = false;
  if (source[at] === "^") {
    negated = true;
    at += 1;
  }
  let members = "";
  let subtracted = "";
  while (at < source.length && source[at] !== "]") {
    if (source[at] === "[") return undefined;
    if (source[at] === "-" && source[at + 1] === "[") {
      const inner = characterClass(source, at + 1);
      if (!inner || source[inner.end] !== "]") return undefined;
      subtracted = inner.text;
      at = inner.end;
      break;
    }
    if (source[at] === "\\") {
      const read = escape(source, at, true);
      if (!read) return undefined;
      members += read.text;
      at = read.end;
      continue;
    }
    const character = String.fromCodePoint(source.codePointAt(at)!);
    const isRange = character === "-" && members !== "" && source[at + 1] !== "]";
    members += isRange ? "-" : /[()[\]{}/\-\\|&!#$%*+,.:;<=>?@^`~]/.test(character) ? `\\${character}` : character;
    at += character.length;
  }
  if (source[at] !== "]" || members === "") return undefined;
  const own = `[${negated ? "^" : ""}${members}]`;
  return { text: subtracted ? `[${own}--${subtracted}]` : own, end: at + 1 };
}
