/**
 * FEEL names may hold blanks and operators (`Date-Time2`, `string length`, `Approved/Declined`), so reading one takes the names
 * that are known at that place. This keeps them in scopes and finds the longest that fits.
 */
const simpleName = /^[\p{ID_Start}?_\p{So}\p{Sk}](?:[\p{ID_Continue}?_\p{So}\p{Sk}\u200c]|\u200d|\ufe0f)*$/u;

/** One blank for every run of white space, none at the ends. */
export function normaliseName(name: string): string {
  return name.replaceAll(/\s+/g, " ").trim();
}

export function isSimpleName(name: string): boolean {
  return simpleName.test(name);
}

export class KnownNames {
  readonly #special: Map<string, number> = new Map();

  constructor(names: Iterable<string> = []) {
    this.add(names);
  }

  copy(): KnownNames {
    const copy = new KnownNames();
    for (const [name, count] of this.#special) copy.#special.set(name, count);
    return copy;
  }

  add(names: Iterable<string>): void {
    for (const name of names) {
      if (!isSimpleName(name)) this.#special.set(name, (this.#special.get(name) ?? 0) + 1);
    }
  }

  remove(names: Iterable<string>): void {
    for (const name of names) {
      const count = this.#special.get(name);
      if (count === undefined) continue;
      if (count === 1) this.#special.delete(name);
      else this.#special.set(name, count - 1);
    }
  }

  /** The longest known name with blanks or operators that begins at `at`, and where it ends. */
  match(source: string, at: number): { name: string; end: number } | undefined {
    let best: { name: string; end: number } | undefined;
    for (const name of this.#special.keys()) {
      const end = matchAt(source, at, name);
      if (end !== undefined && (best === undefined || name.length > best.name.length)) best = { name, end };
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
