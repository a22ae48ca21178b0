import { decimal } from "./bytes.ts";
import type { LogEntry } from "./entries.ts";

/** What a monitor remembers of a log's index of persons. */
export interface IndexSeen {
  /** Public key of the labels, from the first root. */
  readonly vrf?: string;
  /** How far the newest root reaches, decimal. */
  readonly upto?: string;
  /** The first and the newest entry about a person that no root covers yet. Milliseconds. */
  readonly first?: { readonly index: number; readonly since: number };
  readonly newest?: { readonly index: number; readonly since: number };
}

/** What is wrong with a root of the index: it would let a keeper show different people different lists. */
export interface IndexFault {
  readonly kind: "index-key-changed" | "index-went-back";
  readonly detail: string;
}

/**
 * Takes one entry in: a root of the index, which must have the key of the first and reach no less far than the one before
 * and not beyond itself, or an entry about a person, which a root must cover in time.
 * @param place where the entry stands, and when it was read; milliseconds
 */
export function followIndex(
  seen: IndexSeen,
  entry: LogEntry,
  place: { readonly index: number; readonly readAt: number },
): { readonly seen: IndexSeen; readonly faults: readonly IndexFault[] } {
  if (entry.t !== "index.root") {
    if (!("sub" in entry) || entry.sub === undefined) return { seen, faults: [] };
    const newest = { index: place.index, since: Math.min(Date.parse(entry.at), place.readAt) };
    return { seen: { ...seen, first: seen.first ?? newest, newest }, faults: [] };
  }
  const faults: IndexFault[] = [];
  const { vrf = entry.vrf } = seen;
  const at = `the root of the index at entry ${place.index}`;
  if (vrf !== entry.vrf) faults.push({ kind: "index-key-changed", detail: `${at} has another key than the first one` });
  const upto = decimal(entry.upto);
  const before = BigInt(seen.upto ?? 0);
  if (upto === undefined || upto > BigInt(place.index) || upto < before) {
    const detail = `${at} covers ${entry.upto} entries; the one before covered ${before}`;
    return { seen: { ...seen, vrf }, faults: [...faults, { kind: "index-went-back", detail }] };
  }
  // Of those not covered only the ends are kept: whichever of them is left says that something is.
  const left = [seen.first, seen.newest].find((one) => one !== undefined && BigInt(one.index) >= upto);
  return {
    seen: { vrf, upto: String(upto), ...(left && seen.newest ? { first: left, newest: seen.newest } : {}) },
    faults,
  };
}
