/** Why a pattern cannot be used: what it needs is not matched in linear time, it is malformed, or it is too large. */
export type PatternFault = "unsupported" | "malformed" | "too-large";

export class PatternError extends Error {
  readonly fault: PatternFault;
  constructor(fault: PatternFault, what: string) {
    super(`${fault}: ${what}`);
    this.fault = fault;
  }
}

/** A search that was given up: the pattern is large and the text long. Neither "matches" nor "does not" may be said. */
export class TooMuchWork extends Error {}

/** A pattern of JSON Schema, ready to be searched for in a text. */
export interface LinearPattern {
  /** @throws TooMuchWork */
  readonly test: (text: string) => boolean;
}

type CharTest = (codePoint: number) => boolean;
type Assertion = "start" | "end" | "word" | "not-word";

/** One step of the automaton; `next` and `other` are places in the program. */
type Step =
  | { readonly op: "char"; readonly test: CharTest; next: number }
  | { readonly op: "assert"; readonly kind: Assertion; next: number }
  | { readonly op: "split"; next: number; other: number }
  | { readonly op: "match" };

/** The syntax tree between parsing and the automaton. */
type Node =
  | { readonly kind: "char"; readonly test: CharTest }
  | { readonly kind: "assert"; readonly assertion: Assertion }
  | { readonly kind: "all"; readonly parts: readonly Node[] }
  | { readonly kind: "any"; readonly parts: readonly Node[] }
  | { readonly kind: "repeat"; readonly part: Node; readonly min: number; readonly max: number };

const maxSteps = 10_000;
/** Of one search: a pattern as large as allowed over a long text would still take too long. */
const maxWork = 20_000_000;

/**
 * Compiles an ECMAScript pattern (as with flag `u`) to an automaton that takes time proportional to pattern × text,
 * whatever both say: a description cannot stop a gateway by `(a+)+$`. Look-around and back-references are no regular
 * expressions and are refused.
 * @throws PatternError
 */
export function compilePattern(source: string): LinearPattern {
  const program = programOf(new PatternParser(source).parse());
  if (hasOneLength.test(source) && program.length <= 100) {
    const native = new RegExp(source, "u");
    return { test: (text) => native.test(text) };
  }
  return {
    test: (text) =>
      search(
        program,
        Array.from(text, (character) => character.codePointAt(0)!),
      ),
  };
}

/** No choice and no repetition that could be more or less: at each place there is one way to match, and nothing to retry. */
const hasOneLength = /^(?:[^*+?|({]|\{\d+\})*$/;

class PatternParser {
  private readonly source: readonly string[];
  private at = 0;
  private depth = 0;
  constructor(source: string) {
    this.source = Array.from(source);
  }

  parse(): Node {
    const node = this.alternatives();
    if (this.at < this.source.length) this.malformed("a bracket that nothing opened");
    return node;
  }

  private malformed(what: string): never {
    throw new PatternError("malformed", what);
  }

  private peek(): string | undefined {
    return this.source[this.at];
  }

  private takes(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at += 1;
    return true;
  }

  private alternatives(): Node {
    const parts = [this.sequence()];
    while (this.takes("|")) parts.push(this.sequence());
    return parts.length === 1 ? parts[0]! : { kind: "any", parts };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    for (;;) {
      const next = this.peek();
      if (next === undefined || next === "|" || next === ")") return { kind: "all", parts };
      parts.push(this.repeated(this.atom()));
    }
  }

  private repeated(part: Node): Node {
    const times = this.quantifier();
    if (!times) return part;
    if (part.kind === "assert") this.malformed("a repeated assertion");
    this.takes("?"); // lazy or greedy: whether there is a match is the same
    if ("*+?{".includes(this.peek() ?? " ")) this.malformed("a quantifier after a quantifier");
    return { kind: "repeat", part, ...times };
  }

  private quantifier(): { min: number; max: number } | undefined {
    if (this.takes("*")) return { min: 0, max: Infinity };
    if (this.takes("+")) return { min: 1, max: Infinity };
    if (this.takes("?")) return { min: 0, max: 1 };
    if (this.peek() !== "{") return undefined;
    const found = /^\{(\d+)(,(\d*))?\}/.exec(this.source.slice(this.at, this.at + 40).join(""));
    if (!found) this.malformed("a brace");
    this.at += found[0].length;
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] ? Number(found[3]) : Infinity;
    if (max < min) this.malformed("a range that goes back");
    if (Math.max(min, max === Infinity ? 0 : max) > maxSteps)
      throw new PatternError("too-large", "too many repetitions");
    return { min, max };
  }

  private atom(): Node {
    const character = this.source[this.at]!;
    this.at += 1;
    switch (character) {
      case "^":
        return { kind: "assert", assertion: "start" };
      case "$":
        return { kind: "assert", assertion: "end" };
      case ".":
        return { kind: "char", test: (code) => !isLineEnd(code) };
      case "(":
        return this.group();
      case "[":
        return { kind: "char", test: this.characterClass() };
      case "\\":
        return this.escape();
      case "*":
      case "+":
      case "?":
      case "{":
      case "}":
      case "]":
        return this.malformed(`${character} without what it belongs to`);
      default:
        return { kind: "char", test: exactly(character) };
    }
  }

  private group(): Node {
    if (this.depth >= 100) throw new PatternError("too-large", "groups too deep");
    if (this.takes("?")) {
      const isNamed = this.peek() === "<" && !"=!".includes(this.source[this.at + 1] ?? "=");
      if (isNamed) {
        const end = this.source.indexOf(">", this.at);
        if (end === -1) this.malformed("a name without end");
        this.at = end + 1;
      } else if (!this.takes(":")) throw new PatternError("unsupported", "look-around or modifiers");
    }
    this.depth += 1;
    const node = this.alternatives();
    this.depth -= 1;
    if (!this.takes(")")) this.malformed("a group without end");
    return node;
  }

  private escape(): Node {
    if (this.takes("b")) return { kind: "assert", assertion: "word" };
    if (this.takes("B")) return { kind: "assert", assertion: "not-word" };
    const next = this.peek() ?? "";
    if (next === "k" || /[1-9]/.test(next)) throw new PatternError("unsupported", "a back-reference");
    const read = this.classEscape();
    return { kind: "char", test: typeof read === "number" ? (code) => code === read : read };
  }

  /** After the backslash: one character (its code point), or a set of them. */
  private classEscape(): number | CharTest {
    const letter = this.peek();
    if (letter === undefined) this.malformed("a backslash at the end");
    this.at += 1;
    const set = sets[letter];
    if (set) return set;
    if (letter === "p" || letter === "P") return this.property(letter);
    const control = controls[letter];
    if (control !== undefined) return control;
    if (letter === "x") return this.hex(/^[0-9a-fA-F]{2}/);
    if (letter === "u") {
      if (this.peek() === "{") return this.hex(/^\{([0-9a-fA-F]{1,6})\}/);
      const high = this.hex(/^[0-9a-fA-F]{4}/);
      const low = /^\\u([dD][c-fC-F][0-9a-fA-F]{2})/.exec(this.source.slice(this.at, this.at + 6).join(""));
      if (high < 0xd800 || high > 0xdbff || !low) return high;
      this.at += 6;
      return (high - 0xd800) * 0x400 + (Number.parseInt(low[1]!, 16) - 0xdc00) + 0x10000;
    }
    if (letter === "c") {
      const control = this.source[this.at] ?? "";
      if (!/^[A-Za-z]$/.test(control)) this.malformed("a control character");
      this.at += 1;
      return control.charCodeAt(0) % 32;
    }
    // Flag `u` takes an escape of punctuation only; many descriptions escape more, and mean the character.
    if (/[A-Za-z0-9]/.test(letter)) this.malformed(`the escape \\${letter}`);
    return letter.codePointAt(0)!;
  }

  private hex(syntax: RegExp): number {
    const found = syntax.exec(this.source.slice(this.at, this.at + 8).join(""));
    const code = found ? Number.parseInt(found[1] ?? found[0], 16) : Number.NaN;
    if (!found || code > 0x10ffff) this.malformed("a hexadecimal escape");
    this.at += found[0].length;
    return code;
  }

  private property(letter: "p" | "P"): CharTest {
    const found = /^\{[A-Za-z0-9_=]{1,60}\}/.exec(this.source.slice(this.at, this.at + 62).join(""));
    if (!found) this.malformed("a property");
    this.at += found[0].length;
    let one: RegExp;
    try {
      one = new RegExp(`^\\${letter}${found[0]}$`, "u"); // one character, so that nothing can be retried
    } catch {
      return this.malformed("a property that does not exist");
    }
    return (code) => one.test(String.fromCodePoint(code));
  }

  private characterClass(): CharTest {
    const negated = this.takes("^");
    const tests: CharTest[] = [];
    for (;;) {
      if (this.peek() === undefined) this.malformed("a class without end");
      if (this.takes("]")) break;
      const from = this.classAtom();
      const isRange = this.peek() === "-" && this.source[this.at + 1] !== "]" && this.source[this.at + 1] !== undefined;
      if (!isRange) {
        tests.push(typeof from === "number" ? (code) => code === from : from);
        continue;
      }
      this.at += 1;
      const to = this.classAtom();
      if (typeof from !== "number" || typeof to !== "number" || to < from) this.malformed("a range");
      tests.push((code) => code >= from && code <= to);
    }
    return (code) => tests.some((test) => test(code)) !== negated;
  }

  private classAtom(): number | CharTest {
    if (this.takes("\\")) {
      if (this.takes("b")) return 8;
      return this.takes("-") ? 0x2d : this.classEscape();
    }
    const character = this.source[this.at]!;
    this.at += 1;
    return character.codePointAt(0)!;
  }
}

function exactly(character: string): CharTest {
  const wanted = character.codePointAt(0)!;
  return (code) => code === wanted;
}

const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };
const isDigit: CharTest = (code) => code >= 0x30 && code <= 0x39;
const isWord: CharTest = (code) =>
  isDigit(code) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x61 && code <= 0x7a);
const isSpace: CharTest = (code) => /^\s$/u.test(String.fromCodePoint(code));
const isLineEnd: CharTest = (code) => code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
const sets: Readonly<Record<string, CharTest>> = {
  d: isDigit,
  D: (code) => !isDigit(code),
  w: isWord,
  W: (code) => !isWord(code),
  s: isSpace,
  S: (code) => !isSpace(code),
};

function programOf(node: Node): readonly Step[] {
  const program: Step[] = [];
  const add = (step: Step): number => {
    if (program.length >= maxSteps) throw new PatternError("too-large", "too many steps");
    return program.push(step) - 1;
  };
  /** Writes a node; its steps lead to whatever is written next. */
  function write(part: Node): void {
    switch (part.kind) {
      case "char":
        add({ op: "char", test: part.test, next: program.length + 1 });
        return;
      case "assert":
        add({ op: "assert", kind: part.assertion, next: program.length + 1 });
        return;
      case "all":
        for (const one of part.parts) write(one);
        return;
      case "any": {
        const ends: number[] = [];
        for (const [index, one] of part.parts.entries()) {
          const isLast = index === part.parts.length - 1;
          const at = isLast ? -1 : add({ op: "split", next: program.length + 1, other: 0 });
          write(one);
          if (isLast) break;
          ends.push(add({ op: "split", next: 0, other: 0 }));
          lead(at, program.length, "other");
        }
        for (const end of ends) lead(end, program.length, "both");
        return;
      }
      case "repeat": {
        for (let count = 0; count < part.min; count += 1) write(part.part);
        if (part.max === Infinity) {
          const at = add({ op: "split", next: program.length + 1, other: 0 });
          write(part.part);
          add({ op: "split", next: at, other: at });
          lead(at, program.length, "other");
          return;
        }
        const exits: number[] = [];
        for (let count = part.min; count < part.max; count += 1) {
          exits.push(add({ op: "split", next: program.length + 1, other: 0 }));
          write(part.part);
        }
        for (const exit of exits) lead(exit, program.length, "other");
      }
    }
  }
  function lead(at: number, to: number, which: "other" | "both"): void {
    const step = program[at];
    if (step?.op !== "split") return;
    step.other = to;
    if (which === "both") step.next = to;
  }
  write(node);
  add({ op: "match" });
  return program;
}

/** Runs all ways through the program at once: each step is entered at most once for each character. */
function search(program: readonly Step[], text: readonly number[]): boolean {
  const entered = new Int32Array(program.length).fill(-1);
  const pending: number[] = [];
  let active: number[] = [];
  let work = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const next: number[] = [];
    // A match may begin anywhere.
    pending.push(0);
    for (const from of active) pending.push(from);
    while (pending.length > 0) {
      const index = pending.pop()!;
      if (entered[index] === at) continue;
      entered[index] = at;
      work += 1;
      const step = program[index]!;
      if (step.op === "match") return true;
      if (step.op === "split") pending.push(step.next, step.other);
      else if (step.op === "assert") {
        if (holds(step.kind, text, at)) pending.push(step.next);
      } else if (at < text.length && step.test(text[at]!)) next.push(step.next);
    }
    if (work > maxWork) throw new TooMuchWork();
    active = next;
  }
  return false;
}

function holds(kind: Assertion, text: readonly number[], at: number): boolean {
  if (kind === "start") return at === 0;
  if (kind === "end") return at === text.length;
  const before = at > 0 && isWord(text[at - 1]!);
  const after = at < text.length && isWord(text[at]!);
  return (before !== after) === (kind === "word");
}
