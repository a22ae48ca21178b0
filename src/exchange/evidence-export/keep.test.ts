import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { systemClock, uuidV7 } from "#kernel";
import { migrate } from "#store";
import { testDatabase } from "#store/testing";
import { openKeeper } from "./keep.ts";

const database = await testDatabase();
await migrate(database, "exchange", new URL("../migrations/", import.meta.url));
const keeper = openKeeper({ database, clock: systemClock, key: randomBytes(32), rules: [] });

test("a kept message names a person however the letters are written", async () => {
  const message = (head: string, body: string) => ({ head: Buffer.from(head), base: "", body: Buffer.from(body) });
  const cases = [
    ["as they are", message("GET\r\n/r1/people/A700000001\r\n", ""), true],
    ["in an address, escaped", message("GET\r\n/r1/people/%41700000001\r\n", ""), true],
    ["in JSON, escaped", message("POST\r\n/r1/people\r\n", '{"id":"\\u004170000000\\u0031"}'), true],
    ["somebody else", message("GET\r\n/r1/people/A700000002\r\n", '{"id":"\\u0041700000002"}'), false],
  ] as const;
  for (const [what, request, named] of cases) {
    const recordId = uuidV7();
    await keeper.keep(recordId, { days: 1, bodies: true }, { request }, "m-1");
    assert.equal((await keeper.mentioning("A700000001")).includes(recordId), named, what);
  }
  const name = uuidV7();
  await keeper.keep(name, { days: 1, bodies: true }, { request: message("GET\r\n/r1/%E6%9E%97%20x\r\n", "") }, "m-2");
  assert.deepEqual(await keeper.mentioning("林"), [name], "also beyond ASCII");
});
