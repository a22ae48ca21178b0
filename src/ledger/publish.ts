import { toBase64, utf8 } from "#kernel";
import { publishAnchors } from "./anchor-publish.ts";
import { equalBytes, textOf } from "./bytes.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import type { LogContext } from "./log-context.ts";
import { spellings, tileAmong } from "./prove.ts";
import type { PublishTarget } from "./publish-target.ts";
import { isSignedBy, rootFromTiles } from "./sign-head.ts";
import * as heads from "./head-store.ts";
import * as store from "./store.ts";
import { newTiles, partialTiles, tileOf, tilePath, tileWidth, type TileName } from "./tile-path.ts";
import { entriesOfBundle } from "./tree.ts";

/** What a pass of publishing left at its place. */
export interface Published {
  /** Entries of the checkpoint that lies there now. */
  readonly size: bigint;
  /** Files written in this pass. */
  readonly written: number;
}

const checkpointLimit = 1_000_000;
const fileLimit = 20_000_000;

/** A partial file may have given way to the full one since the head was signed: then its beginning is taken. */
function cut(name: TileName, body: Uint8Array): Uint8Array {
  if (name.level !== "entries") return body.subarray(0, name.width * 32);
  const entries = entriesOfBundle(body).slice(0, name.width);
  return body.subarray(
    0,
    entries.reduce((length, entry) => length + 2 + entry.length, 0),
  );
}

/** Works on all items, at most `limit` at a time; the first fault ends it, after what was begun. */
async function eachOf<Item>(items: readonly Item[], limit: number, work: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  async function worker(): Promise<void> {
    while (next < items.length) {
      const item = items[next]!;
      next += 1;
      try {
        await work(item);
      } catch (fault) {
        next = items.length;
        throw fault;
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}

/**
 * Writes what a place lacks of the log, so that any static file server over it is the log: bundles, then tiles from
 * the leaves upward, then the checkpoint; each durable before the next kind, so a crash leaves the older log whole.
 * What was published must never change: if the place holds other bytes under a name, or a larger tree than the
 * database, the log freezes. Several processes may publish to one place; the checkpoint never goes back.
 * @throws `ledger-published-differs` then; whatever the place says when it cannot be written
 */
export async function publishTo(context: LogContext, target: PublishTarget, page?: string): Promise<Published> {
  const { database, log, origin, verifier, alarm } = context;

  async function differs(reason: string): Promise<never> {
    await store.freeze(database, log, reason);
    alarm({ kind: "frozen", detail: reason });
    throw Object.assign(new Error(reason), { code: "ledger-published-differs" });
  }

  /** The size of the checkpoint that lies there, after the checks a signer makes (design section 15). */
  async function sizeThere(published: Uint8Array | undefined): Promise<bigint> {
    if (!published) return 0n;
    const text = textOf(published) ?? "";
    const parsed = parseCheckpoint(text);
    if (!parsed.ok || parsed.value.origin !== origin || !(await isSignedBy(text, verifier))) {
      return differs(`${target.name} holds a checkpoint that is not this log's`);
    }
    const { size, root } = parsed.value;
    const newest = await heads.newestHead(database, log);
    if (size > (newest?.size ?? 0n))
      return differs(`${target.name} holds a checkpoint of ${size} entries, the database one of ${newest?.size ?? 0n}`);
    if (size <= head.size && (await rootFromTiles(database, log, head.size, size)) !== toBase64(root))
      return differs(`${target.name} holds another root for ${size} entries`);
    return size;
  }

  const head = (await heads.newestHead(database, log))!;
  const { size } = head;
  const before = await target.read("checkpoint", checkpointLimit);
  const old = await sizeThere(before);

  let written = 0;
  async function putAll(names: readonly TileName[]): Promise<void> {
    await eachOf(names, target.atATime, async (name) => {
      const path = tilePath(name);
      const body = cut(name, tileAmong(await store.readResources(database, log, spellings(name)), name));
      if (await target.putNew(path, body, "immutable")) {
        written += 1;
        return;
      }
      const there = await target.read(path, fileLimit);
      if (!there) throw Object.assign(new Error(`${path} was there and is gone`), { code: "ledger-place-changing" });
      if (!equalBytes(there, body)) await differs(`${path} was published with other bytes to ${target.name}`);
    });
    await target.settle();
  }
  const names = newTiles(old, size);
  await putAll(names.filter(({ level }) => level === "entries"));
  await putAll(names.filter(({ level }) => level !== "entries"));
  // One process at a time, and only forward: a slow one must not put its older head over a newer one.
  let at = old;
  const put = await database.transaction(async (tx) => {
    if (!(await store.lockPublisher(tx, log))) return false;
    const there = await target.read("checkpoint", checkpointLimit);
    at = await sizeThere(there);
    const body = utf8(head.note + (await heads.cosignaturesOf(tx, log, size)).map((line) => `${line}\n`).join(""));
    if (there && (at > size || equalBytes(there, body))) return false;
    return target.replace("checkpoint", body, "checkpoint");
  });
  if (put) {
    at = size;
    written += 1;
  }
  if (page !== undefined) {
    const body = utf8(page);
    const there = await target.read("index.html", fileLimit);
    if ((!there || !equalBytes(there, body)) && (await target.replace("index.html", body, "page"))) written += 1;
  }
  written += await publishAnchors(context, target);
  // Readers of the old checkpoint find the full files, which begin with the partial ones.
  for (const name of partialTiles(old)) {
    if (tileOf(size, name.level, name.n)?.width !== tileWidth) continue;
    await target.dropPartials(tilePath({ ...name, width: tileWidth }));
  }
  return { size: at, written };
}
