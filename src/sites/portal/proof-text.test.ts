import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "#ui";
import { proofText } from "./proof-text.ts";

const [low, substantial, high] = ["low", "substantial", "high"].map((level) => ({
  acr: `urn:taroko:loa:${level}` as "urn:taroko:loa:high",
})) as [{ acr: "urn:taroko:loa:high" }, { acr: "urn:taroko:loa:high" }, { acr: "urn:taroko:loa:high" }];
const text = (of: object): string | undefined => {
  const said = proofText({ dataNeeds: [], ...of });
  return said && plain(said, "en");
};

test("what a service demands is said before anybody begins, whatever part of it demands it", () => {
  assert.equal(text({}), undefined);
  assert.equal(text({ assurance: { start: low, send: low } }), undefined);
  assert.equal(text({ assurance: { start: substantial, send: substantial } }), "Your card or a passkey");
  assert.match(text({ assurance: { start: substantial, send: { ...substantial, highValue: true } } })!, /a day old/);
  assert.match(text({ assurance: { start: substantial, send: high } })!, /before you send it/);
  assert.equal(text({ assurance: { start: high, send: high } }), "Sign in with your card");
  assert.equal(text({ dataNeeds: [{ assurance: high }] }), "Sign in with your card", "fetched at the beginning");
});
