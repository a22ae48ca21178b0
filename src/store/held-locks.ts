import { Client } from "pg";

/**
 * Locks of PostgreSQL that a process holds as long as it lives: they go with its connection, so that others learn of a
 * kill at once. A lock is a number within a space that one use has for itself.
 */
export interface HeldLocks {
  /** Waits for a lock, and takes it again by itself after the connection was lost. */
  hold(space: number, key: number): Promise<void>;
  /** Takes a lock if nobody has it. It is gone when the connection is lost; `onLost` tells. */
  tryHold(space: number, key: number): Promise<boolean>;
  onLost(listener: () => void): void;
  /** Lets go of all of them. */
  close(): Promise<void>;
}

const againMs = 1000;

/** Opens a connection for locks alone. @throws when the server cannot be reached (`code` as pg gives it) */
export async function openHeldLocks(url: string): Promise<HeldLocks> {
  const wanted: (readonly [space: number, key: number])[] = [];
  const listeners: (() => void)[] = [];
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let client = await connect();

  async function connect(): Promise<Client> {
    const next = new Client({ connectionString: url, keepAlive: true, application_name: "taroko locks" });
    next.on("error", () => undefined); // `end` follows
    await next.connect();
    next.once("end", () => lost(next));
    for (const lock of wanted) await next.query("select pg_advisory_lock($1, $2)", [...lock]);
    return next;
  }

  function lost(which: Client): void {
    if (closed || which !== client) return;
    for (const listener of listeners) listener();
    reconnect();
  }

  async function again(): Promise<void> {
    try {
      client = await connect();
      if (closed) await client.end();
    } catch {
      if (!closed) reconnect();
    }
  }

  function reconnect(): void {
    timer = setTimeout(() => void again(), againMs);
    timer.unref();
  }

  return {
    async hold(space, key) {
      wanted.push([space, key]);
      await client.query("select pg_advisory_lock($1, $2)", [space, key]);
    },
    async tryHold(space, key) {
      const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1, $2) as taken", [
        space,
        key,
      ]);
      return rows[0]?.taken ?? false;
    },
    onLost: (listener) => void listeners.push(listener),
    async close() {
      closed = true;
      clearTimeout(timer);
      await client.end().catch(() => undefined);
    },
  };
}
