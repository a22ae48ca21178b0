import cluster, { type Worker } from "node:cluster";

export interface WorkersOptions {
  /** The program each process runs, and its arguments: it runs one site, tells `tellRunning` and ends on SIGTERM. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly count: number;
  /** What the site says of itself once the first process stands; and each process that stands or ends. */
  readonly tell: (line: Readonly<Record<string, unknown>>) => void;
  /** Ends them all. */
  readonly ending: AbortSignal;
}

/** A process that lived shorter than this is started again later and later, up to the longest pause. */
const youngMs = 5000;
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** What does not end by itself after so long is ended. */
const patienceMs = 20_000;

/** Called by a process of a site once it stands. Answers false if it runs alone and nobody is there to be told. */
export function tellRunning(facts: Readonly<Record<string, unknown>>): boolean {
  if (!cluster.isWorker) return false;
  process.send?.({ running: facts });
  return true;
}

/** Called by a process of a site as its last: without a word to its supervisor it would not end. */
export function tellEnded(): void {
  cluster.worker?.disconnect();
}

/** Whether this process is one of several of a site. */
export function isWorker(): boolean {
  return cluster.isWorker;
}

/** Whether this process is to supervise others, and is not one of them. */
export function isSupervisor(): boolean {
  return cluster.isPrimary;
}

/**
 * Runs several processes of one site behind the same addresses. This process holds the listening sockets and hands each
 * connection to one of them in turn; it answers nothing itself. The first process starts alone, since a first start
 * makes keys and enrols. One that dies is replaced at once; the others go on.
 * @throws with `code` = `worker-failed` when the first cannot start
 */
export async function runWorkers(o: WorkersOptions): Promise<void> {
  cluster.setupPrimary({ exec: o.program, args: [...o.arguments] });
  const started = new Map<number, number>();
  let pauseMs = firstPauseMs;
  let ended = (): void => undefined;

  function start(): Worker {
    const worker = cluster.fork();
    started.set(worker.id, performance.now());
    worker.once("message", () => o.tell({ worker: worker.id, pid: worker.process.pid }));
    return worker;
  }

  const first = start();
  const facts = await new Promise<object>((stands, fails) => {
    first.once("message", (message: { running: object }) => stands(message.running));
    first.once("exit", (code) => {
      fails(Object.assign(new Error(`the first process ended with status ${code}`), { code: "worker-failed" }));
    });
  });
  o.tell({ ...facts, workers: o.count });

  cluster.on("exit", (worker, code, signal) => {
    const lived = performance.now() - (started.get(worker.id) ?? 0);
    started.delete(worker.id);
    if (o.ending.aborted) {
      if (started.size === 0) ended();
      return;
    }
    o.tell({ ended: worker.id, pid: worker.process.pid, ...(signal ? { signal } : { status: code }) });
    pauseMs = lived > youngMs ? 0 : Math.min(longestPauseMs, Math.max(firstPauseMs, pauseMs * 2));
    setTimeout(() => o.ending.aborted || start(), pauseMs);
  });
  for (let more = 1; more < o.count && !o.ending.aborted; more += 1) start();
  // Each of them reads its registers' declarations anew.
  process.on("SIGHUP", () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill("SIGHUP");
  });

  await new Promise<void>((stop) => {
    if (o.ending.aborted) stop();
    o.ending.addEventListener("abort", () => stop());
  });
  const all = Object.values(cluster.workers ?? {}).flatMap((worker) => (worker ? [worker] : []));
  if (all.length === 0) return;
  await new Promise<void>((done) => {
    ended = done;
    for (const worker of all) worker.process.kill("SIGTERM");
    setTimeout(() => {
      for (const worker of all) worker.process.kill("SIGKILL");
    }, patienceMs).unref();
  });
}
