import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { uuidV7 } from "#kernel";
import { migrate } from "#store";
import { testDatabase } from "#store/testing";
import { postgresEventStore } from "./postgres-store.ts";
import { putRoom, putSubscription, putType } from "./subscription-store.ts";
import { until } from "./testing.ts";

const room = "TW/GOV/REG/births";
const database = await testDatabase();
await migrate(database, "exchange", new URL("../migrations/", import.meta.url));
await putRoom(database, room);
await putType(database, { room, eventType: "moved", schema: {} }, new Date());
const store = postgresEventStore({ database, rooms: [room], leases: { pushMs: 300, pullMs: 300 } });

test("processes killed amid their deliveries lose no event and break no order", { timeout: 120_000 }, async () => {
  const seen: { sequence: number; key: string }[] = [];
  const workers = new Set<ChildProcess>();
  let killed = 0;
  const server = createServer((request, answer) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      seen.push(JSON.parse(text) as { sequence: number; key: string });
      // Some never learn that they were heard: the process is gone between the subscriber's act and its answer.
      const victim = seen.length % 25 === 0 && killed < 4 ? [...workers][0] : undefined;
      if (victim) {
        killed += 1;
        victim.kill("SIGKILL");
      } else setTimeout(() => answer.writeHead(200).end(), 3);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const start = (): void => {
    const file = fileURLToPath(new URL("./kill-worker.ts", import.meta.url));
    const worker = spawn(process.execPath, [file, database.url, address, room], { stdio: "ignore" });
    workers.add(worker);
    worker.on("exit", () => {
      workers.delete(worker);
      // The machine may be so busy that a killed process is seen to end after the last that was to be killed.
      if (seen.length < 100 || workers.size === 0) start();
    });
  };
  const subscription = {
    id: "11111111-2222-4333-8444-555555555555",
    room,
    eventType: "moved",
    subscriber: "TW/GOV/TAX/people",
    delivery: "PUSH",
    ttlSeconds: 600,
    fifo: false,
    service: "events",
    path: "",
  } as const;
  await putSubscription(database, subscription, new Date());
  for (let n = 0; n < 120; n += 1) {
    const now = new Date();
    const event = { id: uuidV7(now), room, eventType: "moved", publisher: room, payload: "{}", publishedAt: now };
    assert.ok((await store.publish({ ...event, key: `k${n % 6}` })).ok);
  }
  start();
  start();
  const done = async (): Promise<number> => (await store.backlog([room]))[0]?.done ?? 0;
  try {
    await until(async () => (await done()) === 120, "the delivery of all");
  } finally {
    for (const worker of workers) worker.removeAllListeners("exit").kill("SIGKILL");
    server.close();
    server.closeAllConnections();
  }
  assert.equal(killed, 4);
  assert.equal(new Set(seen.map(({ sequence }) => sequence)).size, 120);
  for (let key = 0; key < 6; key += 1) {
    const order = seen.filter((one) => one.key === `k${key}`).map(({ sequence }) => sequence);
    assert.deepEqual(
      order,
      order.toSorted((one, other) => one - other),
      `events of k${key} in order, some twice`,
    );
  }
});
