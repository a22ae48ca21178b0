import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { GatewayLogger } from "#exchange";
import type { Clock } from "#kernel";
import { openMonitor, type Monitor, type MonitorReport } from "#ledger";
import { within } from "./within.ts";

/** What a monitor that never stops has to say. */
export interface LogWatch {
  /** The newest round that ended. */
  readonly report: MonitorReport | undefined;
  /** Why the newest round did not end; nothing if it did. */
  readonly fault: { readonly at: Date; readonly code: string } | undefined;
  /** Milliseconds between two rounds. */
  readonly every: number;
  stop(): Promise<void>;
}

/** Milliseconds. */
const usualInterval = 60_000;
const stopPatience = 1_000;

/**
 * Runs a monitor over all logs that the configuration announces, round after round. What it saw it keeps in `stateFile`,
 * so that a roll-back during a restart is found too.
 */
export function watchLogs(options: {
  readonly policy: () => Promise<string>;
  readonly clock: Clock;
  readonly logger: GatewayLogger;
  readonly stateFile?: string | undefined;
  /** Milliseconds between rounds; a minute unless told. */
  readonly every?: number | undefined;
}): LogWatch {
  const { clock, logger, stateFile, every = usualInterval } = options;
  const stopping = new AbortController();
  let monitor: { policy: string; of: Monitor } | undefined;
  let report: MonitorReport | undefined;
  let fault: LogWatch["fault"];

  async function round(): Promise<void> {
    const policy = await options.policy();
    // A log that joined, or another address: the monitor opens anew and remembers by its file.
    if (monitor?.policy !== policy) {
      if (stateFile !== undefined) await mkdir(dirname(stateFile), { recursive: true });
      const of = await openMonitor({ policy, clock, ...(stateFile === undefined ? {} : { stateFile }) });
      monitor = { policy, of };
    }
    report = await monitor.of.look();
    fault = undefined;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await round().catch((cause: unknown) => {
        const { code = "fault" } = cause as { code?: string };
        fault = { at: clock.now(), code };
        logger.warn({ code, cause: String(cause) }, "the monitor could not look; tried again in the next round");
      });
      await sleep(every, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    get report() {
      return report;
    },
    get fault() {
      return fault;
    },
    every,
    stop: async () => {
      stopping.abort();
      // A round that waits for a silent log is left behind: its state file is either the old or the new one.
      await within(stopPatience, running);
    },
  };
}
