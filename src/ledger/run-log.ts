import { setTimeout as sleep } from "node:timers/promises";
import { askWitness, type Answer } from "./ask-witness.ts";
import { createBell, type Bell } from "./bell.ts";
import { createIntegrator } from "./integrate.ts";
import type { LogContext } from "./log-context.ts";
import { createQuorumWatch } from "./watch-quorum.ts";
import { signHead } from "./sign-head.ts";
import { writeIndex } from "./persons/write-index.ts";
import { newestHead, witnessStates } from "./head-store.ts";
import * as store from "./store.ts";

/**
 * Staged entries are gathered for so long (milliseconds) before they get their places: a head, its tiles, the unfinished
 * bundle written anew and the round of the witnesses cost the same for one entry as for hundreds. While somebody waits,
 * looks follow each other quickly.
 */
const gatherMs = 1000;
/** So many entries are worth a tree and a head of their own: a log that gets them sooner gathers no longer. */
const worthABatch = 512;
/** For so long after a batch a process takes itself for the one that sequences. */
const aloneMs = 1000;
const hurriedLookMs = 10;
const hurryForMs = 500;
/** Never two heads within the first time; a head without its quorum is waited for until the second. */
const headPaceMs = 50;
const headWaitMs = 1000;
/** A witness that failed is asked again after this, doubling up to the longest. */
const retryMs = 250;
const longestRetryMs = 30_000;
/** A quiet log is cosigned anew after this, so that readers see it is alive. */
const refreshMs = 10 * 60_000;
/** Never two roots of the index of persons within the first time; after the second it is looked whether one is due. */
const indexPaceMs = 1000;
const indexLookMs = 5000;
/** How often a witness's loop looks for heads that another process signed and did not get cosigned. */
const foreignHeadMs = 2000;

/** The loops of a log in one process: sequence, sign, ask each witness. */
export interface LogRunner {
  /** Rings whenever an entry, a head or a cosignature moved on. */
  readonly progress: Bell;
  /**
   * Where a staged entry stands, if the newest batch of this process placed it; `later` if this process sequences and has
   * not come so far. Nothing if the database must be asked: the entry is older, or another process may sequence.
   */
  placed(staged: bigint): bigint | "later" | undefined;
  /** Tells the sequencer that somebody waits: it gathers no longer, for as long as one round to the witnesses takes. */
  hurry(): void;
  start(): void;
  stop(): Promise<void>;
}

export interface RunnerOptions {
  /** Makes the step that publishes what it hears of. */
  readonly publisher?: (progress: Bell) => (running: AbortSignal) => Promise<void>;
  /** How long heads may lack their quorum before that is an alarm. Milliseconds. */
  readonly quorumPatienceMs?: number;
  /** Makes the steps that have heads recorded outside. */
  readonly anchoring?: (progress: Bell) => readonly ((running: AbortSignal) => Promise<void>)[];
}

export function createRunner(context: LogContext, options: RunnerOptions = {}): LogRunner {
  const { database, log, witnesses } = context;
  const progress = createBell();
  const work = createBell();
  const heads = createBell();
  let newest: { readonly places: ReadonlyMap<bigint, bigint>; readonly last: bigint; readonly at: number } | undefined;
  const integrate = createIntegrator(context, (places) => {
    const last = places.reduce((most, { id }) => (id > most ? id : most), 0n);
    newest = { places: new Map(places.map(({ id, idx }) => [id, idx])), last, at: performance.now() };
  });
  let stopping = new AbortController();
  let loops: Promise<void>[] = [];
  let hurriedAt = -Infinity;
  let lastWork = -Infinity;
  let lastTake = -Infinity;
  let gatherFor = gatherMs;
  let lastHead = -Infinity;
  let indexDue = true;
  let lastIndex = -Infinity;
  // After a start nothing is signed until a witness has answered about the newest head: a database restored to an
  // earlier moment would otherwise sign a second history before anybody can object.
  let cleared = witnesses.length === 0;

  const hurried = (): boolean => performance.now() - hurriedAt < hurryForMs;

  /** Places what is due and signs what has grown; answers whether it signed. */
  async function sequence(): Promise<boolean> {
    let tree = await store.treeOf(database, log);
    if (tree.frozen !== null) {
      newest = undefined;
      return false;
    }
    // Witnesses' answers wake this loop too: they are no reason to integrate early.
    const now = performance.now();
    const placed = tree.waiting && (hurried() || now - lastWork >= gatherFor) ? await integrate() : 0;
    if (!tree.waiting) gatherFor = gatherMs;
    if (placed > 0) {
      // At the pace at which these came, so much later there are enough again.
      gatherFor = Math.min(gatherMs, (Math.min(gatherMs, now - lastTake) * worthABatch) / placed);
      lastTake = now;
      lastWork = performance.now();
      indexDue = true;
      progress.ring();
    }
    const since = performance.now() - lastHead;
    if (!cleared || since < headPaceMs) return false;
    if (placed > 0) tree = await store.treeOf(database, log);
    const settled = (tree.witnessed ?? -1n) >= (tree.published ?? 0n) || since > headWaitMs;
    if (tree.published === tree.size || !settled) return false;
    if ((await signHead(context)) === undefined) return false;
    lastHead = performance.now();
    progress.ring();
    heads.ring();
    return true;
  }

  /** Another process may have placed the entries, so it is also looked from time to time. */
  async function index(): Promise<void> {
    const since = performance.now() - lastIndex;
    if (!cleared || !context.persons || since < indexPaceMs || !(indexDue || since > indexLookMs)) return;
    const step = await writeIndex(context);
    indexDue = step === "waiting";
    if (step !== "waiting") lastIndex = performance.now();
  }

  async function sequencerStep(): Promise<void> {
    const seen = work.count();
    const signed = await sequence();
    await index();
    // Entries came while it signed, and somebody waits for them.
    if (signed && hurried()) return;
    const left = lastWork + gatherFor - performance.now();
    await work.heard(hurried() ? hurriedLookMs : Math.ceil(left > 0 ? left : gatherFor), seen);
  }

  /** One loop per witness, so that a slow one delays nobody else. */
  function witnessStep(witness: LogContext["witnesses"][number], running: AbortSignal): () => Promise<void> {
    let known: bigint | undefined;
    let asked = { size: -1n, at: -Infinity };
    let failures = 0;
    let last: Answer["kind"] = "signed";
    return async () => {
      const seen = heads.count();
      const head = await newestHead(database, log);
      const { frozen } = await store.treeOf(database, log);
      const due = head && (head.size !== asked.size || performance.now() - asked.at > refreshMs);
      if (!head || !due || frozen !== null) return heads.heard(foreignHeadMs, seen);
      known ??= (await witnessStates(database, log, [witness.name]))[0]?.size ?? 0n;
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

  return {
    progress,
    placed: (staged) => {
      if (!newest) return undefined;
      const later = staged > newest.last && performance.now() - newest.at < aloneMs;
      return later ? "later" : newest.places.get(staged);
    },
    hurry: () => {
      // In a hurry already it looks every few milliseconds by itself: many who wait must not make it spin.
      const late = !hurried();
      hurriedAt = performance.now();
      if (late) work.ring();
    },
    start: () => {
      if (loops.length > 0) return;
      stopping = new AbortController();
      const running = stopping.signal;
      loops = [forever(sequencerStep, running)];
      for (const witness of witnesses) loops.push(forever(witnessStep(witness, running), running));
      const publish = options.publisher?.(progress);
      if (publish) loops.push(forever(() => publish(running), running));
      for (const step of options.anchoring?.(progress) ?? []) loops.push(forever(() => step(running), running));
      const watch = createQuorumWatch(context, options.quorumPatienceMs);
      if (context.quorum > 0) loops.push(forever(() => watch(running), running));
    },
    stop: async () => {
      stopping.abort();
      for (const bell of [work, heads, progress]) bell.ring();
      await Promise.all(loops);
      loops = [];
      cleared = witnesses.length === 0;
    },
  };
}
