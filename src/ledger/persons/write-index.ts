import { hash } from "node:crypto";
import { base64url, uint64 } from "../bytes.ts";
import { checkEntry, entryInstant } from "../entries.ts";
import type { LogContext } from "../log-context.ts";
import { stage } from "../staged-store.ts";
import { treeOf } from "../store.ts";
import { hashLeaf, rootOfHashes } from "../tree.ts";
import { keyInput, valueInput } from "./labels.ts";
import { putLeaves } from "./map.ts";
import * as store from "./store.ts";
import { vrfPublicKey } from "./vrf.ts";

/** What stands beside a label. */
export function valueOf(key: Uint8Array, positions: readonly bigint[]): Uint8Array {
  const root = rootOfHashes(positions.map((position) => hashLeaf(uint64(position))));
  return hash("sha256", valueInput(hash("sha256", keyInput(key), "buffer"), root), "buffer");
}

/** `idle`: the newest root covers all there is. `waiting`: it does not, but is not witnessed yet. */
export type IndexStep = "idle" | "waiting" | "written";

/**
 * Brings the index of persons up to the tree as it stands, and says so in the log itself: root, how far it reaches, and
 * the public key of the labels. Never a second root before the first is witnessed, so that what is served is proven.
 */
export async function writeIndex({ database, log, clock, persons }: LogContext): Promise<IndexStep> {
  if (!persons) return "idle";
  const state = await store.indexState(database, log);
  if (!state.changed) return "idle";
  if (!state.witnessed) return "waiting";
  return database.transaction(async (tx) => {
    // Places below the tree's size never change, so the sequencer need not wait for this.
    if (!(await store.lockIndex(tx, log))) return "waiting";
    const tree = await treeOf(tx, log);
    const now = await store.indexState(tx, log);
    if (tree.frozen !== null || !now.changed || !now.witnessed) return "waiting";
    const from = await store.listedFrom(tx, log);
    const changed = await store.changedSince(tx, log, now.upto, tree.size);
    const leaves = changed.map(({ label, key, positions }) => ({ label, value: valueOf(key, positions.map(BigInt)) }));
    const version = now.version + 1n;
    const { root, nodes } = await putLeaves(leaves, (wanted) => store.nodesAt(tx, log, now.version, wanted));
    await store.writeNodes(tx, log, version, now.version, nodes);
    const entry = checkEntry({
      v: 1,
      t: "index.root",
      at: entryInstant(clock.now()),
      from: String(from < tree.size ? from : tree.size),
      upto: String(tree.size),
      vrf: base64url(vrfPublicKey(persons.secret)),
      dig: base64url(root),
    });
    if (!entry.ok) throw Object.assign(new Error(entry.error.code), { code: "entry-refused" });
    const staged = await stage(tx, log, { entry: entry.value });
    await store.addRoot(tx, log, { version, upto: tree.size, root, staged });
    return "written";
  });
}
