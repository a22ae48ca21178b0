/**
 * Regular expressions of XPath and XQuery (F&O 3.1 section 5.6), translated to JavaScript's with the `v` flag: flags s m i x only, class subtraction,
 * `\i` and `\c`, `\p{IsBlock}`, no look-around, no lazy extras. `undefined` for what F&O does not allow.
 */
export function compilePattern(source: string, flags: string): RegExp | undefined {
  if (!/^[smix]*$/.test(flags) || source.length > 2000) return undefined;
  const text = flags.includes("x") ? withoutSpace(source) : source;
  const translated = translate(text, flags.includes("s"));
  if (translated === undefined || hasNestedRepeat(text)) return undefined;
  try {
    return new RegExp(
      translated,
      `v${flags.includes("i") ? "i" : ""}${flags.includes("m") ? "m" : ""}${flags.includes("s") ? "s" : ""}`,
    );
  } catch {
    return undefined;
  }
}

/** Replaces every match; `$0`–`$9` are groups, `\$` and `\\` themselves. Undefined where pattern or replacement is not allowed. */
export function replaceAll(input: string, pattern: RegExp, replacement: string): string | undefined {
  if (
    input.length * replacement.length > 5_000_000 ||
    pattern.test("") ||
    !/^(?:[^\\$]|\\[\\$]|\$\d)*$/.test(replacement)
  )
    return undefined;
  return input.replaceAll(new RegExp(pattern, `${pattern.flags}g`), (...match: readonly unknown[]) => {
    const groups = match.slice(
      0,
      match.findIndex((part) => typeof part === "number"),
    ) as (string | undefined)[];
    return replacement.replaceAll(/\\([\\$])|\$(\d)/g, (_, plain?: string, digit?: string) =>
      plain === undefined ? (groups[Number(digit)] ?? "") : plain,
    );
  });
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

/** A repeated group that itself repeats without bound can take exponential time; such patterns are refused. */
function hasNestedRepeat(source: string): boolean {
  const plain = source.replaceAll(/\\[^]/g, "a").replaceAll(/\[[^\]]*\]/g, "a");
  return /\((?:[^()]|\([^()]*\))*[*+](?:[^()]|\([^()]*\))*\)(?:[*+]|\{\d+,\d*\})/.test(plain);
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
