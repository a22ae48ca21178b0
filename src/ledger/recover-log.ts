import type { Clock } from "#kernel";
import type { Database } from "#store";
import { equalBytes, textOf } from "./bytes.ts";
import { parseCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
import type { WitnessEndpoint } from "./log-context.ts";
import { logFilesAt, witnessedPath, type ReadLogFile } from "./log-files.ts";
import { formatNote, parseVkey, verifyNote, type VerifierKey } from "./note.ts";
import { entriesAt } from "./read-log.ts";
import { dropIndex, listFrom } from "./persons/store.ts";
import { addCosignature, addHead, countQuorum, newestHead } from "./head-store.ts";
import * as staging from "./staged-store.ts";
import * as store from "./store.ts";
import { newTiles, tilePath, tileWidth } from "./tile-path.ts";
import { emptyEdge, extend, rootOf, type Edge } from "./tree.ts";
import { openTree, type VerifiedTree } from "./verified-tree.ts";

export interface RecoverOptions {
  readonly database: Database;
  readonly origin: string;
  /** The log's verifier key: what it signed is the measure, and nothing is signed here. */
  readonly vkey: string;
  /** The folder or address that the log was published to, or what reads its files there. */
  readonly from: string | ReadLogFile;
  /** The log's witnesses, as it was opened with. */
  readonly witnesses: readonly WitnessEndpoint[];
  /** How many of them make a head count as witnessed. All, if not given. */
  readonly quorum?: number;
  readonly clock: Clock;
}

export interface Recovered {
  /** Entries of the tree now: those of the newest head that was signed. */
  readonly size: bigint;
  /** Entries the database had lost and has again. */
  readonly regained: bigint;
  /** Entries that had got a place after the database was set back, and were queued anew. */
  readonly restaged: number;
}

/** So many bundles are rebuilt in one transaction. */
const bundlesAtOnce = 16n;
const checkpointLimit = 128 * 1024;

function fault(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

async function keyOf(vkey: string): Promise<VerifierKey> {
  const parsed = await parseVkey(vkey);
  if (parsed.ok) return parsed.value;
  throw fault("ledger-key-invalid", parsed.reason);
}

function readerOf(from: string | ReadLogFile): ReadLogFile {
  return typeof from === "string" ? logFilesAt(from) : from;
}

/** A head this log signed, with those of `keys` that signed it too. */
interface SignedHead {
  readonly checkpoint: SignedCheckpoint;
  readonly signers: readonly { readonly key: VerifierKey; readonly line: string; readonly time?: bigint }[];
}

async function signedHead(
  body: Uint8Array,
  origin: string,
  log: VerifierKey,
  keys: readonly VerifierKey[],
): Promise<SignedHead | undefined> {
  const checkpoint = parseCheckpoint(textOf(body) ?? "");
  if (!checkpoint.ok || checkpoint.value.origin !== origin) return undefined;
  const signers = await verifyNote(checkpoint.value.note, [log, ...keys]);
  if (!signers.ok || !signers.value.some(({ key }) => key.vkey === log.vkey)) return undefined;
  return { checkpoint: checkpoint.value, signers: signers.value };
}

/** The heads that bind this log: the published one, and what the witnesses remember. */
async function bindingHeads(options: RecoverOptions, log: VerifierKey, keys: VerifierKey[]): Promise<SignedHead[]> {
  const { origin, from, witnesses, quorum = witnesses.length } = options;
  const body = await readerOf(from)("checkpoint", checkpointLimit);
  const published = body && (await signedHead(body, origin, log, keys));
  if (!published)
    throw fault(
      "ledger-published-incomplete",
      `no checkpoint of ${origin} is published ${typeof from === "string" ? `at ${from}` : "there"}`,
    );
  const path = witnessedPath(origin);
  const answers = await Promise.all(
    witnesses.map(async ({ url }, at) => {
      try {
        const served = await logFilesAt(url)(path, checkpointLimit);
        if (!served) return "nothing seen";
        const head = await signedHead(served, origin, log, [keys[at]!]);
        return head && head.signers.length === 2 ? head : undefined;
      } catch {
        return undefined;
      }
    }),
  );
  const answered = answers.filter((answer) => answer !== undefined);
  // Of any k that signed a head together, at least one must be among those that answered.
  const needed = witnesses.length === 0 ? 0 : witnesses.length - Math.max(quorum, 1) + 1;
  if (answered.length < needed) {
    throw fault("ledger-witnesses-silent", `${needed} witnesses must say what they saw last; ${answered.length} did`);
  }
  return [published, ...answered.filter((answer) => answer !== "nothing seen")];
}

/**
 * Rebuilds a log whose database was set back to an earlier moment, from its published files. The tree becomes the one
 * of the newest head the log has signed, as the published checkpoint and the witnesses know it; entries that are still
 * staged and already stand there get that place; entries integrated meanwhile are staged anew. Then the log goes on.
 * It may be repeated after a crash; the log stays frozen until the end. Nothing is signed here.
 * @throws `ledger-published-incomplete` if files of the newest head are missing: then this origin is finished;
 * `ledger-forked` if two heads cannot both be true; `ledger-witnesses-silent`; `ledger-not-rolled-back` if the database
 * holds a newer head than anybody saw; `ledger-key-invalid`
 */
export async function recoverLog(options: RecoverOptions): Promise<Recovered> {
  const { database, origin, witnesses, quorum = witnesses.length, clock, from } = options;
  const verifier = await keyOf(options.vkey);
  const keys = await Promise.all(witnesses.map(({ vkey }) => keyOf(vkey)));
  await store.prepare(database);
  const log = await store.findOrCreateLog(database, origin, rootOf(emptyEdge));
  const heads = await bindingHeads(options, verifier, keys);
  const target = heads.reduce((a, b) => (b.checkpoint.size > a.checkpoint.size ? b : a)).checkpoint;
  const { size, root } = target;

  let tree: VerifiedTree;
  try {
    tree = await openTree(target, readerOf(from));
  } catch (cause) {
    throw fault("ledger-published-incomplete", `the ${size} entries that were signed are not all published`, cause);
  }
  const own = await newestHead(database, log);
  if (own && own.size > size) {
    throw fault("ledger-not-rolled-back", `the database holds a head of ${own.size} entries, others ${size}`);
  }
  const all = [...heads.map(({ checkpoint }) => checkpoint), ...(own ? [own] : [])];
  for (const head of all) {
    if (equalBytes(await tree.rootAt(head.size), head.root)) continue;
    throw fault("ledger-forked", `the head of ${size} entries does not contain the signed one of ${head.size}`);
  }

  await store.freeze(database, log, "being recovered from its published files");
  const signed = own?.size ?? 0n;
  const { edge: start, restaged } = await cutBack(database, log, signed, tree);
  await regrow(database, log, start, signed, tree);

  await database.transaction(async (tx) => {
    const row = await store.treeOf(tx, log);
    if (!equalBytes(row.root, root)) throw fault("ledger-diverged", "the rebuilt tree has another root");
    const binding = heads.filter(({ checkpoint }) => checkpoint.size === size);
    if (own?.size !== size) {
      const line = binding[0]!.signers.find(({ key }) => key.vkey === verifier.vkey)!.line;
      await addHead(tx, log, { size, root, note: formatNote(target.note.text, [line]) }, clock.now());
    }
    const names = witnesses.map(({ name }) => name);
    for (const { key, line, time } of binding.flatMap(({ signers }) => signers)) {
      const witness = witnesses.find(({ vkey }) => vkey === key.vkey)?.name;
      if (witness === undefined || time === undefined) continue;
      await addCosignature(tx, log, { size, witness, line, time });
    }
    await countQuorum(tx, log, size, quorum, names);
    if (size > signed) await listFrom(tx, log, size);
    await store.thaw(tx, log);
  });
  return { size, regained: size - signed, restaged };
}

/** Takes back what was integrated after the newest signed head, down to the last full bundle before it. */
async function cutBack(
  database: Database,
  log: number,
  signed: bigint,
  tree: VerifiedTree,
): Promise<{ readonly edge: Edge; readonly restaged: number }> {
  const edge = await tree.edgeAt(signed & ~255n);
  const restaged = await database.transaction(async (tx) => {
    const row = await store.lockTree(tx, log);
    if (!row) throw fault("ledger-log-busy", "another process works on this log");
    const placed = await staging.placedFrom(tx, log, signed);
    const entries = await entriesAt(tx, log, signed, Number(row.size - signed > 0n ? row.size - signed : 0n));
    const bytes = new Map(entries.map(({ index, entry }) => [index, Buffer.from(entry)]));
    const rows: staging.StagedRow[] = [];
    const copies: { id: bigint; sameAs: bigint }[] = [];
    for (const [idx, [first, ...others]] of Map.groupBy(placed, (row) => row.idx)) {
      const entry = bytes.get(idx);
      // A root of the index of persons speaks of places that are no longer: the index is made anew.
      if (!entry || !first || entry.includes('"t":"index.root"')) continue;
      rows.push({ id: first.id, entry, idem: first.idem, label: first.label });
      copies.push(...others.map(({ id }) => ({ id, sameAs: first.id })));
    }
    await staging.restage(tx, log, rows, copies);
    await staging.dropPlaces(tx, log, signed);
    await dropIndex(tx, log);
    const full = newTiles(edge.size, row.size).map((name) => tilePath({ ...name, width: tileWidth }));
    await store.dropResources(tx, log, full);
    await store.setTree(tx, log, edge.size, rootOf(edge));
    return rows.length;
  });
  return { edge, restaged };
}

/** Puts the published entries back in their order, and gives staged ones that already stand there their place. */
async function regrow(database: Database, log: number, start: Edge, signed: bigint, tree: VerifiedTree): Promise<void> {
  let edge = start;
  while (edge.size < tree.size) {
    const first = edge.size;
    const entries: Uint8Array[] = [];
    for (let n = first >> 8n; n < (first >> 8n) + bundlesAtOnce && n * 256n < tree.size; n += 1n) {
      entries.push(...(await tree.bundle(n)));
    }
    const next = extend(edge, entries);
    await database.transaction(async (tx) => {
      const row = await store.lockTree(tx, log);
      if (row?.size !== first) throw fault("ledger-log-busy", "another process works on this log");
      const other = await store.putResources(tx, log, next.resources);
      if (other !== undefined) throw fault("ledger-diverged", `${other} exists with other bytes`);
      await store.dropPartials(tx, log, next.filled.map(tilePath));
      const placed = entries
        .map((entry, at) => ({ entry, idx: first + BigInt(at) }))
        .filter(({ idx }) => idx >= signed);
      await staging.placeByBytes(tx, log, placed);
      await store.setTree(tx, log, next.edge.size, rootOf(next.edge));
    });
    edge = next.edge;
  }
}
