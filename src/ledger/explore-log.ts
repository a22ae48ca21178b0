import { base64, bytesOfBase64, equalBytes, textOf } from "./bytes.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import { checkpointLimit, findingOf, noteText, type LogFinding } from "./follow-log.ts";
import type { KeptFiles } from "./kept-files.ts";
import type { ReadLogFile } from "./log-files.ts";
import type { Policy } from "./policy.ts";
import { inclusionRanges } from "./prove.ts";
import { formatTlogProof } from "./tlog-proof.ts";
import { hashLeaf, hashNode } from "./tree.ts";
import { verifyHead, type Cosigned } from "./verify-head.ts";
import { openTree, type VerifiedTree } from "./verified-tree.ts";

/** A node of the tree: the hash over entries `from` to `to` - 1. */
export interface TreeNode {
  readonly from: number;
  readonly to: number;
  /** Base64. */
  readonly hash: string;
}

/** One step of an inclusion proof: what one has, what the proof adds, and what both together hash to. */
export interface ProofStep {
  readonly own: TreeNode;
  readonly sibling: TreeNode;
  /** On which side of `own` the sibling stands. */
  readonly side: "left" | "right";
}

export interface ProvenEntry {
  readonly entry: Uint8Array;
  /** Base64. */
  readonly leaf: string;
  /** From the leaf to the root. */
  readonly steps: readonly ProofStep[];
  /** C2SP tlog-proof, as a file. */
  readonly proof: string;
}

/** A log as it stood when it was read; everything it answers was checked against the signed root. */
export interface ExploredLog {
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  /** The signed checkpoint, verbatim. */
  readonly note: string;
  readonly readAt: Date;
  /** Who cosigned, by the policy's name. */
  readonly witnesses: readonly Cosigned[];
  /** True if the witnesses who signed are enough. */
  readonly quorum: boolean;
  /** Entries `from` to `to` - 1. @throws as `openTree` */
  entries(from: number, to: number): Promise<Uint8Array[]>;
  /** An entry with its way to the root. @throws as `openTree`; `RangeError` for an index that the log does not reach */
  prove(index: number): Promise<ProvenEntry>;
  /**
   * The index of the first entry whose own time (`at`) is not before `time`, found by halving: the cost grows with the
   * logarithm of the log. Entries stand nearly in the order of their times, so the answer may be off by a few.
   * @throws as `openTree`
   */
  firstSince(time: Date): Promise<number>;
}

export type Explored =
  | { readonly ok: true; readonly log: ExploredLog }
  | { readonly ok: false; readonly finding: LogFinding };

export interface Explorer {
  /** Reads the newest head and checks it: signature, tiles, and that it contains the head of the look before. */
  look(policy: Policy, now: Date): Promise<Explored>;
}

/** So many times of bundles are remembered for halving; each is two numbers. */
const rememberedTimes = 20_000;

/** Reads a log's files as anybody can, believing nothing that the signed root does not confirm. */
export function exploreLog(options: {
  readonly origin: string;
  readonly read: ReadLogFile;
  readonly files: KeptFiles;
}): Explorer {
  const { origin, files } = options;
  const read = files.reading(origin, options.read);
  const times = new Map<number, number>();
  let last: { readonly size: bigint; readonly root: string } | undefined;

  const failed = (kind: LogFinding["kind"], detail: string): Explored => ({ ok: false, finding: { kind, detail } });

  async function look(policy: Policy, now: Date): Promise<Explored> {
    try {
      return await lookNow(policy, now);
    } catch (fault) {
      files.forget(origin);
      return { ok: false, finding: findingOf(fault) };
    }
  }

  async function lookNow(policy: Policy, now: Date): Promise<Explored> {
    const body = await read("checkpoint", checkpointLimit);
    if (!body) return failed("unavailable", "no checkpoint is served");
    const parsed = parseCheckpoint(textOf(body) ?? "");
    if (!parsed.ok) return failed("bad-signature", parsed.reason);
    const { size, root, note } = parsed.value;
    if (parsed.value.origin !== origin) {
      return failed("bad-signature", `${parsed.value.origin} is served in the place of ${origin}`);
    }
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) return failed("bad-signature", "more entries than can be counted");
    const signed = await verifyHead(parsed.value, { ...policy, quorum: () => true }, now);
    if (!signed.ok && signed.step === "log-signature") return failed("bad-signature", signed.reason);
    const witnesses = signed.ok ? signed.witnesses : [];
    if (last && size < last.size) return failed("shrunk", `${last.size} entries were there, ${size} are served`);
    const tree = await openTree({ size, root }, read);
    if (last && !equalBytes(await tree.rootAt(last.size), bytesOfBase64(last.root)!)) {
      return failed("fork", `the tree of ${size} entries does not contain the one of ${last.size}`);
    }
    last = { size, root: base64(root) };
    const head = {
      origin,
      size: Number(size),
      root: base64(root),
      note: noteText(note),
      readAt: now,
      witnesses,
      quorum: policy.quorum(new Set(witnesses.map(({ name }) => name))),
    };
    return { ok: true, log: explored(tree, head) };
  }

  /** The time of the first entry of a bundle that states one. */
  async function timeOfBundle(tree: VerifiedTree, n: number): Promise<number> {
    const known = times.get(n);
    if (known !== undefined) return known;
    const entries = await tree.bundle(BigInt(n));
    const time = entries.map(timeOfEntry).find((at) => !Number.isNaN(at)) ?? Number.NEGATIVE_INFINITY;
    if (times.size >= rememberedTimes) times.clear();
    times.set(n, time);
    return time;
  }

  function explored(tree: VerifiedTree, head: Omit<ExploredLog, "entries" | "prove" | "firstSince">): ExploredLog {
    /** A file that proves wrong is not kept: it may be right the next time. */
    async function guarded<Value>(work: () => Promise<Value>): Promise<Value> {
      try {
        return await work();
      } catch (fault) {
        if ((fault as { code?: string }).code === "ledger-file-broken") files.forget(origin);
        throw fault;
      }
    }

    async function entries(from: number, to: number): Promise<Uint8Array[]> {
      const found: Uint8Array[] = [];
      for (let n = from >= 0 ? Math.floor(from / 256) : 0; n * 256 < Math.min(to, head.size); n += 1) {
        const bundle = await tree.bundle(BigInt(n));
        found.push(...bundle.slice(Math.max(0, from - n * 256), Math.max(0, to - n * 256)));
      }
      return found;
    }

    async function prove(index: number): Promise<ProvenEntry> {
      if (!Number.isSafeInteger(index) || index < 0 || index >= head.size) throw new RangeError("no such entry");
      const [entry] = await entries(index, index + 1);
      const ranges = inclusionRanges(BigInt(index), tree.size);
      const hashes = await tree.hashes(ranges);
      const leaf = hashLeaf(entry!);
      const steps: ProofStep[] = [];
      let own = { from: index, to: index + 1, bytes: leaf };
      for (const [at, { lo, hi }] of ranges.entries()) {
        const sibling = { from: Number(lo), to: Number(hi), bytes: hashes[at]! };
        const side = sibling.from < own.from ? "left" : "right";
        steps.push({ own: node(own), sibling: node(sibling), side });
        own = {
          from: Math.min(own.from, sibling.from),
          to: Math.max(own.to, sibling.to),
          bytes: side === "left" ? hashNode(sibling.bytes, own.bytes) : hashNode(own.bytes, sibling.bytes),
        };
      }
      return { entry: entry!, leaf: base64(leaf), steps, proof: formatTlogProof(BigInt(index), hashes, head.note) };
    }

    async function firstSince(time: Date): Promise<number> {
      const wanted = time.getTime();
      // Bundles below `low` begin before the wanted time, those from `high` on do not.
      let [low, high] = [0, Math.ceil(head.size / 256)];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if ((await timeOfBundle(tree, middle)) < wanted) low = middle + 1;
        else high = middle;
      }
      if (low === 0) return 0;
      const bundle = await tree.bundle(BigInt(low - 1));
      const within = bundle.findIndex((entry) => timeOfEntry(entry) >= wanted);
      return within < 0 ? Math.min(low * 256, head.size) : (low - 1) * 256 + within;
    }

    return {
      ...head,
      entries: (from, to) => guarded(() => entries(from, to)),
      prove: (index) => guarded(() => prove(index)),
      firstSince: (time) => guarded(() => firstSince(time)),
    };
  }

  return { look };
}

function node({ from, to, bytes }: { from: number; to: number; bytes: Uint8Array }): TreeNode {
  return { from, to, hash: base64(bytes) };
}

/** When an entry says it happened, milliseconds; NaN if it says nothing readable. */
function timeOfEntry(entry: Uint8Array): number {
  try {
    return Date.parse((JSON.parse(textOf(entry) ?? "") as { at?: string }).at ?? "");
  } catch {
    return Number.NaN;
  }
}
