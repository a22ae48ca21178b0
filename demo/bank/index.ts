/**
 * The bank simulator: stands where a real bank lies outside, and says so on its page. Takes pain.001 files, answers
 * pain.002 reports, camt.054 notifications (debits, returns after two banking days of its own clock) and owner checks, all
 * decided by magic values (magic.ts), or by chance at published rates for load, so that an agency can test every outcome
 * alone. README.md is its manual. Not simulated: statements (camt.053).
 */
import { serve } from "@hono/node-server";
import { createBank, type BankOptions } from "./app.ts";

export { createBank, type BankOptions } from "./app.ts";
export { bankChannel, ownerChannel } from "./channel.ts";
export { magicEndings, publishedRates } from "./magic.ts";

export interface RunningBank {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the simulator on loopback; port 0 takes any free one. Rejects with `EADDRINUSE` when the port is taken. */
export async function startBank(options: BankOptions & { readonly port?: number }): Promise<RunningBank> {
  const app = await createBank(options);
  return new Promise((done, fail) => {
    const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: options.port ?? 0 }, ({ port }) =>
      done({
        url: `http://127.0.0.1:${port}`,
        stop: () => new Promise((stopped, broken) => server.close((fault) => (fault ? broken(fault) : stopped()))),
      }),
    );
    server.once("error", fail);
  });
}
