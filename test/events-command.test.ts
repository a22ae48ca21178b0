import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { mock } from "node:test";
import { listActs } from "#exchange";
import { manageEvents } from "../src/commands/manage-events.ts";
import { schema, testRoom, until } from "../src/exchange/events/testing.ts";
import { testFolder } from "../src/exchange/testing.ts";

const { room, taker, call } = await testRoom();
const site = join(testFolder(), "gateway.json");
const file = {
  site: "gateway",
  database: room.database.url,
  keys: "keys",
  instance: "TW",
  member: { memberClass: "GOV", memberCode: "REG" },
  subsystems: ["births"],
  authority: { url: "http://127.0.0.1:1", anchor: "A".repeat(43) },
  agency: { port: 1 },
  peer: { port: 2, publicAddress: "localhost:2" },
  public: { port: 3 },
  logOrigin: "log.test/reg",
  country: "none.ts",
  events: { rooms: ["births"] },
};
writeFileSync(site, JSON.stringify(file));

async function run(...asked: Parameters<typeof manageEvents>): Promise<{ status: number; text: string }> {
  const lines: string[] = [];
  const said = (line: unknown): void => void lines.push(String(line));
  const mocks = [mock.method(console, "log", said), mock.method(console, "error", said)];
  const status = await manageEvents(...asked);
  for (const one of mocks) one.mock.restore();
  return { status, text: lines.join("\n") };
}

test("dead letters are listed and sent again from the command line, under the user's name", async () => {
  await call("births", "POST /api/v1/eventType", { eventType: "moved", schema });
  const made = await call("people", "POST /api/v1/subs/moved", { eventType: "moved", options: { attempts: 1 } });
  const subscription = (made.body as { id: string }).id;
  taker.answers = () => 500;
  await call("births", "POST /pub/v1/moved", { eventType: "moved", event: { n: 1, place: "somewhere" } });
  await until(async () => (await run("dead", site, {})).text.includes("sequence 1"), "the dead letter");
  const status = await run("status", site, {});
  assert.match(status.text, /waiting 0; under way 0; delivered 0; dead letters 1, 1 attempts failed in a row/);
  assert.doesNotMatch(status.text, /somewhere/);
  taker.answers = () => 200;
  assert.deepEqual(await run("replay", site, { subscription }), { status: 0, text: "1 event sent again" });
  await until(() => taker.taken.length === 2, "the event again");
  assert.deepEqual(await run("discard", site, { subscription }), { status: 1, text: "0 events given up" });
  await until(async () => (await run("replay", site, { subscription, from: 1 })).status === 0, "the whole history");
  const acts = (await listActs(room.database)).map(({ by, act }) => `${by.split(":")[0]} ${act}`);
  assert.ok(acts.includes("cli dead-letters.replayed") && acts.includes("cli events.replayed"));
});

test("what cannot be done is said with its exit status", async () => {
  assert.equal((await run("replay", site, { subscription: "x" })).status, 1);
  assert.equal((await run("status", `${site}.none`, {})).status, 2);
  const { events: _, ...roomless } = file;
  writeFileSync(`${site}.bare`, JSON.stringify(roomless));
  const said = await run("status", `${site}.bare`, {});
  assert.deepEqual([said.status, /no subsystem is a room/.test(said.text)], [2, true]);
});
