import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { proveBooks, readBooks } from "../books/books.ts";
import { carryRoster, killedPayments, killedRows } from "./kill-worker.ts";
import { openProgramme } from "../programmes.ts";
import { testPayments } from "../testing.ts";

const worker = fileURLToPath(new URL("./kill-worker.ts", import.meta.url));

/** Runs the worker and kills it with SIGKILL so many milliseconds after it began `step`; false if it was done before. */
async function killedIn(step: string, afterMs: number, url: string): Promise<boolean> {
  const child = spawn(process.execPath, [worker, url], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout }))
    if (line === step) setTimeout(() => child.kill("SIGKILL"), afterMs);
  const [, signal] = (await gone) as [number | null, string | null];
  return signal === "SIGKILL";
}

test("killed in every step of a roster, at any moment: the same totals, nobody paid twice", async () => {
  const payments = await testPayments(killedPayments);
  const total = BigInt(killedRows) * 6_000n;
  const opened = await openProgramme(payments, {
    id: "killed",
    title: { "zh-Hant": "普發現金", en: "Relief" },
    law: "Relief Act",
    purpose: { code: "GOVT", text: "普發現金" },
    // Not a dollar more than is due: anybody paid twice would overdraw it.
    budget: total,
    openedBy: "officer:lin",
  });
  assert.ok(opened.ok);
  let kills = 0;
  for (const step of ["import", "propose", "approve", "files", "send", "reports"]) {
    if (await killedIn(step, 5 + Math.random() * 60, payments.database.url)) kills += 1;
    assert.deepEqual(await proveBooks(payments), [], `after a kill in ${step}`);
  }
  assert.ok(kills >= 4, `only ${kills} of the runs were killed before they were done`);
  await carryRoster(payments, () => undefined);

  assert.deepEqual(await proveBooks(payments), []);
  const books = (await readBooks(payments)).filter(
    ({ programme, balance }) => programme === "killed" && balance !== 0n,
  );
  assert.deepEqual(
    books.map(({ account, balance }) => [account, balance]),
    [
      ["paid", total],
      ["treasury", -total],
    ],
  );
  const counts = await payments.database.one(
    `select (select count(*) from payments.entitlement) as entitlements, (select count(*) from payments.instruction where state = 'settled') as settled,
            (select sum(lines) from payments.file) as lines, (select count(*) from payments.batch) as batches`,
  );
  const rows = BigInt(killedRows);
  assert.deepEqual(counts, { entitlements: rows, settled: rows, lines: rows, batches: 1n });
});
