/**
 * The payment simulator: stands where a payment provider lies outside, and says so on every page in both languages. Takes
 * orders, shows payers a page with test cards, codes and accounts, notifies, refunds and settles, all decided by what the
 * payer chose (`magic.ts`), so that an agency can try every outcome alone. `provider.ts` is how Taroko is joined to it.
 */
import { serve } from "@hono/node-server";
import { createPay, type PayOptions } from "./app.ts";

export { cards, counters } from "./magic.ts";
export { sandboxProvider, type SandboxAccess } from "./provider.ts";

export interface RunningPay {
  readonly url: string;
  /** Sends the notifications that are due now. */
  deliver(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the simulator on loopback; it sends its notifications by itself every half second, or only when told. */
export async function startPay(
  options: PayOptions & { readonly port?: number; readonly host?: string; readonly byHand?: boolean },
): Promise<RunningPay> {
  const { app, deliver } = await createPay(options);
  const hostname = options.host ?? "127.0.0.1";
  let stopped = false;
  let round = Promise.resolve();
  const timer = options.byHand
    ? undefined
    : setInterval(() => {
        round = round.then(() => (stopped ? undefined : deliver())).catch(() => undefined);
      }, 500);
  return new Promise((done, fail) => {
    const server = serve({ fetch: app.fetch, hostname, port: options.port ?? 0 }, ({ port }) =>
      done({
        url: `http://${hostname}:${port}`,
        deliver,
        close: async () => {
          stopped = true;
          clearInterval(timer);
          await round;
          await new Promise<void>((closed, broken) => server.close((fault) => (fault ? broken(fault) : closed())));
        },
      }),
    );
    server.once("error", fail);
  });
}
