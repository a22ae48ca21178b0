import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fixedClock } from "#kernel";
import { collectStatuses, deliverFiles, makeFile, paymentFor } from "#payments";
import { testDatabase } from "#store/testing";
import { approve, openDemo } from "./demo-payments.ts";
import { bankChannel, startBank } from "./index.ts";

/**
 * A second process plays the same steps and is killed with SIGKILL right after it reports `point`. Whatever was said to
 * be done must be there for this process, and the money must arrive exactly once.
 */
async function killedAt(point: string, databaseUrl: string, bankUrl: string): Promise<void> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("./demo-payments.ts", import.meta.url)), databaseUrl, bankUrl, point],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const gone = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === point) child.kill("SIGKILL");
  }
  const [, signal] = (await gone) as [number | null, string | null];
  assert.equal(signal, "SIGKILL", "the process must have been killed, not finished");
}

const clock = fixedClock("2026-01-05T01:30:00Z");
const bankDatabase = await testDatabase();
const bank = await startBank({ database: bankDatabase, clock });
test.after(() => bank.stop());

const points: readonly [string, string][] = [
  ["sending", "queued"],
  ["sent-not-noted", "queued"],
  ["noted", "submitted"],
];
for (const [point, expected] of points) {
  test(`killed when ${point}: the payment is ${expected}, and ends paid once`, async () => {
    const database = await testDatabase();
    await killedAt(point, database.url, bank.url);

    const payments = await openDemo(database, clock, point);
    assert.equal((await paymentFor(payments, "KILLED"))?.state, expected);
    await approve(payments, "KILLED"); // the clerk clicks again
    await makeFile(payments);
    const channel = bankChannel(bank.url);
    await deliverFiles(payments, channel);
    await collectStatuses(payments, channel);
    assert.equal((await paymentFor(payments, "KILLED"))?.state, "settled");
    const received = await bankDatabase.one<{ files: bigint; lines: bigint }>(
      "select count(*) as files, sum(lines) as lines from bank.file where message_id like $1",
      [`${point.toUpperCase()}%`],
    );
    assert.deepEqual(received, { files: 1n, lines: 1n });
  });
}
