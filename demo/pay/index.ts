/**
 * The payment simulator: stands where a payment provider lies outside, and says so on every page in both languages. Takes
 * orders, shows payers a page with test cards, codes and accounts, notifies, refunds and settles, all decided by what the
 * payer chose (`magic.ts`), so that an agency can try every outcome alone. `provider.ts` is how Taroko is joined to it.
 */
import { listen } from "#http";
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
  options: PayOptions & {
    readonly host?: string;
    readonly port?: number;
    /** The option that changes the port, for the message of a taken one. */
    readonly option?: string;
    readonly byHand?: boolean;
  },
): Promise<RunningPay> {
  const { app, deliver } = await createPay(options);
  let stopped = false;
  let round = Promise.resolve();
  const timer = options.byHand
    ? undefined
    : setInterval(() => {
        round = round.then(() => (stopped ? undefined : deliver())).catch(() => undefined);
      }, 500);
  const server = await listen(app.fetch, {
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    option: options.option ?? "--port",
  });
  return {
    url: server.url,
    deliver,
    close: async () => {
      stopped = true;
      clearInterval(timer);
      await server.close();
      await round;
    },
  };
}
