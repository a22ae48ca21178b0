import { setTimeout as sleep } from "node:timers/promises";
import { newestAnchors } from "./anchor-store.ts";
import type { Bell } from "./bell.ts";
import type { LogContext } from "./log-context.ts";
import type { ReadLogFile } from "./log-files.ts";
import { bucketTarget, type BucketOptions } from "./publish-bucket.ts";
import { folderTarget } from "./publish-folder.ts";
import { logPage } from "./publish-page.ts";
import type { PublishTarget } from "./publish-target.ts";
import { publishTo } from "./publish.ts";
import { readFile } from "./read-log.ts";
import * as store from "./store.ts";

/** Where a log is published to, beside its own address. */
export type PublishOptions = (
  | { readonly folder: string; readonly bucket?: undefined }
  | { readonly bucket: BucketOptions; readonly folder?: undefined }
) & {
  /** Whom readers may write to; it stands on the page beside the log. */
  readonly contact?: string | undefined;
};

/** A pass begins at most so often (milliseconds), and so often it is looked whether another process signed. */
const paceMs = 1000;
/** A head is published without its quorum after this: readers shall see that it is missing. */
const quorumWaitMs = 2000;
/** A place that failed is tried again after this, doubling up to the longest. */
const retryMs = 500;
const longestRetryMs = 60_000;

export function targetOf(options: PublishOptions): PublishTarget {
  return options.bucket ? bucketTarget(options.bucket) : folderTarget(options.folder);
}

/** Reads back what was published, with the right that the publisher has: for recovery. */
export function filesOf(options: PublishOptions): ReadLogFile {
  return targetOf(options).read;
}

/**
 * A step of the loop that keeps a place up to date: waits for a head, or for its cosignatures, and publishes. A place
 * that cannot be written (disk full, store away) alarms once and is tried again; the log itself goes on.
 */
export function createPublisher(
  context: LogContext,
  target: PublishTarget,
  contact: string | undefined,
  progress: Bell,
): (running: AbortSignal) => Promise<void> {
  const { database, log, origin, vkey, witnesses, quorum, anchors = [], alarm } = context;
  const page = logPage({ origin, vkey, witnesses, quorum, contact });
  let pageDue = true;
  let done = "";
  let begun = -Infinity;
  let head = { size: -1n, seen: 0 };
  let failures = 0;
  let alarmed = false;

  async function due(): Promise<string | undefined> {
    const tree = await store.treeOf(database, log);
    if (tree.frozen !== null || tree.published === null) return undefined;
    if (tree.published !== head.size) head = { size: tree.published, seen: performance.now() };
    const settled = (tree.witnessed ?? -1n) >= tree.published || performance.now() - head.seen > quorumWaitMs;
    if (!settled || performance.now() - begun < paceMs) return undefined;
    const anchored = await newestAnchors(database, log, anchors);
    const text =
      Buffer.from((await readFile(database, log, "checkpoint"))!.body).toString() +
      anchored.map(({ name, size }) => `${name} ${size}\n`).join("");
    return text === done ? undefined : text;
  }

  return async (running) => {
    const seen = progress.count();
    const text = await due();
    if (text === undefined) {
      // While the pace holds it back a ring changes nothing.
      const rest = paceMs - (performance.now() - begun);
      if (rest > 0) await sleep(rest, undefined, { signal: running }).catch(() => undefined);
      else await progress.heard(paceMs, seen);
      return;
    }
    begun = performance.now();
    try {
      await publishTo(context, target, pageDue ? page : undefined);
      pageDue = false;
      done = text;
      failures = 0;
      if (alarmed) alarm({ kind: "publish-failed", over: true, detail: `${target.name} is up to date again` });
      alarmed = false;
    } catch (fault) {
      const { code, message } = fault as { code?: string; message?: string };
      if (code === "ledger-published-differs") return; // frozen, and said so
      if (!alarmed) alarm({ kind: "publish-failed", detail: `${target.name}: ${message ?? String(fault)}` });
      alarmed = true;
      const pause = Math.min(longestRetryMs, retryMs * 2 ** failures);
      failures += 1;
      await sleep(pause, undefined, { signal: running }).catch(() => undefined);
    }
  };
}
