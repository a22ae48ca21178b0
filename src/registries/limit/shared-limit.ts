import { rateLimit, type RateLimit } from "#http";
import { migrate, type Database } from "#store";
import { drawShare } from "./store.ts";

/** Says whether a client may call now: 0, or the whole seconds after which it may. */
export interface CallLimit {
  take(client: string): number | Promise<number>;
}

/** Limits that all processes over one database keep together. */
export interface SharedLimits {
  /** @param register `subsystem/service` */
  limit(register: string, perMinute: number): CallLimit;
}

/** Clients that a process remembers. */
const mostClients = 10_000;

/** What a process holds of one client's calls. */
interface Held {
  tokens: number;
  /** Milliseconds of the process's own clock: what it holds is good until then; or it holds nothing until then. */
  until: number;
  drawing: Promise<void> | undefined;
}

/**
 * Opens limits in the gateway's database. A process takes a second's worth of a client's calls at a time, so a call costs a
 * statement only where few are allowed, and a refused one none. What it took and did not use within a second is lost to the
 * client: of `n` calls a minute, `n`/60 for each process at the most. Without the database each process counts by itself.
 */
export async function openSharedLimits(
  database: Database,
  now: () => number = () => performance.now(),
): Promise<SharedLimits> {
  await migrate(database, "registries", new URL("../migrations/", import.meta.url));
  return { limit: (register, perMinute) => sharedLimit(database, register, perMinute, now) };
}

function sharedLimit(database: Database, register: string, perMinute: number, now: () => number): CallLimit {
  const rate = perMinute / 60;
  const wanted = Math.max(1, Math.floor(rate));
  const alone: RateLimit = rateLimit(perMinute, { now });
  const clients = new Map<string, Held>();

  function heldOf(client: string): Held {
    const held = clients.get(client) ?? { tokens: 0, until: 0, drawing: undefined };
    clients.delete(client);
    clients.set(client, held);
    if (clients.size > mostClients) clients.delete(clients.keys().next().value!);
    return held;
  }

  async function draw(client: string, held: Held): Promise<void> {
    const { taken, tokens } = await drawShare(database, { register, client, capacity: perMinute, rate, wanted });
    held.tokens = taken;
    held.until = now() + (taken > 0 ? 1000 : ((1 - tokens) / rate) * 1000);
  }

  /** The seconds to wait, 0 if a call was taken, or nothing while that is not known. */
  function taken(held: Held): number | undefined {
    const left = held.until - now();
    if (left <= 0) return undefined;
    if (held.tokens === 0) return held.drawing ? undefined : Math.ceil(left / 1000);
    held.tokens -= 1;
    if (held.tokens === 0) held.until = 0;
    return 0;
  }

  async function takeShared(client: string, held: Held): Promise<number> {
    for (;;) {
      held.drawing ??= draw(client, held).finally(() => (held.drawing = undefined));
      try {
        await held.drawing;
      } catch {
        return alone.take(client);
      }
      const wait = taken(held);
      if (wait !== undefined) return wait;
    }
  }

  return {
    take(client) {
      const held = heldOf(client);
      return taken(held) ?? takeShared(client, held);
    },
  };
}
