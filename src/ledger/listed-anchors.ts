import { dayPath, indexPath, parseDay, parseIndex, type ListedAnchor } from "./anchor-files.ts";
import type { ReadLogFile } from "./log-files.ts";

/** What a log's files say about its anchors. Nobody has checked it: `verifyAnchored` does. */
export interface AnchorsListed {
  readonly records: number;
  /** The newest record of each anchor on the newest day. */
  readonly newest: readonly ListedAnchor[];
}

/** A year of days is 25 KB, a day of records every ten minutes 30 KB for each anchor. */
const listLimit = 1_000_000;

/**
 * The anchors that a log announces, as its keeper lists them; nothing if it announces none.
 * @throws whatever `read` throws
 */
export async function listedAnchors(read: ReadLogFile): Promise<AnchorsListed | undefined> {
  const days = parseIndex(await read(indexPath, listLimit)).toSorted((a, b) => (a.day < b.day ? -1 : 1));
  const last = days.at(-1);
  if (!last) return undefined;
  const newest = new Map<string, ListedAnchor>();
  for (const anchor of parseDay(await read(dayPath(last.day), listLimit))) {
    if (anchor.size >= (newest.get(anchor.name)?.size ?? 0)) newest.set(anchor.name, anchor);
  }
  return { records: days.reduce((sum, { records }) => sum + records, 0), newest: [...newest.values()] };
}
