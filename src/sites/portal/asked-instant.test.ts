import assert from "node:assert/strict";
import { test } from "node:test";
import { testDatabase } from "#store/testing";
import { askedInstant } from "./asked-instant.ts";

test("an instant in an address is one the database takes, or none", async () => {
  const database = await testDatabase();
  const take = (at: Date | undefined) => database.run("select $1::timestamptz", [at ?? null]);
  await assert.rejects(take(new Date("-200000-01-01T00:00:00Z")), "what an address could say until now");
  for (const [text, expected] of [
    ["2026-03-02T01:00:00.000Z", "2026-03-02T01:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
    ["-200000-01-01T00:00:00Z", undefined],
    ["+200000-01-01T00:00:00Z", undefined],
    ["0000-01-01", undefined],
    ["yesterday", undefined],
    ["", undefined],
    [undefined, undefined],
  ] as const) {
    const at = askedInstant(text);
    assert.equal(at?.toISOString(), expected);
    await take(at);
  }
});
