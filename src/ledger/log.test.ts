import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import { serve } from "@hono/node-server";
import { systemClock, toBase64Url } from "#kernel";
import {
  commitSync,
  formatPolicy,
  generateLogKey,
  generateWitnessKey,
  logRoutes,
  openLog,
  openWitness,
  subjectCommitmentSync,
  verifyReceipt,
  type Alarm,
  type CaseEvent,
  type Log,
  type WitnessEndpoint,
} from "#ledger";
import { testDatabase } from "#store/testing";

const origin = "log.example/agency";
const key = generateLogKey(origin);

function digest(): string {
  return randomBytes(32).toString("base64url");
}

function step(change: Partial<CaseEvent> = {}): CaseEvent {
  return {
    v: 1,
    t: "case.event",
    at: "2026-11-22T08:00:00Z",
    member: "TW/GOV/A05",
    service: "assistive-devices",
    kind: "decided",
    cas: digest(),
    sub: digest(),
    rec: digest(),
    ...change,
  };
}

const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
});

/** A witness with a database of its own, listening on loopback. */
async function witnessOn(name: string, vkey: string): Promise<WitnessEndpoint & { asked(): number }> {
  const database = await testDatabase();
  const witnessKey = generateWitnessKey(name);
  const witness = await openWitness({
    database,
    name,
    key: witnessKey,
    clock: systemClock,
    logs: [{ origin, vkey }],
  });
  let asked = 0;
  const url = await new Promise<string>((resolve) => {
    const server = serve(
      {
        fetch: async (request) => {
          asked += 1;
          return witness.handle(request);
        },
        port: 0,
        hostname: "127.0.0.1",
      },
      ({ port }) => resolve(`http://127.0.0.1:${port}`),
    );
    closing.push(() => server.close());
  });
  return { name, vkey: witness.vkey, url, asked: () => asked };
}

async function until(check: () => Promise<boolean> | boolean, ms: number = 3000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await check())) {
    assert.ok(Date.now() < end, "waited too long");
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

async function stopping<Value>(log: Log, work: () => Promise<Value>): Promise<Value> {
  log.start();
  try {
    return await work();
  } finally {
    await log.stop();
  }
}

test("an entry is staged with its transaction, integrated, published, witnessed; its receipt verifies and opens", async () => {
  const database = await testDatabase();
  const opened = await openLog({ database, origin, key, clock: systemClock });
  const witnesses = [await witnessOn("audit.example", opened.vkey), await witnessOn("uni.example", opened.vkey)];
  const log = await openLog({ database, origin, key, clock: systemClock, witnesses });
  const policy = formatPolicy({ logs: [log.vkey], witnesses, quorum: 2 });
  await stopping(log, async () => {
    const salt = randomBytes(32);
    const entry = step({ sub: subjectCommitmentSync("A700000001", salt), rec: commitSync("granted", salt) });
    await assert.rejects(
      database.transaction(async (tx) => {
        await log.append(tx, step());
        throw new Error("the business change failed");
      }),
    );
    const staged = await database.transaction((tx) => log.append(tx, entry));
    assert.deepEqual(await log.wait(staged, "witnessed", 3000), { stage: "witnessed", index: 0n });
    const receipt = (await log.receipt(staged))!;
    const verdict = await verifyReceipt(receipt, policy);
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.deepEqual([verdict.origin, verdict.index, verdict.size, verdict.entry["t"]], [origin, 0, 1, "case.event"]);
    assert.deepEqual(verdict.witnesses.map(({ name }) => name).sort(), ["audit.example", "uni.example"]);
    const commitments = {
      sub: { salt: toBase64Url(salt), value: "A700000001" },
      rec: { salt: toBase64Url(salt), value: "granted" },
    };
    assert.equal((await verifyReceipt({ ...receipt, opening: { commitments } }, policy)).ok, true);
    const other = { ...commitments, sub: { salt: toBase64Url(salt), value: "A700000002" } };
    assert.deepEqual(await verifyReceipt({ ...receipt, opening: { commitments: other } }, policy), {
      ok: false,
      step: "opening",
      reason: "sub: the value is not the one the entry commits to",
    });
    const served = logRoutes(log, "/ledger/");
    const proof = await served(new Request("http://x/ledger/proof/0"));
    assert.equal(await proof.text(), receipt.proof);
  });
});
