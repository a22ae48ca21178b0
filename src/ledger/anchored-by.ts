import type { Anchor } from "./anchor.ts";
import { dayPath, indexPath, parseDay, parseIndex, parseRecordName, type ListedAnchor } from "./anchor-files.ts";
import { base64, textOf } from "./bytes.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import type { ReadLogFile } from "./log-files.ts";
import { openTree, type VerifiedTree } from "./verified-tree.ts";

/** What a verified receipt says of its entry's place: a `Verdict` that is ok fits. */
export interface Placed {
  readonly origin: string;
  readonly index: number;
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

/** The entry was in the log at the latest `at`. */
export interface AnchoredBy {
  /** The anchor as the log's keeper calls it. */
  readonly name: string;
  /** Who states the time. */
  readonly by: string;
  readonly at: Date;
  /** Entries of the tree that was anchored. */
  readonly size: number;
  /** The record's file below `anchors/`. */
  readonly file: string;
}

export type AnchoredVerdict =
  | { readonly ok: true; readonly anchored: readonly AnchoredBy[] }
  | {
      readonly ok: false;
      readonly code:
        | "files-unreadable"
        | "files-of-another-log"
        | "files-too-short"
        | "receipt-not-in-files"
        | "anchor-record-wrong"
        | "anchor-not-yet";
      readonly reason: string;
    };

const checkpointLimit = 128 * 1024;
const listLimit = 20_000_000;
const recordLimit = 1_000_000;
/** So many records of an anchor that do not verify are passed over before it is given up. */
const tries = 8;

function no(code: Extract<AnchoredVerdict, { ok: false }>["code"], reason: string): AnchoredVerdict {
  return { ok: false, code, reason };
}

/**
 * Proves when at the latest an entry was recorded, from a verified receipt and the log's published files, none of which
 * is believed: (1) the files' tiles lead to one root; (2) that tree began with the receipt's tree; (3) it also began
 * with an anchored tree that reaches over the entry; (4) the record about exactly that tree verifies. Answers the
 * earliest record of each anchor.
 * @param verifier checks records, for example `openTimeStampAnchor` with the roots of all authorities to trust
 * @throws whatever `read` throws
 */
export async function verifyAnchored(
  placed: Placed,
  read: ReadLogFile,
  verifier: Pick<Anchor, "verify">,
): Promise<AnchoredVerdict> {
  try {
    return await search(placed, read, verifier);
  } catch (fault) {
    const { code, message } = fault as { code?: string; message?: string };
    if (code === "ledger-file-missing" || code === "ledger-file-broken" || code === "ledger-file-too-large") {
      return no("files-unreadable", message ?? code);
    }
    throw fault;
  }
}

async function search(placed: Placed, read: ReadLogFile, verifier: Pick<Anchor, "verify">): Promise<AnchoredVerdict> {
  const { origin, index, size, root } = placed;
  const head = parseCheckpoint(textOf((await read("checkpoint", checkpointLimit)) ?? new Uint8Array()) ?? "");
  if (!head.ok) return no("files-unreadable", `the files have no checkpoint: ${head.reason}`);
  if (head.value.origin !== origin) return no("files-of-another-log", `these are the files of ${head.value.origin}`);
  if (head.value.size < BigInt(size))
    return no("files-too-short", `the files end at ${head.value.size} entries, before the receipt`);
  const tree = await openTree(head.value, read);
  if (base64(await tree.rootAt(BigInt(size))) !== root)
    return no("receipt-not-in-files", "the receipt's tree is not the beginning of this log");

  const found = new Map<string, AnchoredBy>();
  const failed = new Map<string, { times: number; reason: string }>();
  for (const { day } of parseIndex(await read(indexPath, listLimit)).filter(({ to }) => to > index)) {
    const anchors = parseDay(await read(dayPath(day), listLimit)).filter((one) => one.size > index);
    for (const anchor of anchors.sort((a, b) => a.size - b.size)) {
      const { name } = anchor;
      if (found.has(name) || (failed.get(name)?.times ?? 0) >= tries || BigInt(anchor.size) > tree.size) continue;
      const checked = await check(origin, tree, anchor, read, verifier);
      if (checked.ok) found.set(name, { name, by: checked.by, at: checked.at, size: anchor.size, file: anchor.file });
      else failed.set(name, { times: (failed.get(name)?.times ?? 0) + 1, reason: checked.reason });
    }
  }
  if (found.size > 0)
    return { ok: true, anchored: [...found.values()].sort((a, b) => a.at.getTime() - b.at.getTime()) };
  const [first] = failed;
  return first
    ? no("anchor-record-wrong", `${first[0]}: ${first[1].reason}`)
    : no("anchor-not-yet", "no record reaches over the entry yet");
}

async function check(
  origin: string,
  tree: VerifiedTree,
  anchor: ListedAnchor,
  read: ReadLogFile,
  verifier: Pick<Anchor, "verify">,
): ReturnType<Anchor["verify"]> {
  const body = await read(`anchors/${anchor.file}`, recordLimit);
  if (!body) return { ok: false, step: "format", reason: `${anchor.file} is missing` };
  const size = BigInt(anchor.size);
  const { suffix } = parseRecordName(anchor.file)!;
  return verifier.verify({ origin, size, root: await tree.rootAt(size) }, { suffix, body });
}
