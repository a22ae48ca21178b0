import { hash } from "node:crypto";
import { equalBytes } from "../bytes.ts";
import { bitAt, emptyRange, leafInput, nodeInput } from "./labels.ts";
import type { NodeRow } from "./store.ts";

/** A label with what stands beside it. */
export interface MapLeaf {
  readonly label: Uint8Array;
  readonly value: Uint8Array;
}

/** Reads stored nodes, many at once; a range that holds nothing has none. */
export type ReadNodes = (wanted: readonly { depth: number; prefix: Uint8Array }[]) => Promise<readonly NodeRow[]>;

export function hashOf(leaf: MapLeaf): Uint8Array {
  return hash("sha256", leafInput(leaf.label, leaf.value), "buffer");
}

/** The first `depth` bits of a label, the others zero. */
export function prefixOf(label: Uint8Array, depth: number): Uint8Array {
  const prefix = new Uint8Array(32);
  prefix.set(label.subarray(0, depth >> 3));
  if ((depth & 7) !== 0) prefix[depth >> 3] = label[depth >> 3]! & (0xff << (8 - (depth & 7)));
  return prefix;
}

function sibling(label: Uint8Array, depth: number): Uint8Array {
  const prefix = prefixOf(label, depth);
  prefix[(depth - 1) >> 3]! ^= 0x80 >> ((depth - 1) & 7);
  return prefix;
}

const nameOf = (depth: number, prefix: Uint8Array): string => `${depth}:${Buffer.from(prefix).toString("latin1")}`;

/**
 * Puts leaves into the tree, replacing those with the same label. Answers the new root and the nodes to store.
 * Reads level by level: as many queries as the tree is deep, whatever the number of leaves.
 */
export async function putLeaves(
  leaves: readonly MapLeaf[],
  read: ReadNodes,
): Promise<{ readonly root: Uint8Array; readonly nodes: readonly NodeRow[] }> {
  const known = new Map<string, NodeRow>();
  let frontier = leaves;
  for (let depth = 0; frontier.length > 0 && depth < 256; depth += 1) {
    const wanted = new Map<string, { depth: number; prefix: Uint8Array }>();
    for (const { label } of frontier) {
      for (const prefix of depth === 0 ? [prefixOf(label, 0)] : [prefixOf(label, depth), sibling(label, depth)]) {
        wanted.set(nameOf(depth, prefix), { depth, prefix });
      }
    }
    for (const node of await read([...wanted.values()])) known.set(nameOf(node.depth, node.prefix), node);
    // Only below an inner node can more be stored.
    frontier = frontier.filter(({ label }) => {
      const node = known.get(nameOf(depth, prefixOf(label, depth)));
      return node !== undefined && node.label === null;
    });
  }

  const nodes: NodeRow[] = [];
  /** Puts leaves into one range and answers its hash; `fresh` says that nothing is stored below. */
  function put(depth: number, prefix: Uint8Array, into: readonly MapLeaf[], fresh: boolean): Uint8Array {
    const stored = fresh ? undefined : known.get(nameOf(depth, prefix));
    if (into.length === 0) return stored?.hash ?? emptyRange;
    let all = into;
    if (stored?.label && stored.value) {
      const { label, value } = stored;
      if (!into.some((leaf) => equalBytes(leaf.label, label))) all = [...into, { label, value }];
    }
    const [first] = all;
    if ((!stored || stored.label) && all.length === 1) {
      const digest = hashOf(first!);
      nodes.push({ depth, prefix, hash: digest, label: first!.label, value: first!.value });
      return digest;
    }
    const below = fresh || !stored || stored.label !== null;
    const halves = ([0, 1] as const).map((bit) => {
      const half = new Uint8Array(prefix);
      if (bit === 1) half[depth >> 3]! |= 0x80 >> (depth & 7);
      return put(
        depth + 1,
        half,
        all.filter(({ label }) => bitAt(label, depth) === bit),
        below,
      );
    });
    const digest = hash("sha256", nodeInput(halves[0]!, halves[1]!), "buffer");
    nodes.push({ depth, prefix, hash: digest, label: null, value: null });
    return digest;
  }
  const root = put(0, new Uint8Array(32), leaves, false);
  return { root, nodes };
}

/** The way from the root to the place of a label. */
export interface MapPath {
  /** The other half at each step, from the root down. */
  readonly siblings: readonly Uint8Array[];
  /** What stands at the end: this label's leaf, another's, or nothing. */
  readonly leaf: MapLeaf | undefined;
}

/** How many levels are read at once; a tree of a million labels is about 20 deep. */
const levelsAtOnce = 32;

export async function pathTo(label: Uint8Array, read: ReadNodes): Promise<MapPath> {
  const known = new Map<string, NodeRow>();
  const siblings: Uint8Array[] = [];
  for (let depth = 0; depth <= 256; depth += 1) {
    if (depth % levelsAtOnce === 0) {
      const wanted = [];
      for (let next = depth; next < depth + levelsAtOnce && next <= 256; next += 1) {
        wanted.push({ depth: next, prefix: prefixOf(label, next) });
        if (next > 0) wanted.push({ depth: next, prefix: sibling(label, next) });
      }
      for (const node of await read(wanted)) known.set(nameOf(node.depth, node.prefix), node);
    }
    if (depth > 0) siblings.push(known.get(nameOf(depth, sibling(label, depth)))?.hash ?? emptyRange);
    const node = known.get(nameOf(depth, prefixOf(label, depth)));
    if (node?.label && node.value) return { siblings, leaf: { label: node.label, value: node.value } };
    if (!node) return { siblings, leaf: undefined };
  }
  throw Object.assign(new Error("the index of persons has no end"), { code: "ledger-index-broken" });
}
