/** A process of its own for the test of kills: begins to pay a fee and says how far it came, then waits to be killed. */
import { setTimeout as delay } from "node:timers/promises";
import { fixedClock } from "#kernel";
import { beginPayment } from "#payments";
import { openDatabase } from "#store";
import { feeOf, openSandboxFees } from "./testing.ts";

const [url = "", payUrl = "", point = ""] = process.argv.slice(2);
const fees = await openSandboxFees(openDatabase(url), fixedClock("2026-01-05T01:30:00Z"), payUrl);
const provider = fees.providers[0]!;
const say = async (where: string): Promise<void> => {
  if (where !== point) return;
  process.stdout.write(`${where}\n`);
  await delay(60_000);
};
const watched = {
  ...fees,
  providers: [
    {
      ...provider,
      start: async (order: Parameters<typeof provider.start>[0]) => {
        await say("written-not-asked");
        const begun = await provider.start(order);
        await say("asked-not-noted");
        return begun;
      },
    },
  ],
};
const fee = await feeOf(watched, `KILLED-${point}`);
await beginPayment(watched, { fee: fee.id, payer: fee.payer, provider: "sandbox", language: "en" });
await say("noted");
