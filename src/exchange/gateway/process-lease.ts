import { createHash } from "node:crypto";
import { openHeldLocks, type Database } from "#store";
import { deadProcesses, nextProcess } from "./store.ts";

/**
 * What tells the processes of a member's gateways apart, all over one database: a number for each, written beside every
 * record it opens, and a lock on the number that goes with the process. And for work that one of them does for all, who
 * leads it now.
 */
export interface ProcessLease {
  /** This process's number. */
  readonly process: bigint;
  /** Of the processes that opened records which are still open, those that are dead. `null`: of a time before numbers. */
  dead(): Promise<readonly (bigint | null)[]>;
  /**
   * Has one process at a time do a piece of work: `start` when it is this one's turn, at once or seconds after the one
   * before has died; `stop` when it may be another's. Answers when it is known whether this one begins with it.
   */
  lead(name: string, work: LedWork): Promise<void>;
  /** Whether this process does that work now. */
  leads(name: string): boolean;
  close(): Promise<void>;
}

export interface LedWork {
  start(): void;
  stop(): void | Promise<void>;
}

/** Spaces of PostgreSQL's advisory locks: "exchange process", "exchange leader". */
const processSpace = 0x7a01;
const leaderSpace = 0x7a02;
const lookMs = 1000;

export async function openProcessLease(database: Database): Promise<ProcessLease> {
  const process = await nextProcess(database);
  const locks = await openHeldLocks(database.url);
  await locks.hold(processSpace, Number(process));
  const led = new Map<string, LedWork>();
  const leading = new Set<string>();
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    for (const [name, work] of led) {
      if (leading.has(name) || !(await locks.tryHold(leaderSpace, keyOf(name)))) continue;
      leading.add(name);
      work.start();
    }
  }

  const lookOnce = (): Promise<void> => {
    looking ??= look()
      .catch(() => undefined) // the connection is lost, and tried anew
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  const timer = setInterval(() => void lookOnce(), lookMs);
  timer.unref();

  async function stopAll(): Promise<void> {
    const names = [...leading];
    leading.clear();
    for (const name of names) await led.get(name)?.stop();
  }
  locks.onLost(() => void stopAll());

  return {
    process,
    dead: () => deadProcesses(database, processSpace),
    async lead(name, work) {
      await looking;
      led.set(name, work);
      await lookOnce();
    },
    leads: (name) => leading.has(name),
    async close() {
      clearInterval(timer);
      led.forEach((_, name) => leading.has(name) || led.delete(name));
      await looking;
      await stopAll();
      await locks.close();
    },
  };
}

function keyOf(name: string): number {
  return createHash("sha256").update(name).digest().readInt32BE(0);
}
