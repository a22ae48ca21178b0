import { setTimeout as sleep } from "node:timers/promises";
import { base64, bytesOfBase64, equalBytes, textOf } from "./bytes.ts";
import { parseCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
import { logFilesAt, witnessedPath, type ReadLogFile } from "./log-files.ts";
import { verifyNote } from "./note.ts";
import type { Policy } from "./policy.ts";
import { verifyHead, type Cosigned } from "./verify-head.ts";
import { openTree, type VerifiedTree } from "./verified-tree.ts";

/** The newest checkpoint of a log that a monitor has verified. It never forgets it: forks show against it. */
export interface SeenHead {
  readonly origin: string;
  readonly size: bigint;
  /** Base64. */
  readonly root: string;
  readonly note: string;
  /** When it was read. Milliseconds. */
  readonly at: number;
}

/** How far a log was followed: its newest verified head, and the next entry to read. */
export interface Remembered {
  readonly head: SeenHead;
  readonly next: bigint;
}

/** What can be wrong with a log itself. */
export interface LogFinding {
  readonly kind:
    | "unavailable" // a file is missing, or the place does not answer
    | "broken-file" // a file does not lead to the signed root
    | "bad-signature" // the checkpoint is not this log's
    | "quorum-missing" // too few witnesses signed, also after some patience
    | "stale" // the witnesses' signatures are old: the log stands still
    | "shrunk" // fewer entries than we or a witness have seen: rolled back
    | "fork"; // two signed trees that cannot both be true
  readonly detail: string;
  /** The two signed notes of a fork: proof of misconduct. */
  readonly notes?: readonly [string, string];
}

/** What a look at a log brought. */
export interface LogLook {
  /** How far it was followed now; nothing if its checkpoint could not be used and none is remembered. */
  readonly followed?: Remembered;
  /** True if everything the log has was read and stands on what was seen before. */
  readonly complete: boolean;
  readonly witnesses: readonly Cosigned[];
  readonly findings: readonly LogFinding[];
}

export interface LogLookOptions {
  readonly read: ReadLogFile;
  readonly policy: Policy;
  /** The log that was served here before. */
  readonly expected?: string;
  /** What is remembered of a log, by its origin. */
  readonly recall: (origin: string) => Remembered | undefined;
  readonly now: Date;
  /** How long to wait for cosignatures of a head that is just being published. Milliseconds. */
  readonly patienceMs: number;
  /** Gets each new entry in the order of the log. */
  readonly take: (entry: Uint8Array, index: bigint, origin: string) => void;
}

/** A checkpoint with 16 signatures of the largest kind is about 53 KB. */
export const checkpointLimit: number = 128 * 1024;
/** A living log is cosigned anew every ten minutes. */
const staleSeconds = 3600;
const retryMs = 500;

/** Why a file could not be used, as a finding. */
export function findingOf(fault: unknown): LogFinding {
  const { code, message } = fault as { code?: string; message?: string };
  const kind = code === "ledger-file-broken" || code === "ledger-file-too-large" ? "broken-file" : "unavailable";
  const cause = (fault as { cause?: { code?: string } }).cause?.code;
  return { kind, detail: `${message ?? String(fault)}${cause ? ` (${cause})` : ""}` };
}

async function readCheckpoint(read: ReadLogFile, path: string): Promise<SignedCheckpoint | string> {
  const body = await read(path, checkpointLimit);
  if (!body) throw Object.assign(new Error("no checkpoint is served"), { code: "ledger-file-missing" });
  const parsed = parseCheckpoint(textOf(body) ?? "");
  return parsed.ok ? parsed.value : parsed.reason;
}

/** Reads the checkpoint until it has its quorum or patience ends; a head is public a moment before its cosignatures. */
async function readHead({
  read,
  policy,
  now,
  patienceMs,
}: LogLookOptions): Promise<
  | { readonly checkpoint: SignedCheckpoint; readonly witnesses: readonly Cosigned[]; readonly finding?: LogFinding }
  | { readonly finding: LogFinding }
> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const checkpoint = await readCheckpoint(read, "checkpoint");
    if (typeof checkpoint === "string") return { finding: { kind: "bad-signature", detail: checkpoint } };
    const signed = await verifyHead(checkpoint, policy, new Date(now.getTime() + patienceMs));
    if (signed.ok) return { checkpoint, witnesses: signed.witnesses };
    if (signed.step === "log-signature") return { finding: { kind: "bad-signature", detail: signed.reason } };
    if (performance.now() >= until) {
      return { checkpoint, witnesses: [], finding: { kind: "quorum-missing", detail: signed.reason } };
    }
    await sleep(retryMs);
  }
}

/** Compares a log with what a witness last cosigned, where the policy says the witness answers. */
async function compareWitness(
  { read, policy }: LogLookOptions,
  witness: { readonly name: string; readonly address: string },
  head: SignedCheckpoint,
  tree: VerifiedTree,
): Promise<LogFinding | undefined> {
  const { name, address } = witness;
  const path = witnessedPath(head.origin);
  // What a witness does not serve, or did not sign, says nothing about the log.
  const served = await readCheckpoint(logFilesAt(address), path).catch(() => "");
  if (typeof served === "string" || served.origin !== head.origin) return undefined;
  const logKeys = policy.logs.filter((key) => key.name === head.origin);
  const signers = await verifyNote(served.note, [policy.witnesses.get(name)!, ...logKeys]);
  if (!signers.ok || signers.value.length < 2) return undefined;
  if (served.size <= head.size) {
    if (equalBytes(await tree.rootAt(served.size), served.root)) return undefined;
    return fork(`${name} cosigned another tree of ${served.size} entries`, served.note, head.note);
  }
  // It may have grown between our two questions.
  const again = await readCheckpoint(read, "checkpoint");
  if (typeof again !== "string" && again.size >= served.size) return undefined;
  return { kind: "shrunk", detail: `${name} has cosigned ${served.size} entries, the log serves ${head.size}` };
}

/** A note as it is written in files. */
export function noteText({ text, signatures }: SignedCheckpoint["note"]): string {
  return `${text}\n${signatures.map(({ line }) => `${line}\n`).join("")}`;
}

function fork(detail: string, one: SignedCheckpoint["note"] | string, other: SignedCheckpoint["note"]): LogFinding {
  return { kind: "fork", detail, notes: [typeof one === "string" ? one : noteText(one), noteText(other)] };
}

/**
 * Looks at a log as an outsider does, by its public files: who signed the newest checkpoint, whether it contains the
 * last one seen and what the witnesses saw, then its new entries, each checked against the tiles.
 */
export async function lookAtLog(options: LogLookOptions): Promise<LogLook> {
  const { read, policy, expected, recall, now, take } = options;
  const findings: LogFinding[] = [];
  let remembered = expected === undefined ? undefined : recall(expected);
  const stop = (...more: LogFinding[]): LogLook => ({
    ...(remembered ? { followed: remembered } : {}),
    complete: false,
    witnesses: [],
    findings: [...findings, ...more],
  });
  let found: Awaited<ReturnType<typeof readHead>>;
  try {
    found = await readHead(options);
  } catch (fault) {
    return stop(findingOf(fault));
  }
  if (found.finding) findings.push(found.finding);
  if (!("checkpoint" in found)) return stop();
  const { checkpoint, witnesses } = found;
  const { origin, size, root, note } = checkpoint;

  if (expected !== undefined && origin !== expected) {
    return stop({ kind: "bad-signature", detail: `${origin} is served in the place of ${expected}` });
  }
  remembered = recall(origin);
  const last = remembered?.head;
  if (last && size < last.size) {
    return stop({ kind: "shrunk", detail: `${last.size} entries were there, ${size} are served` });
  }
  let tree: VerifiedTree;
  try {
    if (last && size === last.size && base64(root) !== last.root) {
      return stop(fork(`two trees of ${size} entries are signed`, last.note, note));
    }
    tree = await openTree({ size, root }, read);
    if (last && !equalBytes(await tree.rootAt(last.size), bytesOfBase64(last.root)!)) {
      return stop(fork(`the tree of ${size} entries does not contain the one of ${last.size}`, last.note, note));
    }
    for (const [name, key] of policy.witnesses) {
      const address = policy.addresses.get(key.vkey);
      const finding = address ? await compareWitness(options, { name, address }, checkpoint, tree) : undefined;
      if (finding) findings.push(finding);
    }
  } catch (fault) {
    return stop(findingOf(fault));
  }

  const newest = Math.max(...witnesses.map(({ time }) => time));
  if (witnesses.length > 0 && now.getTime() / 1000 - newest > staleSeconds) {
    findings.push({ kind: "stale", detail: `the newest cosignature is of ${new Date(newest * 1000).toISOString()}` });
  }
  const head: SeenHead = { origin, size, root: base64(root), note: noteText(note), at: now.getTime() };
  let complete = true;
  let next = remembered?.next ?? 0n;
  try {
    while (next < size) {
      const first = next & ~255n;
      const entries = await tree.bundle(next >> 8n);
      for (const [at, entry] of entries.entries())
        if (first + BigInt(at) >= next) take(entry, first + BigInt(at), origin);
      next = first + BigInt(entries.length);
    }
  } catch (fault) {
    complete = false;
    findings.push(findingOf(fault));
  }
  return { followed: { head, next }, complete, witnesses, findings };
}
