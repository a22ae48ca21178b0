import { err, ok, type Result } from "#kernel";
import type { RegisterDeclaration } from "./declaration.ts";
import type { Page, Query, RegisterRow, SourceRefusal } from "./source.ts";

/**
 * Cuts a page out of rows that are ordered by the text of their key, and then by all else. `fetch` answers rows from the
 * given key on, that key included. A page ends at a key and a count of rows with it, so that rows which share their key (a
 * view can have such) are neither lost nor given twice.
 */
export async function keysetPage(
  declaration: RegisterDeclaration,
  query: Query,
  fetch: (from: readonly string[] | undefined, limit: number) => Promise<readonly RegisterRow[]>,
): Promise<Result<Page, SourceRefusal>> {
  const { cursor, limit } = query;
  const position = cursor === undefined ? undefined : readPosition(declaration, cursor);
  if (cursor !== undefined && !position) return err({ code: "query-invalid", field: "cursor" });
  const given = position?.given ?? 0;
  const found = await fetch(position?.key, limit + given + 1);
  const key = position && keyText(position.key);
  const again = found.slice(0, given).filter((row) => keyText(keyOf(declaration, row)) === key).length;
  const rows = found.slice(again, again + limit);
  const last = rows.at(-1);
  if (!last || found.length <= again + limit) return ok({ rows, next: null });
  const lastKey = keyOf(declaration, last);
  const same = rows.filter((row) => keyText(keyOf(declaration, row)) === keyText(lastKey)).length;
  return ok({ rows, next: written(lastKey, keyText(lastKey) === key ? same + again : same) });
}

/** The key of a row as the order has it: the outer form's text, nothing for no value. */
export function keyOf(declaration: RegisterDeclaration, row: RegisterRow): readonly string[] {
  return declaration.key.map((name) => valueText(row[name]));
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : value === null || value === undefined ? "" : JSON.stringify(value);
}

function keyText(key: readonly string[]): string {
  return JSON.stringify(key);
}

/** A position is for the source alone: it leaves the register sealed (`cursor.ts`). */
function written(key: readonly string[], given: number): string {
  return JSON.stringify([given, ...key]);
}

function readPosition(
  declaration: RegisterDeclaration,
  cursor: string,
): { readonly key: readonly string[]; readonly given: number } | undefined {
  try {
    const parts: unknown = JSON.parse(cursor);
    if (!Array.isArray(parts)) return undefined;
    const [given, ...key] = parts as readonly unknown[];
    if (!Number.isInteger(given) || Number(given) < 1 || Number(given) > 1_000_000) return undefined;
    if (key.length !== declaration.key.length) return undefined;
    return key.every((part) => typeof part === "string" && !part.includes("\0"))
      ? { key: key as string[], given: Number(given) }
      : undefined;
  } catch {
    return undefined;
  }
}
