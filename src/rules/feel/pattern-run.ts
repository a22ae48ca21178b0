import type { Run } from "./run.ts";

/**
 * A matcher for patterns that could keep JavaScript's own busy for ever: it goes back like that one and finds the same, but pays a
 * step for every character and place it tries, so that a run ends. It takes the JavaScript form that `pattern.ts` makes.
 */
export interface Found {
  /** In code points. */
  readonly start: number;
  readonly end: number;
  /** The whole match, then the groups. */
  readonly groups: readonly (string | undefined)[];
}

export type Finder = (characters: readonly string[], from: number, run: Run) => Found | undefined;

/** Goes on from a place; true when the rest matches. */
type Next = (at: number) => boolean;
interface State {
  readonly characters: readonly string[];
  readonly groups: ([start: number, end: number] | undefined)[];
  readonly run: Run;
}
type Matcher = (at: number, state: State, next: Next) => boolean;
type One = (character: string) => boolean;

export function compileFinder(source: string, flags: string): Finder {
  const { matcher, groups } = new Reader(source, flags).read();
  return (characters, from, run) => {
    for (let start = from; start <= characters.length; start += 1) {
      run.spend();
      const state: State = { characters, groups: [], run };
      let end = -1;
      const fits = matcher(start, state, (at) => {
        end = at;
        return true;
      });
      if (!fits) continue;
      const text = (part: readonly [number, number] | undefined) => part && characters.slice(part[0], part[1]).join("");
      const parts = Array.from({ length: groups }, (_, index) => text(state.groups[index + 1]));
      return { start, end, groups: [text([start, end]), ...parts] };
    }
    return undefined;
  };
}

/** Reads the pattern once and makes closures of it. */
class Reader {
  readonly #source: string;
  readonly #flags: string;
  #at = 0;
  #groups = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = flags;
  }

  read(): { matcher: Matcher; groups: number } {
    const matcher = this.#alternatives();
    return { matcher, groups: this.#groups };
  }

  #peek(): string {
    return this.#source[this.#at] ?? "";
  }

  #alternatives(): Matcher {
    const ways = [this.#sequence()];
    while (this.#peek() === "|") {
      this.#at += 1;
      ways.push(this.#sequence());
    }
    if (ways.length === 1) return ways[0]!;
    return (at, state, next) => ways.some((way) => way(at, state, next));
  }

  #sequence(): Matcher {
    const terms: Matcher[] = [];
    while (this.#at < this.#source.length && this.#peek() !== "|" && this.#peek() !== ")") terms.push(this.#term());
    return terms.reduceRight<Matcher>(
      (rest, term) => (at, state, next) => term(at, state, (then) => rest(then, state, next)),
      (at, _, next) => next(at),
    );
  }

  #term(): Matcher {
    const start = this.#at;
    const first = this.#peek();
    if (first === "^" || first === "$") {
      this.#at += 1;
      return this.#anchor(first);
    }
    if (first === "(") return this.#repeated(this.#group());
    const reference = /^\\([1-9]\d*)/.exec(this.#source.slice(start, start + 8));
    if (reference) {
      this.#at += reference[0].length;
      return this.#repeated(this.#reference(Number(reference[1])));
    }
    const one = this.#one();
    const times = this.#times();
    return times ? repeatOne(one, times) : (at, state, next) => taken(one, at, state) && next(at + 1);
  }

  #group(): Matcher {
    const capturing = !this.#source.startsWith("(?:", this.#at);
    this.#at += capturing ? 1 : 3;
    const number = capturing ? (this.#groups += 1) : 0;
    const inner = this.#alternatives();
    this.#at += 1;
    if (!capturing) return inner;
    return (at, state, next) =>
      inner(at, state, (end) => {
        const before = state.groups[number];
        state.groups[number] = [at, end];
        if (next(end)) return true;
        state.groups[number] = before;
        return false;
      });
  }

  #anchor(sign: "^" | "$"): Matcher {
    const lines = this.#flags.includes("m");
    const isBreak = (character: string | undefined) => lines && (character === "\n" || character === "\r");
    if (sign === "^") return (at, { characters }, next) => (at === 0 || isBreak(characters[at - 1])) && next(at);
    return (at, { characters }, next) => (at === characters.length || isBreak(characters[at])) && next(at);
  }

  #reference(number: number): Matcher {
    const caseless = this.#flags.includes("i");
    const fold = (character: string) => (caseless ? character.toUpperCase().toLowerCase() : character);
    return (at, state, next) => {
      const [start, end] = state.groups[number] ?? [0, 0];
      state.run.spend(1 + end - start);
      for (let index = start; index < end; index += 1) {
        if (fold(state.characters[index]!) !== fold(state.characters[at + index - start] ?? "")) return false;
      }
      return next(at + end - start);
    };
  }

  /** A character, an escape or a class, as a question about one character. */
  #one(): One {
    const start = this.#at;
    if (this.#peek() === "[") this.#skipClass();
    else if (this.#peek() === "\\") {
      const escape = /^\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\da-fA-F]{4}|[^])/u.exec(this.#source.slice(start))!;
      this.#at += escape[0].length;
    } else this.#at += String.fromCodePoint(this.#source.codePointAt(start)!).length;
    const text = this.#source.slice(start, this.#at);
    const plain = !this.#flags.includes("i") && !/[\\[.]/.test(text);
    if (plain) return (character) => character === text;
    const pattern = new RegExp(`^(?:${text})$`, `v${this.#flags.replace("m", "")}`);
    const known = new Map<string, boolean>();
    return (character) => {
      let answer = known.get(character);
      if (answer === undefined) {
        answer = pattern.test(character);
        if (known.size < 1000) known.set(character, answer);
      }
      return answer;
    };
  }

  #skipClass(): void {
    let depth = 0;
    do {
      const character = this.#peek();
      if (character === "\\") this.#at += 1;
      else if (character === "[") depth += 1;
      else if (character === "]") depth -= 1;
      this.#at += 1;
    } while (depth > 0 && this.#at < this.#source.length);
  }

  #times(): Times | undefined {
    const found = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})(\?)?/.exec(this.#source.slice(this.#at, this.#at + 40));
    if (!found) return undefined;
    this.#at += found[0].length;
    const lazy = found[5] !== undefined;
    if (found[1] !== undefined) return { least: found[1] === "+" ? 1 : 0, most: found[1] === "?" ? 1 : Infinity, lazy };
    const least = Number(found[2]);
    return { least, most: found[3] === undefined ? least : found[4] ? Number(found[4]) : Infinity, lazy };
  }

  #repeated(inner: Matcher): Matcher {
    const times = this.#times();
    return times ? repeat(inner, times) : inner;
  }
}

interface Times {
  readonly least: number;
  readonly most: number;
  readonly lazy: boolean;
}

function taken(one: One, at: number, { characters, run }: State): boolean {
  run.spend();
  return at < characters.length && one(characters[at]!);
}

/** Repeats one character without a call within a call for each. */
function repeatOne(one: One, { least, most, lazy }: Times): Matcher {
  return (at, state, next) => {
    let count = 0;
    while (count < least) {
      if (!taken(one, at + count, state)) return false;
      count += 1;
    }
    if (lazy) {
      for (;;) {
        if (next(at + count)) return true;
        if (count >= most || !taken(one, at + count, state)) return false;
        count += 1;
      }
    }
    while (count < most && taken(one, at + count, state)) count += 1;
    for (; count >= least; count -= 1) if (next(at + count)) return true;
    return false;
  };
}

function repeat(inner: Matcher, { least, most, lazy }: Times): Matcher {
  const from = (count: number, at: number, state: State, next: Next): boolean => {
    state.run.spend();
    const again = (): boolean =>
      count < most &&
      // a round that takes nothing would go on for ever
      inner(at, state, (then) => (then > at || count < least) && from(count + 1, then, state, next));
    if (count < least) return again();
    return lazy ? next(at) || again() : again() || next(at);
  };
  return (at, state, next) => from(0, at, state, next);
}
