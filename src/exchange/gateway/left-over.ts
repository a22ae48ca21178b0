import { openRecords } from "./store.ts";
import type { GatewayContext, GatewayLogger } from "./context.ts";
import type { End } from "./evidence.ts";
import type { LedWork, ProcessLease } from "./process-lease.ts";

/** Between two looks for records that a dead process left open. */
const leftOverMs = 2000;

/**
 * A process that was killed between "sent" (or "received") and the end left records open: nobody got an answer, so each
 * is closed as `unanswered` and has its entry. A process that is cut off from the database for a while counts as dead;
 * what it comes back with it cannot record any more, and so does not answer.
 */
export async function closeLeftOver(context: GatewayContext, lease: ProcessLease): Promise<void> {
  for (const process of await lease.dead()) {
    const open = await openRecords(context.database, context.memberPath, process);
    const end: End = { outcome: "unanswered", now: context.clock.now() };
    // Another process may be at it too, and PostgreSQL at what the dead one sent last: each record closes once.
    const tried = await Promise.allSettled(open.map((left) => context.records.close({ ...left, end })));
    const records = tried.filter(({ status }) => status === "fulfilled").length;
    if (records > 0) context.logger.warn({ records }, "closed records that a killed process left open");
  }
}

/** The same again and again, for the one process that leads it. */
export function leftOverWork(context: GatewayContext, lease: ProcessLease): LedWork {
  return repeated(() => closeLeftOver(context, lease), leftOverMs, context.logger);
}

/** Closes, for as long as this process lives, the records whose end it could not write down itself. */
export function settlingWork({ records, clock, logger }: GatewayContext): LedWork {
  return repeated(() => records.settle(clock.now()), leftOverMs, logger);
}

/** Work that goes on in steps as long as this process leads it. */
function repeated(step: () => Promise<unknown>, everyMs: number, logger: GatewayLogger): LedWork {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> | undefined;
  return {
    start() {
      timer = setInterval(() => {
        running ??= step()
          .catch((fault: unknown) => logger.warn({ cause: String(fault) }, "left-over records could not be closed yet"))
          .finally(() => {
            running = undefined;
          });
      }, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
