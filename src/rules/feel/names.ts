/**
 * FEEL names may hold blanks and operators (`Date-Time2`, `string length`, `Approved/Declined`), so reading one takes the names
 * that are known at that place. This keeps them in scopes and finds the longest that fits.
 */
const simpleName = /^[\p{ID_Start}?_\p{So}\p{Sk}](?:[\p{ID_Continue}?_\p{So}\p{Sk}\u200c]|\u200d|\ufe0f)*$/u;

/** Words that are no name by themselves. */
export const reserved: ReadonlySet<string> = new Set(
  "if then else for in return some every satisfies and or between instance of function external true false null".split(
    " ",
  ),
);

/** One blank for every run of white space, none at the ends. */
export function normaliseName(name: string): string {
  return name.replaceAll(/\s+/g, " ").trim();
}

export function isSimpleName(name: string): boolean {
  return simpleName.test(name);
}

export class KnownNames {
  /** By their first character, so that a place in a text is compared with few. */
  readonly #special: Map<string, Map<string, number>> = new Map();
  readonly #base: KnownNames | undefined;

  /** What `base` knows is known too, and is not copied: it must not change any more. */
  constructor(names: Iterable<string> = [], base?: KnownNames) {
    this.#base = base;
    this.add(names);
  }

  add(names: Iterable<string>): void {
    for (const name of names) {
      if (isSimpleName(name) || name === "") continue;
      const group = this.#special.get(name[0]!) ?? new Map<string, number>();
      this.#special.set(name[0]!, group);
      group.set(name, (group.get(name) ?? 0) + 1);
    }
  }

  remove(names: Iterable<string>): void {
    for (const name of names) {
      const group = this.#special.get(name[0] ?? "");
      const count = group?.get(name);
      if (group === undefined || count === undefined) continue;
      if (count === 1) group.delete(name);
      else group.set(name, count - 1);
    }
  }

  /** The longest known name with blanks or operators that begins at `at`, and where it ends. */
  match(source: string, at: number): { name: string; end: number } | undefined {
    let best = this.#base?.match(source, at);
    for (const name of this.#special.get(source[at] ?? "")?.keys() ?? []) {
      if (best !== undefined && name.length <= best.name.length) continue;
      const end = matchAt(source, at, name);
      if (end !== undefined) best = { name, end };
    }
    return best;
  }
}

const continues = /[\p{ID_Continue}?_]/u;

function matchAt(source: string, at: number, name: string): number | undefined {
  if (source[at] !== name[0]) return undefined;
  let position = at;
  for (const character of name) {
    if (character === " ") {
      const start = position;
      while (/\s/.test(source[position] ?? "")) position += 1;
      if (position === start) return undefined;
    } else if (source.startsWith(character, position)) {
      position += character.length;
    } else {
      return undefined;
    }
  }
  const after = String.fromCodePoint(source.codePointAt(position) ?? 32);
  return continues.test(name.at(-1)!) && continues.test(after) ? undefined : position;
}
