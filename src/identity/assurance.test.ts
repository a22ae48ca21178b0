import assert from "node:assert/strict";
import { test } from "node:test";
import { meetsDemand, presentAcr } from "./assurance.ts";
import type { AssuranceDemand, Session } from "./contract.ts";

const now = new Date("2026-11-22T04:00:00Z");
const ago = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
const [low, substantial, high] = ["low", "substantial", "high"].map((level) => `urn:taroko:loa:${level}`) as [
  Session["acr"],
  Session["acr"],
  Session["acr"],
];

test("high lasts fifteen minutes, and nothing else decays", () => {
  assert.equal(presentAcr(high, ago(15), now), high);
  assert.equal(presentAcr(high, ago(15.01), now), substantial);
  assert.equal(presentAcr(substantial, ago(400), now), substantial);
  assert.equal(presentAcr(low, ago(400), now), low);
});

type Proof = Parameters<typeof meetsDemand>[0];
const rows: readonly [string, Proof, AssuranceDemand | undefined, string][] = [
  ["no demand", { acr: low, authTime: ago(400) }, undefined, "met"],
  ["a card for high", { acr: high, authTime: ago(1) }, { acr: high }, "met"],
  ["an old card for high", { acr: high, authTime: ago(16) }, { acr: high }, high],
  ["an old card for substantial", { acr: high, authTime: ago(16) }, { acr: substantial }, "met"],
  ["a passkey for high", { acr: substantial, authTime: ago(1) }, { acr: high }, high],
  ["too long ago", { acr: substantial, authTime: ago(6) }, { acr: substantial, maxAgeMinutes: 5 }, substantial],
  ["just in time", { acr: substantial, authTime: ago(5) }, { acr: substantial, maxAgeMinutes: 5 }, "met"],
  [
    "a new passkey for what moves money asks for the card",
    { acr: substantial, authTime: ago(1), keySince: ago(60) },
    { acr: substantial, highValue: true },
    high,
  ],
  [
    "a new passkey for the rest",
    { acr: substantial, authTime: ago(1), keySince: ago(60) },
    { acr: substantial },
    "met",
  ],
  [
    "a passkey of yesterday",
    { acr: substantial, authTime: ago(1), keySince: ago(24 * 60) },
    { acr: substantial, highValue: true },
    "met",
  ],
  ["a level that is none of ours", { acr: high, authTime: now }, { acr: "urn:other" as Session["acr"] }, "urn:other"],
];

for (const [title, session, demand, expected] of rows)
  test(`a demand: ${title}`, () => {
    const met = meetsDemand(session, demand, now);
    assert.equal(met.ok ? "met" : met.error.params?.["acr"], expected);
  });
