/** Fees joined to a running simulator, for tests: notifications go through a server of ours, as on the open network. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { utf8, type Clock } from "#kernel";
import { demandFee, openFees, receiveNotice, type Fee, type Fees } from "#payments";
import type { Database } from "#store";
import { startPay, type RunningPay } from "./index.ts";
import { sandboxProvider } from "./provider.ts";

const access = { apiKey: "a key of tests", secret: utf8("a secret of tests"), utcOffset: "+08:00" };

/** The fees of a process that uses the simulator at `url`. */
export function openSandboxFees(
  database: Database,
  clock: Clock,
  url: string,
  timeoutMs: number = 2_000,
): Promise<Fees> {
  return openFees({
    database,
    clock,
    currency: { code: "TWD", decimals: 0 },
    providers: [sandboxProvider({ ...access, url, publicUrl: url, timeoutMs })],
    returnUrl: (fee) => `http://portal.test/payments/${fee}`,
  });
}

export interface Sandbox {
  readonly fees: Fees;
  readonly pay: RunningPay;
  /** How many notifications were taken, and what came of each. */
  readonly outcomes: string[];
  close(): Promise<void>;
}

export async function startSandbox(o: {
  readonly ours: Database;
  readonly theirs: Database;
  readonly clock: Clock;
}): Promise<Sandbox> {
  const outcomes: string[] = [];
  const sandbox: { fees?: Fees } = {};
  const app = new Hono().post("/notify", async (c) => {
    const headers = Object.fromEntries(c.req.raw.headers);
    const read = await receiveNotice(sandbox.fees!, { provider: "sandbox", headers, body: await c.req.text() });
    outcomes.push(read.ok ? read.value.outcome : read.error.code);
    return c.json({}, read.ok ? 200 : 400);
  });
  const listener = await new Promise<{ port: number; close(): void }>((done) => {
    const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
      done({ port, close: () => server.close() }),
    );
  });
  const pay = await startPay({
    database: o.theirs,
    clock: o.clock,
    ...access,
    notifyUrl: `http://127.0.0.1:${listener.port}/notify`,
    deafMs: 400,
    byHand: true,
  });
  const fees = await openSandboxFees(o.ours, o.clock, pay.url, 200);
  sandbox.fees = fees;
  return {
    fees,
    pay,
    outcomes,
    close: async () => {
      await pay.close();
      listener.close();
    },
  };
}

export async function feeOf(fees: Fees, reference: string, amount: bigint = 115n): Promise<Fee> {
  const demanded = await demandFee(fees, {
    programme: "fee-transcript",
    reference,
    agency: "moi",
    payer: "person-1",
    amount,
    reason: { "zh-Hant": "英文戶籍謄本 2 份", en: "Household transcript in English, 2 copies" },
    law: { "zh-Hant": "戶政規費收費標準第 2 條", en: "Household fees standard, article 2" },
    decisionHash: "0".repeat(64),
    dueOn: "2026-01-19",
  });
  if (!demanded.ok) throw new Error(demanded.error.code);
  return demanded.value;
}
