import { equalBytes } from "./bytes.ts";
import type { LogContext } from "./log-context.ts";
import { addPositions } from "./persons/store.ts";
import * as staging from "./staged-store.ts";
import * as store from "./store.ts";
import { edgeFrom, extend, rootOf, type Edge } from "./tree.ts";
import { partialTiles, tilePath } from "./tile-path.ts";

/** At most so many entries in one transaction: it bounds memory and the time others wait. */
const batch = 4096;

/** A stored file has other bytes than the tree says: two sequencers, or a damaged store. */
class Diverged extends Error {
  readonly code = "ledger-diverged";
}

/**
 * Gives staged entries their place in the tree, all of one batch or none. Any process may call it at any time; exactly
 * one works, because it holds the tree's row. The edge is kept in memory only as a cache: it is used if its root is the
 * row's (a recovery may have put another tree of the same size there), and forgotten with a commit that failed.
 * `onPlaced` hears of each batch once it is durable.
 */
export function createIntegrator(
  { database, log, alarm }: LogContext,
  onPlaced: (places: readonly staging.Place[]) => void = () => undefined,
): () => Promise<number> {
  let cache: { readonly edge: Edge; readonly root: Uint8Array } | undefined;

  async function integrate(): Promise<number> {
    const known = cache;
    cache = undefined;
    const done = await database.transaction(async (tx) => {
      const tree = await store.lockTree(tx, log);
      if (!tree || tree.frozen !== null) return undefined;
      const staged = await staging.takeStaged(tx, log, batch);
      let edge = known && equalBytes(known.root, tree.root) ? known.edge : undefined;
      if (!edge) {
        const files = await store.readResources(tx, log, partialTiles(tree.size).map(tilePath));
        edge = edgeFrom(tree.size, (path) => {
          const body = files.get(path);
          if (!body) throw new Diverged(`${path} is missing from the store`);
          return body;
        });
        if (!Buffer.from(rootOf(edge)).equals(tree.root)) throw new Diverged("the stored tiles lead to another root");
      }
      if (staged.length === 0) return { edge, root: tree.root, places: [] };

      const idems = staged.flatMap(({ idem }) => idem ?? []);
      const first = await staging.placesOfIdem(tx, log, idems);
      const fresh: Buffer[] = [];
      const positions: { label: Buffer; idx: bigint }[] = [];
      const places = staged.map(({ id, entry, idem, label }) => {
        const earlier = idem === null ? undefined : first.get(idem);
        // Two appends with one key slipped past each other: the second is dropped and points to the first.
        if (earlier !== undefined) return { id, idx: earlier, idem: null };
        fresh.push(entry);
        const idx = tree.size + BigInt(fresh.length - 1);
        if (label) positions.push({ label, idx });
        return { id, idx, idem };
      });
      const next = extend(edge, fresh);
      // A partial tile high up stays the same through many batches.
      const there = new Set(partialTiles(tree.size).map(tilePath));
      const added = next.resources.filter(({ path }) => !there.has(path));
      const other = await store.putResources(tx, log, added);
      if (other !== undefined) throw new Diverged(`${other} exists with other bytes`);
      if (next.filled.length > 0) await store.dropPartials(tx, log, next.filled.map(tilePath));
      await staging.place(tx, log, places);
      await addPositions(tx, log, positions);
      const root = rootOf(next.edge);
      await store.setTree(tx, log, next.edge.size, root);
      return { edge: next.edge, root, places };
    });
    cache = done;
    if (!done || done.places.length === 0) return 0;
    onPlaced(done.places);
    return done.places.length;
  }

  return async () => {
    try {
      return await integrate();
    } catch (fault) {
      if (!(fault instanceof Diverged)) throw fault;
      await store.freeze(database, log, fault.message);
      alarm({ kind: "frozen", detail: fault.message });
      return 0;
    }
  };
}
