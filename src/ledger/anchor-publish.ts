import { utf8 } from "#kernel";
import {
  dayPath,
  formatDay,
  formatIndex,
  indexPath,
  listed,
  listedDay,
  parseDay,
  parseIndex,
  type ListedAnchor,
  type ListedDay,
} from "./anchor-files.ts";
import * as store from "./anchor-store.ts";
import { formatCheckpoint } from "./checkpoint.ts";
import type { LogContext } from "./log-context.ts";
import type { PublishTarget } from "./publish-target.ts";

const listLimit = 20_000_000;

/**
 * Brings what lies under `anchors/` at a place up to date: records first, then the lists that name them. What lies
 * there stays, even if a restored database no longer knows it. Answers how many files were written.
 */
export async function publishAnchors(
  { database, log, origin }: Pick<LogContext, "database" | "log" | "origin">,
  target: PublishTarget,
): Promise<number> {
  const ours = (await store.anchorDays(database, log)).map(listedDay);
  if (ours.length === 0) return 0;
  const days = new Map<string, ListedDay>();
  for (const day of parseIndex(await target.read(indexPath, listLimit))) days.set(day.day, day);
  let written = 0;
  const put = async (path: string, body: Uint8Array): Promise<void> => {
    if (await target.putNew(path, body, "immutable")) written += 1;
  };
  // New records are of the last two days. Older days that lie there whole are passed over.
  const recent = ours.slice(-2).map(({ day }) => day);
  for (const { day, records } of ours) {
    if (!recent.includes(day) && (days.get(day)?.records ?? 0) >= records) continue;
    const files = new Map<string, ListedAnchor>();
    for (const anchor of parseDay(await target.read(dayPath(day), listLimit))) files.set(anchor.file, anchor);
    for (const row of await store.anchorsOfDay(database, log, day)) {
      const anchor = listed(row);
      if (files.has(anchor.file)) continue;
      files.set(anchor.file, anchor);
      await put(`anchors/${anchor.file}`, (await store.anchorBody(database, log, row))!);
      await put(`anchors/${anchor.text}`, utf8(formatCheckpoint(origin, row.size, row.root)));
    }
    if (days.get(day)?.records === files.size) continue;
    await target.settle();
    const anchors = [...files.values()].sort((a, b) => a.size - b.size || (a.name < b.name ? -1 : 1));
    // Another process was faster: the next pass completes its list, so the index must not name these records yet.
    if (!(await target.replace(dayPath(day), formatDay(origin, day, anchors), "listing"))) continue;
    written += 1;
    days.set(day, { day, from: anchors[0]!.size, to: anchors.at(-1)!.size, records: anchors.length });
  }
  if (written === 0) return 0;
  const all = [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
  return (await target.replace(indexPath, formatIndex(origin, all), "listing")) ? written + 1 : written;
}
