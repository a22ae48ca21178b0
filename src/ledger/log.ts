import { setTimeout as sleep } from "node:timers/promises";
import { toBase64, type Clock } from "#kernel";
import type { Database, Sql } from "#store";
import { askWitness, type Answer } from "./ask-witness.ts";
import { validOrigin } from "./checkpoint.ts";
import { checkEntry, type LogEntry } from "./entries.ts";
import { createIntegrator } from "./integrate.ts";
import { logVkey, type LogKey } from "./keys.ts";
import type { Alarm, LogContext, WitnessEndpoint } from "./log-context.ts";
import { logKeyType, parseVkey, witnessKeyType, type KeyType, type VerifierKey } from "./note.ts";
import { entriesAt, readFile, receiptAt, type LogFile } from "./read-log.ts";
import { signHead } from "./sign-head.ts";
import * as store from "./store.ts";
import { rootOfHashes } from "./tree.ts";
import type { Receipt } from "./verify-receipt.ts";

export type Stage = "staged" | "integrated" | "published" | "witnessed";

/** How far an entry has come. `index` is there from `integrated` on. */
export interface Progress {
  readonly stage: Stage;
  readonly index?: bigint;
}

export interface LogOptions {
  readonly database: Database;
  /** Scheme-less URL prefix without trailing slash; also the key's name. */
  readonly origin: string;
  readonly key: LogKey;
  readonly clock: Clock;
  readonly witnesses?: readonly WitnessEndpoint[];
  /** How many witnesses must cosign a head before it counts as witnessed. All, if not given. */
  readonly quorum?: number;
  readonly onAlarm?: (alarm: Alarm) => void;
}

export interface LogStatus {
  readonly size: bigint;
  /** Base64. */
  readonly root: string;
  /** The newest signed checkpoint with its cosignatures. */
  readonly checkpoint: string;
  /** The largest size each witness cosigned, and when. */
  readonly witnesses: readonly { readonly name: string; readonly size: bigint; readonly at: Date }[];
  /** Why the log signs nothing more. */
  readonly frozen?: string;
}

export interface Log {
  readonly origin: string;
  /** The verifier key to publish. */
  readonly vkey: string;
  /**
   * Stages an entry in the caller's transaction: the change and its evidence commit together or not at all. The same
   * `idem` answers the same id. The order is fixed later, by the sequencer.
   * @throws `entry-refused` (with the refusal of `checkEntry` as `cause`) for an entry that is not on the closed list
   */
  append(tx: Sql, entry: LogEntry, options?: { readonly idem?: string }): Promise<bigint>;
  /** Waits until an entry has come so far; a time-out is no error, it answers how far it is. */
  wait(staged: bigint, stage: Exclude<Stage, "staged">, timeoutMs: number): Promise<Progress>;
  /** A receipt to the newest witnessed checkpoint; nothing while that does not cover the entry. */
  receipt(staged: bigint): Promise<Receipt | undefined>;
  receiptAt(index: bigint): Promise<Receipt | undefined>;
  /** A file of the log by its C2SP path: `checkpoint`, `tile/…`, `tile/entries/…`. */
  read(path: string): Promise<LogFile | undefined>;
  status(): Promise<LogStatus>;
  /** Entries in order of the log, as their JSON text. */
  entries(from: bigint, count: number): Promise<{ readonly index: bigint; readonly entry: string }[]>;
  /** Wakes the sequencer now instead of at its next look; call it after a commit when every millisecond counts. */
  nudge(): void;
  /** Starts sequencing, signing and asking witnesses in this process. Several processes may; one at a time works. */
  start(): void;
  /** Ends the loops after the step they are in. Staged entries stay and are integrated after the next start. */
  stop(): Promise<void>;
}

/** Looks for staged entries this often while this process appends, and this often when it is quiet. */
const busyLookMs = 10;
const quietLookMs = 200;
const busyForMs = 3000;
/** Never two heads within this time; a head whose quorum is missing is waited for this long. */
const headPaceMs = 50;
const headWaitMs = 1000;
/** A witness that failed is asked again after this, doubling up to the last; a quiet log is cosigned anew after that. */
const retryMs = 250;
const longestRetryMs = 30_000;
const refreshMs = 10 * 60_000;

/** Lets loops sleep until the time is up or somebody rings. */
function createBell(): { ring(): void; heard(ms: number): Promise<void> } {
  let waiting: (() => void)[] = [];
  return {
    ring: () => {
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    heard: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(wake, ms);
        function wake(): void {
          clearTimeout(timer);
          waiting = waiting.filter((other) => other !== wake);
          resolve();
        }
        waiting.push(wake);
      }),
  };
}

async function keyOfType(vkey: string, type: KeyType): Promise<VerifierKey> {
  const parsed = await parseVkey(vkey);
  if (parsed.ok && parsed.value.type === type) return parsed.value;
  const reason = parsed.ok ? `the key of ${parsed.value.name} is of the wrong type` : parsed.reason;
  throw Object.assign(new Error(reason), { code: "ledger-key-invalid" });
}

/**
 * Opens a log, creating it at its first opening (then the empty tree is signed at once, so that witnesses can start
 * from zero). Nothing runs until `start`.
 * @throws `ledger-origin-invalid`, `ledger-key-invalid`; `ledger-not-durable` if the database may lose commits
 */
export async function openLog(options: LogOptions): Promise<Log> {
  const { database, origin, key, clock, witnesses = [], onAlarm = () => undefined } = options;
  if (!validOrigin(origin) || key.name !== origin) {
    throw Object.assign(new Error("a log's origin must be a key name, and its key's"), {
      code: "ledger-origin-invalid",
    });
  }
  const { quorum = witnesses.length } = options;
  if (quorum > witnesses.length) {
    throw Object.assign(new Error("the quorum is larger than the witnesses"), { code: "ledger-quorum-invalid" });
  }
  await store.prepare(database);
  const off = await store.settingsOff(database);
  if (off.length > 0) throw Object.assign(new Error(`${off.join(", ")} is off`), { code: "ledger-not-durable" });
  const vkey = logVkey(key);
  const context: LogContext = {
    database,
    clock,
    key,
    origin,
    vkey,
    verifier: await keyOfType(vkey, logKeyType),
    log: await store.findOrCreateLog(database, origin, rootOfHashes([])),
    witnesses: await Promise.all(
      witnesses.map(async (witness) => ({ ...witness, key: await keyOfType(witness.vkey, witnessKeyType) })),
    ),
    quorum,
    alarm: (alarm) => onAlarm({ ...alarm, origin }),
  };
  const { log } = context;
  if ((await store.treeOf(database, log)).size === 0n) await signHead(context);

  const progress = createBell(); // something moved: an entry, a head, a cosignature
  const work = createBell(); // there may be something to sequence
  const heads = createBell(); // there is a new head to cosign
  const integrate = createIntegrator(context);
  let stopping = new AbortController();
  let loops: Promise<unknown>[] = [];
  let lastAppend = -Infinity;
  let lastHead = -Infinity;
  // After a start nothing is signed until a witness has answered about the newest head: a database restored to an
  // earlier moment would otherwise sign a second history before anybody can object.
  let cleared = context.witnesses.length === 0;

  async function sequence(): Promise<void> {
    let tree = await store.treeOf(database, log);
    if (tree.frozen !== null) return;
    if (tree.waiting && (await integrate()) > 0) {
      progress.ring();
      tree = await store.treeOf(database, log);
    }
    const since = performance.now() - lastHead;
    const settled = since > headWaitMs || (tree.witnessed ?? -1n) >= (tree.published ?? 0n);
    if (cleared && settled && since > headPaceMs && tree.published !== tree.size) {
      if ((await signHead(context)) !== undefined) {
        lastHead = performance.now();
        progress.ring();
        heads.ring();
      }
    }
  }

  /** Repeats a step until the log stops; a fault is reported and tried again a second later. */
  async function forever(step: () => Promise<void>, running: AbortSignal): Promise<void> {
    while (!running.aborted) {
      try {
        await step();
      } catch (fault) {
        if (running.aborted) return;
        context.alarm({ kind: "fault", detail: fault instanceof Error ? fault.message : String(fault) });
        await sleep(1000, undefined, { signal: running }).catch(() => undefined);
      }
    }
  }

  async function sequencerStep(): Promise<void> {
    await sequence();
    const busy = performance.now() - lastAppend < busyForMs || performance.now() - lastHead < busyForMs;
    await work.heard(busy ? busyLookMs : quietLookMs);
  }

  /** One loop per witness, so that a slow one delays nobody else. */
  function witnessStep(witness: LogContext["witnesses"][number], running: AbortSignal): () => Promise<void> {
    let known: bigint | undefined;
    let asked = { size: -1n, at: -Infinity };
    let failures = 0;
    let last: Answer["kind"] = "signed";
    return async () => {
      const head = await store.newestHead(database, log);
      const tree = await store.treeOf(database, log);
      const due = head && (head.size !== asked.size || performance.now() - asked.at > refreshMs);
      if (!head || !due || tree.frozen !== null) return heads.heard(quietLookMs);
      known ??= (await store.witnessStates(database, log)).find((state) => state.witness === witness.name)?.size ?? 0n;
      const answer = await askWitness(context, witness, head, known, running);
      if (running.aborted) return;
      if (answer.kind === "signed") {
        known = answer.size;
        asked = { size: head.size, at: performance.now() };
        failures = 0;
        cleared = true;
        progress.ring();
        work.ring();
      } else {
        // One alarm for each change, not one for each try.
        if ("detail" in answer && answer.kind !== last) {
          context.alarm({ kind: `witness-${answer.kind}`, witness: witness.name, detail: answer.detail });
        }
        failures = answer.kind === "behind" ? 0 : failures + 1;
        const pause = Math.min(longestRetryMs, retryMs * 2 ** (failures - 1));
        await sleep(pause, undefined, { signal: running }).catch(() => undefined);
      }
      last = answer.kind;
    };
  }

  async function progressOf(staged: bigint): Promise<Progress> {
    const { idx, published, witnessed } = await store.progressOf(database, log, staged);
    if (idx === null) return { stage: "staged" };
    const stage = idx < (witnessed ?? 0n) ? "witnessed" : idx < (published ?? 0n) ? "published" : "integrated";
    return { stage, index: idx };
  }

  async function receiptOf(index: bigint): Promise<Receipt | undefined> {
    const found = await receiptAt(database, log, index);
    return found && { v: 1, entry: toBase64(found.entry), proof: found.proof };
  }

  const order: readonly Stage[] = ["staged", "integrated", "published", "witnessed"];
  return {
    origin,
    vkey,
    append: async (tx, entry, { idem } = {}) => {
      const checked = checkEntry(entry);
      if (!checked.ok) {
        const { code, params } = checked.error;
        const where = params ? ` (${params["kind"]}.${params["field"]})` : "";
        throw Object.assign(new Error(`${code}${where}`, { cause: checked.error }), { code: "entry-refused" });
      }
      lastAppend = performance.now();
      work.ring();
      return store.stage(tx, log, checked.value, idem);
    },
    wait: async (staged, stage, timeoutMs) => {
      const until = performance.now() + timeoutMs;
      work.ring();
      for (;;) {
        const now = await progressOf(staged);
        const left = until - performance.now();
        if (order.indexOf(now.stage) >= order.indexOf(stage) || left <= 0) return now;
        await progress.heard(Math.min(left, 25));
      }
    },
    receipt: async (staged) => {
      const { idx } = await store.progressOf(database, log, staged);
      return idx === null ? undefined : receiptOf(idx);
    },
    receiptAt: receiptOf,
    read: (path) => readFile(database, log, path),
    status: async () => {
      const tree = await store.treeOf(database, log);
      const checkpoint = await readFile(database, log, "checkpoint");
      const states = await store.witnessStates(database, log);
      return {
        size: tree.size,
        root: toBase64(tree.root),
        checkpoint: new TextDecoder().decode(checkpoint?.body),
        witnesses: states.map(({ witness, size, at }) => ({ name: witness, size, at: new Date(Number(at) * 1000) })),
        ...(tree.frozen === null ? {} : { frozen: tree.frozen }),
      };
    },
    entries: (from, count) => entriesAt(database, log, from, count),
    nudge: () => work.ring(),
    start: () => {
      if (loops.length > 0) return;
      stopping = new AbortController();
      const running = stopping.signal;
      loops = [forever(sequencerStep, running)];
      for (const witness of context.witnesses) loops.push(forever(witnessStep(witness, running), running));
    },
    stop: async () => {
      stopping.abort();
      for (const bell of [work, heads, progress]) bell.ring();
      await Promise.all(loops);
      loops = [];
      cleared = context.witnesses.length === 0;
    },
  };
}
