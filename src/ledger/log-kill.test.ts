import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { systemClock, toBase64 } from "#kernel";
import { generateLogKey, importLogKey, openLog } from "#ledger";
import { openDatabase } from "#store";
import { testDatabase } from "#store/testing";
import { someEntry } from "./testing.ts";
import { emptyEdge, extend, rootOf } from "./tree.ts";

const origin = "log.example/killed";

/** The process that is killed: appends as fast as it can and prints each id once its transaction has committed. */
async function appendForever(url: string, pem: string): Promise<never> {
  const database = openDatabase(url);
  const log = await openLog({ database, origin, key: importLogKey(origin, pem), clock: systemClock });
  log.start();
  for (;;) {
    const ids = await Promise.all(Array.from({ length: 8 }, () => log.append(database, someEntry())));
    process.stdout.write(ids.map((id) => `${id}\n`).join(""));
  }
}

const child = process.env["TAROKO_LEDGER_KILL"];
if (child !== undefined) {
  const { url, pem } = JSON.parse(child) as { url: string; pem: string };
  await appendForever(url, pem);
}

test("a process killed with -9 while it appends, integrates and signs loses nothing it acknowledged", async () => {
  const database = await testDatabase();
  const key = generateLogKey(origin);
  const acknowledged: bigint[] = [];
  for (const lines of [1, 60, 150]) {
    const killed = spawn(process.execPath, [import.meta.filename], {
      env: { ...process.env, TAROKO_LEDGER_KILL: JSON.stringify({ url: database.url, pem: key.exportPem() }) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let left = lines;
    for await (const line of createInterface({ input: killed.stdout })) {
      acknowledged.push(BigInt(line));
      left -= 1;
      if (left === 0) killed.kill("SIGKILL");
    }
    if (killed.exitCode === null && killed.signalCode === null) await once(killed, "exit");
    assert.equal(killed.signalCode, "SIGKILL", "it was killed, and did not end by itself");
    assert.ok(left <= 0, `it acknowledged ${lines} before it was killed`);
  }
  const log = await openLog({ database, origin, key, clock: systemClock });
  log.start();
  try {
    const places = await Promise.all(acknowledged.map((id) => log.wait(id, "published", 5000)));
    assert.ok(places.every(({ stage }) => stage === "witnessed"));
    assert.equal(new Set(places.map(({ index }) => index)).size, acknowledged.length);
    const { size, root, frozen } = await log.status();
    assert.equal(frozen, undefined);
    assert.ok(size >= acknowledged.length);
    const entries = await log.entries(0n, Number(size));
    const rebuilt = extend(
      emptyEdge,
      entries.map(({ entry }) => Buffer.from(entry)),
    );
    assert.equal(toBase64(rootOf(rebuilt.edge)), root);
  } finally {
    await log.stop();
  }
});
