import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import test from "node:test";
import { acceptConfiguration, configurationState, signConfiguration, type ConfigurationBody } from "./configuration.ts";
import { emptyConfiguration } from "./testing.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const anchor = publicKey.export({ format: "jwk" }).x!;
const now = new Date("2026-11-22T08:00:00Z");
const members = [{ id: "TW/GOV/MOI", name: { "zh-Hant": "內政部", en: "Interior" }, subsystems: [] }];
const text = (change: Partial<ConfigurationBody> = {}, by = privateKey): string =>
  JSON.stringify(signConfiguration(emptyConfiguration(now, { members, ...change }), [by]));
const first = acceptConfiguration(text(), { anchor, now });
assert.ok(first.ok);
const previous = first.value;

function reasonFor(document: string, o: { anchor?: string; first?: true } = {}): string {
  const trusted = o.anchor ?? anchor;
  const accepted = acceptConfiguration(document, { anchor: trusted, now, ...(o.first ? {} : { previous }) });
  return accepted.ok ? "accepted" : String(accepted.error.params?.["reason"]);
}

test("what may replace the configuration, and what may not", () => {
  const other = generateKeyPairSync("ed25519");
  assert.equal(reasonFor(text({ version: 8 })), "accepted");
  assert.equal(reasonFor(text()), "accepted");
  assert.equal(reasonFor(text({ version: 6 })), "version-went-back");
  assert.equal(reasonFor(text({ instance: "EE" })), "instance");
  assert.equal(reasonFor(text({ revokedKeys: ["k"] })), "two-contents-one-version");
  assert.equal(reasonFor(text({ version: 8, issued: "2026-11-22T08:02:00.000Z" })), "issued-in-the-future");
  assert.equal(reasonFor(text({}, other.privateKey)), "signature");
  assert.equal(reasonFor(text(), { anchor: other.publicKey.export({ format: "jwk" }).x!, first: true }), "signature");
  assert.equal(reasonFor(text().replace("內政部", "外交部")), "signature");
  assert.equal(reasonFor(text().replace('"specVersion":"1"', '"specVersion":"2"')), "format");
  assert.equal(reasonFor("{"), "format");
});

test("a member that a later version adds is covered by the signature and passed over", () => {
  assert.equal(reasonFor(text({ version: 8, more: "x" } as Partial<ConfigurationBody>)), "accepted");
  assert.equal(
    reasonFor(text({ version: 8, more: "x" } as Partial<ConfigurationBody>).replace('"more":"x"', '"more":"y"')),
    "signature",
  );
});

test("fresh, stale, expired: at the instants themselves", () => {
  const at = (instant: string) => configurationState(previous.body, new Date(instant));
  assert.equal(at("2026-11-22T08:09:59.999Z"), "fresh");
  assert.equal(at("2026-11-22T08:10:00.000Z"), "stale");
  assert.equal(at("2026-11-25T07:59:59.999Z"), "stale");
  assert.equal(at("2026-11-25T08:00:00.000Z"), "expired");
});
