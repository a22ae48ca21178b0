import {
  base64url,
  bytesOfBase64,
  bytesOfBase64url,
  decimal,
  equalBytes,
  sha256,
  uint64,
  type Bytes,
} from "../bytes.ts";
import { subjectInput } from "../commitment.ts";
import { leafHash, nodeHash } from "../merkle-proof.ts";
import type { ListCode } from "../refusal-codes.ts";
import { verifyReceipt, type Receipt, type Verdict } from "../verify-receipt.ts";
import {
  bitAt,
  emptyRange,
  keyInput,
  labelInput,
  leafInput,
  markOf,
  nodeInput,
  saltInput,
  subjectBytes,
  valueInput,
} from "./labels.ts";
import { vrfVerify } from "./vrf.ts";

/** All entries of a log about one person on one topic, with the proof that it is all. For that person's eyes. */
export interface PersonList {
  readonly v: 1;
  readonly topic: string;
  /** Proof of the person's label: base64url of 80 bytes (RFC 9381). */
  readonly label: string;
  /** Finds the person's entries in any copy of the log: base64url of 32 bytes. `null` if the log has none about them. */
  readonly key: string | null;
  /** Where the entries stand, ascending. */
  readonly positions: readonly number[];
  /** Base64 hashes of the other halves of the index, from its root down. */
  readonly siblings: readonly string[];
  /** What stands in the person's place if it is not the person's: shows that there is no list. */
  readonly leaf: { readonly label: string; readonly value: string } | null;
  /** The log's entry with the root of the index, as a receipt. */
  readonly root: Receipt;
}

/** What a list must be about; whoever asks says it, never the list. */
export interface ListAbout {
  /** The person's identifier in the country's normal form. */
  readonly subject: string;
  readonly topic: string;
  /** The log's. */
  readonly origin: string;
}

export type ListVerdict =
  | {
      readonly ok: true;
      readonly origin: string;
      readonly topic: string;
      readonly positions: readonly number[];
      /** The list holds all entries of the log from `from` on (the first ones may predate the index) and before `upto`. */
      readonly from: number;
      readonly upto: number;
      /** When the log said so (RFC 3339), and size of the tree and witnesses that cover it. */
      readonly at: string;
      readonly size: number;
      readonly witnesses: readonly { readonly name: string; readonly time: number }[];
      /** Who computes labels: the same for everybody and at all times, or the log misbehaves. */
      readonly labelKey: string;
    }
  | {
      readonly ok: false;
      readonly step: "format" | "root" | "label" | "list";
      readonly code: ListCode;
      /** English, for whoever looks into it. */
      readonly reason: string;
      /** Which step of the root's own receipt failed. */
      readonly receipt?: Extract<Verdict, { ok: false }>;
    };

function no(step: Extract<ListVerdict, { ok: false }>["step"], code: ListCode, reason: string): ListVerdict {
  return { ok: false, step, code, reason };
}

function digestOf(text: unknown, length: number = 32): Bytes | undefined {
  const bytes = typeof text === "string" ? bytesOfBase64url(text) : undefined;
  return bytes?.length === length ? bytes : undefined;
}

/** Root of a tree of hashes (RFC 6962 section 2.1). */
async function rootOf(hashes: readonly Uint8Array[]): Promise<Bytes> {
  if (hashes.length === 0) return sha256();
  let row = hashes;
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at + 1 < row.length; at += 2) above.push(await nodeHash(row[at]!, row[at + 1]!));
    if (row.length % 2 === 1) above.push(row.at(-1)!);
    row = above;
  }
  return new Uint8Array(row[0]!);
}

/** Positions must be whole numbers, ascending, below the end. */
function positionsOf(given: unknown, end: bigint): readonly number[] | undefined {
  if (!Array.isArray(given)) return undefined;
  let last = -1;
  for (const position of given as readonly unknown[]) {
    if (typeof position !== "number" || !Number.isSafeInteger(position) || position <= last) return undefined;
    if (BigInt(position) >= end) return undefined;
    last = position;
  }
  return given as readonly number[];
}

/**
 * Checks that a list is whole: that the label is this person's only one (`subject` is the person's identifier in the
 * country's normal form), that the index has exactly these positions under it, and that the index is the one in the
 * witnessed log. Asks no server. Answers the first step that failed and why.
 *
 * What it cannot show: that the log's keeper put every entry under the right label. `isAbout` on a copy of the whole log
 * finds those made with the list's key that the list lacks, which is proof of misconduct; an entry made with a key that
 * the person was never given is found by its counterpart in the other side's log only.
 */
export async function verifyPersonList(
  list: PersonList,
  { subject, topic, origin }: ListAbout,
  policyText: string,
  now: Date = new Date(),
): Promise<ListVerdict> {
  const given: unknown = list;
  if (typeof given !== "object" || given === null || (given as PersonList).v !== 1) {
    return no("format", "list-malformed", "not a list of version 1");
  }
  if (list.topic !== topic) return no("list", "list-of-another", `the list is about ${list.topic}`);
  if (!Array.isArray(list.siblings) || list.siblings.length > 256) {
    return no("format", "list-malformed", "topic or path is missing");
  }
  const siblings = list.siblings.map((text: unknown) => (typeof text === "string" ? bytesOfBase64(text) : undefined));
  if (siblings.some((hash) => hash?.length !== 32))
    return no("format", "list-malformed", "a hash of the path is not 32 bytes");

  const root = await verifyReceipt(list.root, policyText, now);
  if (!root.ok) return { ok: false, step: "root", code: root.code, reason: root.reason, receipt: root };
  if (root.origin !== origin) return no("root", "list-of-another", `the list is of the log ${root.origin}`);
  const { entry } = root;
  const upto = typeof entry["upto"] === "string" ? decimal(entry["upto"]) : undefined;
  const from = typeof entry["from"] === "string" ? decimal(entry["from"]) : undefined;
  const labelKey = digestOf(entry["vrf"]);
  const indexRoot = digestOf(entry["dig"]);
  const at = entry["at"];
  if (
    entry["t"] !== "index.root" ||
    upto === undefined ||
    from === undefined ||
    !labelKey ||
    !indexRoot ||
    typeof at !== "string"
  ) {
    return no("root", "root-not-of-index", "the entry is not a root of the index of persons");
  }
  if (from > upto || upto > BigInt(root.index))
    return no("root", "root-too-early", "the index claims entries that come after it");

  const proof = digestOf(list.label, 80);
  const value = proof && (await vrfVerify(labelKey, subjectBytes(subject), proof));
  if (!value) return no("label", "label-differs", "the label is not this person's");
  const label = await sha256(labelInput(value, topic));

  const positions = positionsOf(list.positions, upto);
  if (!positions) return no("list", "list-malformed", "positions are not ascending numbers below the end");
  const leaf = list.leaf ?? null;
  let hash: Bytes = emptyRange;
  if ((list.key ?? null) !== null) {
    const key = digestOf(list.key);
    if (!key || leaf !== null)
      return no("format", "list-malformed", "the key is not 32 bytes, or another's place is given too");
    const leaves = await Promise.all(positions.map((position) => leafHash(uint64(BigInt(position)))));
    const beside = await sha256(valueInput(await sha256(keyInput(key)), await rootOf(leaves)));
    hash = await sha256(leafInput(label, beside));
  } else {
    if (positions.length > 0) return no("list", "list-malformed", "positions without a key");
    if (leaf !== null) {
      const [other, beside] = [digestOf(leaf.label), digestOf(leaf.value)];
      if (!other || !beside)
        return no("format", "list-malformed", "what stands in the person's place is not two hashes");
      if (equalBytes(other, label)) return no("list", "list-withheld", "the person has a list, but it is not shown");
      for (let depth = 0; depth < siblings.length; depth += 1) {
        if (bitAt(other, depth) !== bitAt(label, depth))
          return no("list", "list-differs", "what is shown stands in another place");
      }
      hash = await sha256(leafInput(other, beside));
    }
  }
  for (let depth = siblings.length - 1; depth >= 0; depth -= 1) {
    const other = siblings[depth]!;
    hash = await sha256(bitAt(label, depth) === 0 ? nodeInput(hash, other) : nodeInput(other, hash));
  }
  if (!equalBytes(hash, indexRoot)) return no("list", "list-differs", "the list is not the one in the index");
  return {
    ok: true,
    origin: root.origin,
    topic,
    positions,
    from: Number(from),
    upto: Number(upto),
    at,
    size: root.size,
    witnesses: root.witnesses,
    labelKey: base64url(labelKey),
  };
}

/**
 * Whether an entry is about the person with this key: what its holder recomputes over a copy of the whole log, to see
 * that a list is not only the one in the index but also true.
 * @param entry the entry's bytes
 * @param key of the same topic's list, base64url
 */
export async function isAbout(entry: Uint8Array, subject: string, key: string): Promise<boolean> {
  const secret = digestOf(key);
  const mark = markOf(entry);
  if (!secret || !mark) return false;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const hmac = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const salt = new Uint8Array(await crypto.subtle.sign("HMAC", hmac, saltInput(mark.nonce)));
  return base64url(await sha256(subjectInput(subject, salt))) === mark.sub;
}
