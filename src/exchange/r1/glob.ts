import { err, ok, type Result } from "#kernel";
import { r1Refusal, type R1Refusal } from "./errors.ts";

/** A service path taken apart for matching; the raw text is what is forwarded. */
export interface ServicePath {
  readonly raw: string;
  /** Between the slashes, decoded once: `/a%2Fb/` gives `["", "a/b", ""]`, the empty path `[""]`. */
  readonly segments: readonly string[];
}

// eslint-disable-next-line no-control-regex -- control characters are exactly what this refuses
const controls = /[\u0000-\u001f\u007f-\u009f]/;
/** `.` or `..`, also before path parameters: some servers cut `;x` off before they resolve dots. */
const dotSegment = /^\.{1,2}(?:;|$)/;
/** An escape that is left after decoding once and leads to a dot or a slash, however often it was escaped. */
const leftoverEscape = /%(?:25)*(?:2e|2f|5c)/i;

/**
 * Reads the raw service path as the rights see it: split first, then each segment decoded once. What two servers could
 * read in two ways is refused. `//` is never collapsed.
 */
export function splitServicePath(
  raw: string,
  options: { readonly rejectEncodedSlash?: boolean } = {},
): Result<ServicePath, R1Refusal> {
  const segments: string[] = [];
  for (const encoded of raw.split("/")) {
    const segment = decodeSegment(encoded);
    if (segment === undefined) return refused("an escape or character that is not allowed");
    if (controls.test(segment)) return refused("a control character");
    if (dotSegment.test(segment)) return refused("a dot segment");
    if (leftoverEscape.test(segment)) return refused("a doubly escaped dot or slash");
    if (options.rejectEncodedSlash === true && /[/\\]/.test(segment)) return refused("an escaped slash");
    segments.push(segment);
  }
  return ok({ raw, segments });
}

function refused(what: string): Result<never, R1Refusal> {
  return err(r1Refusal("access_denied", `Request is not allowed: the path has ${what}`));
}

function decodeSegment(encoded: string): string | undefined {
  // A raw backslash is no character of a path (RFC 3986), but some servers take it for a slash.
  if (encoded.includes("\\")) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** What would match differently on deployed servers. */
export type GlobWarning = "star-before-literal" | "question-mark" | "double-slash" | "escape-in-glob";

export interface Glob {
  readonly text: string;
  /** Higher is more specific: literal characters count most, then fewer wildcards. */
  readonly specificity: number;
  readonly warnings: readonly GlobWarning[];
  matches(segments: readonly string[]): boolean;
}

/** Not a character of any segment: a slash of the path's own, as opposed to a decoded `%2F`. */
const slash = -1;
const star = -2;
const doubleStar = -3;

/**
 * Compiles a path glob: `*` is anything inside a segment, `**` anything at all, `\*` and `\\` are literal, the rest is
 * literal and with case; the whole path must match. Matching takes time proportional to path × glob, for any input.
 */
export function compileGlob(text: string): Glob {
  const tokens = tokenise(text);
  const literals = tokens.filter((token) => token >= slash).length;
  return {
    text,
    specificity:
      literals * 1000 - (tokens.length - literals) - 500 * tokens.filter((token) => token === doubleStar).length,
    warnings: warningsOf(tokens),
    matches: (segments) => run(tokens, symbolsOf(segments)),
  };
}

function tokenise(text: string): readonly number[] {
  const tokens: number[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]!;
    const next = text[index + 1];
    if (character === "\\" && (next === "*" || next === "\\")) {
      tokens.push(next.charCodeAt(0));
      index += 1;
    } else if (character === "*") {
      let stars = 1;
      while (text[index + 1] === "*") {
        stars += 1;
        index += 1;
      }
      tokens.push(stars === 1 ? star : doubleStar);
    } else {
      tokens.push(character === "/" ? slash : character.charCodeAt(0));
    }
  }
  return tokens;
}

function symbolsOf(segments: readonly string[]): readonly number[] {
  const symbols: number[] = [];
  for (const [index, segment] of segments.entries()) {
    if (index > 0) symbols.push(slash);
    for (let at = 0; at < segment.length; at += 1) symbols.push(segment.charCodeAt(at));
  }
  return symbols;
}

/** Runs the glob as a nondeterministic automaton: `alive[i]` says that the first `i` tokens match what was read so far. */
function run(tokens: readonly number[], symbols: readonly number[]): boolean {
  let alive = new Uint8Array(tokens.length + 1);
  alive[0] = 1;
  skipEmptyWildcards(tokens, alive);
  for (const symbol of symbols) {
    const next = new Uint8Array(tokens.length + 1);
    for (const [index, token] of tokens.entries()) {
      if (alive[index] === 0) continue;
      if (token === doubleStar || (token === star && symbol !== slash)) next[index] = 1;
      else if (token === symbol) next[index + 1] = 1;
    }
    skipEmptyWildcards(tokens, next);
    alive = next;
  }
  return alive[tokens.length] === 1;
}

function skipEmptyWildcards(tokens: readonly number[], alive: Uint8Array): void {
  for (const [index, token] of tokens.entries()) {
    if (alive[index] === 1 && token <= star) alive[index + 1] = 1;
  }
}

function warningsOf(tokens: readonly number[]): readonly GlobWarning[] {
  const warnings = new Set<GlobWarning>();
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    if (token === star && next !== undefined && next !== slash) warnings.add("star-before-literal");
    if (token === 0x3f) warnings.add("question-mark");
    if (token === slash && next === slash) warnings.add("double-slash");
    if (token === 0x25) warnings.add("escape-in-glob");
  }
  return [...warnings];
}
