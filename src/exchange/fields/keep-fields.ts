import { err, ok, type Result } from "#kernel";
import { fieldText, type FieldNode } from "./field-list.ts";
import {
  eachElement,
  JsonScanError,
  membersOf,
  skipSpace,
  skipValue,
  type JsonFault,
  type MemberSpan,
} from "./json-scan.ts";

/** What field minimisation did to an answer. */
export interface KeptFields {
  readonly body: Uint8Array;
  /** Names of top-level members, pointers for what lies deeper; of rows, relative to a row. At most 200. */
  readonly released: readonly string[];
  readonly dropped: readonly string[];
}

/** `no-object`: a scalar, or a list of scalars, has no fields that a right could name. */
export type FieldsFault = JsonFault | "no-object";

/**
 * Where a value stands in the allow-lists. It is kept when **every** list allows it; a list has several places when a
 * row may be named from the row itself or from the whole answer.
 */
type Place = readonly (readonly FieldNode[])[];

/** Names of an answer's fields that end in a record, no more of them and no longer ones: a name can be chosen by anybody. */
const maxRecorded = 200;

/**
 * Keeps of a JSON answer what every allow-list allows, at any depth and in arrays, and nothing else. An object with an
 * array `rows` is a page: its fields are those of each row. What is kept is copied as it was written, so numbers of any
 * size and precision survive.
 * @param cursorIsSealed whether a page's `next` tells nothing of any row, and stays with it; else it is a field as others
 */
export function keepFields(
  body: Uint8Array,
  lists: readonly FieldNode[],
  cursorIsSealed: boolean = false,
): Result<KeptFields, FieldsFault> {
  const text = textOf(body);
  if (text === undefined) return err("not-json");
  try {
    const kept = keepIn(
      text,
      lists.filter(({ whole }) => !whole).map((list) => [list]),
      cursorIsSealed,
    );
    if (!kept) return err("no-object");
    return ok({
      body: kept.dropped.size === 0 ? body : Buffer.from(kept.text, "utf8"),
      released: [...kept.released],
      dropped: [...kept.dropped],
    });
  } catch (fault) {
    if (fault instanceof JsonScanError) return err(fault.fault);
    throw fault;
  }
}

function keepIn(
  text: string,
  all: Place,
  cursorIsSealed: boolean,
): { text: string; released: ReadonlySet<string>; dropped: ReadonlySet<string> } | undefined {
  const released = new Set<string>();
  const dropped = new Set<string>();
  const pieces: string[] = [];

  /** Writes what `place` allows of the value at `at`; `wrote` is false where it is nothing. */
  function write(at: number, depth: number, place: Place, steps: readonly string[]): { end: number; wrote: boolean } {
    if (text[at] === "{") return { end: writeObject(at, depth, place, steps), wrote: true };
    // A scalar where only members are allowed is not what the right speaks of.
    if (text[at] !== "[") return { end: skipValue(text, at, depth), wrote: false };
    const separate = opened("[");
    const end = eachElement(text, at, depth, (start) => {
      const back = separate();
      const element = write(start, depth + 1, place, steps);
      if (!element.wrote) {
        back();
        record(dropped, steps);
      }
      return element.end;
    });
    pieces.push("]");
    return { end, wrote: true };
  }

  function writeObject(at: number, depth: number, place: Place, steps: readonly string[]): number {
    const { members, end } = membersOf(text, at, depth);
    const isPage = depth === 0 && rowsOf(text, members) !== undefined;
    const separate = opened("{");
    for (const { name, start, valueStart, end: valueEnd } of members) {
      const isRows = isPage && name === "rows";
      const isCursor =
        cursorIsSealed && isPage && name === "next" && (text[valueStart] === '"' || text[valueStart] === "n");
      const next = isCursor ? "whole" : isRows ? rowsPlace(place) : stepInto(place, name);
      const inner = [...steps, name];
      const back = separate(text.slice(start, valueStart));
      if (next === "whole") {
        pieces.push(text.slice(valueStart, valueEnd));
        if (!isCursor) record(released, inner);
      } else if (next === "nothing" || !write(valueStart, depth + 1, next, isRows ? [] : inner).wrote) {
        back();
        record(dropped, inner);
      }
    }
    pieces.push("}");
    return end;
  }

  /** Opens a container; what it gives back writes the comma before each part, and can take a part back. */
  function opened(bracket: string): (name?: string) => () => void {
    pieces.push(bracket);
    const first = pieces.length;
    return (name = "") => {
      const before = pieces.length;
      pieces.push(before === first ? name : `,${name}`);
      return () => void (pieces.length = before);
    };
  }

  const start = skipSpace(text, 0);
  const { end } = all.length === 0 ? { end: skipValue(text, start, 0) } : write(start, 0, all, []);
  if (skipSpace(text, end) !== text.length) throw new JsonScanError("not-json");
  const hasFields = text[start] === "{" || (text[start] === "[" && !dropped.has(fieldText([])));
  return hasFields ? { text: pieces.join(""), released, dropped } : undefined;
}

function record(into: Set<string>, steps: readonly string[]): void {
  if (into.size < maxRecorded) into.add(fieldText(steps).slice(0, 200));
}

/** Characters up to which a text is parsed for its names, which is quicker; a longer one is only walked, which takes no memory. */
const parsedUpTo = 64 * 1024;

function namesByParsing(text: string, names: Set<string>): readonly string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const note = (row: unknown): void => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) return;
    for (const name of Object.keys(row)) if (!names.has(name)) record(names, [name]);
  };
  const rows = Array.isArray(value) ? value : (value as { readonly rows?: unknown } | null)?.rows;
  if (Array.isArray(rows)) for (const row of rows) note(row);
  else note(value);
  return [...names];
}

/** The fields of an answer that no right limits: names of its top-level members, or of its rows'. `undefined`: no JSON. */
export function fieldNames(body: Uint8Array): readonly string[] | undefined {
  const text = textOf(body);
  if (text === undefined) return undefined;
  const names = new Set<string>();
  if (text.length <= parsedUpTo) return namesByParsing(text, names);
  try {
    const start = skipSpace(text, 0);
    const note = (at: number, depth: number): number => {
      if (text[at] !== "{") return skipValue(text, at, depth);
      const { members, end } = membersOf(text, at, depth);
      const rows = depth === 0 ? rowsOf(text, members) : undefined;
      if (rows !== undefined) eachElement(text, rows, 1, (row) => note(row, 2));
      else for (const { name } of members) if (!names.has(name)) record(names, [name]);
      return end;
    };
    const end = text[start] === "[" ? eachElement(text, start, 0, (row) => note(row, 1)) : note(start, 0);
    if (skipSpace(text, end) !== text.length) return undefined;
  } catch (fault) {
    if (fault instanceof JsonScanError) return undefined;
    throw fault;
  }
  return [...names];
}

/** Where the array `rows` of an object begins. */
function rowsOf(text: string, members: readonly MemberSpan[]): number | undefined {
  const rows = members.find(({ name }) => name === "rows");
  return rows && text[rows.valueStart] === "[" ? rows.valueStart : undefined;
}

/** Rows are named from the row itself, or from the whole answer (`/rows/name`). */
function rowsPlace(place: Place): Place | "whole" {
  const open = place
    .map((nodes) => [...nodes, ...nodes.flatMap((node) => node.members.get("rows") ?? [])])
    .filter((nodes) => !nodes.some(({ whole }) => whole));
  return open.length === 0 ? "whole" : open;
}

function stepInto(place: Place, name: string): Place | "whole" | "nothing" {
  const open: FieldNode[][] = [];
  for (const nodes of place) {
    const next = nodes.flatMap((node) => node.members.get(name) ?? []);
    if (next.length === 0) return "nothing";
    if (!next.some(({ whole }) => whole)) open.push(next);
  }
  return open.length === 0 ? "whole" : open;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}
