import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { fixedClock } from "#kernel";
import { testDatabase } from "#store/testing";
import { testIdentity } from "../testing.ts";
import type { Verified } from "./authenticator.ts";
import { personOfCard } from "./bind-card.ts";

const clock = fixedClock("2026-03-02T01:00:00Z");
const database = await testDatabase();
let asked = 0;
const identity = {
  ...(await testIdentity(database, clock)),
  resolvePerson: async () => {
    asked += 1;
    return "differs" as never;
  },
};
const card = (): Verified => ({ certificate: { fingerprint: randomBytes(32) }, claims: { name: "林" } }) as never;
const guess = (verified: Verified, at: number) =>
  personOfCard(identity, "hipki", verified, {
    number: `A70000${String(at).padStart(4, "0")}`,
    birthDate: "1974-05-18",
  });

test("many tries with one card at one moment ask the register five times, and say no more than one would", async () => {
  const one = card();
  const said = await Promise.all(Array.from({ length: 40 }, (_, at) => guess(one, at)));
  assert.equal(asked, 5);
  assert.deepEqual(
    new Set(said.map((result) => (result.ok ? "ok" : result.error.code))),
    new Set(["person-not-confirmed"]),
  );
  // Another card has tries of its own, and this one has some again a day later.
  await guess(card(), 1);
  assert.equal(asked, 6);
  await guess(one, 50);
  assert.equal(asked, 6);
  clock.advance(86_400_001);
  await guess(one, 51);
  assert.equal(asked, 7);
});
