import assert from "node:assert/strict";
import test from "node:test";
import { acceptConfiguration } from "../configuration/configuration.ts";
import { joinConfiguration, splitConfiguration } from "../configuration/history.ts";
import { keptVersions } from "../test-store.ts";
import { peopleServices, testCountry, testWitness } from "../testing.ts";
import { bytesOf } from "./export.ts";
import { bufferAccess } from "./open-file.ts";
import { unpackedFiles } from "./testing.ts";
import { verifyContainer } from "./verify.ts";

const witness = await testWitness();
const { person } = await peopleServices();
const keepMessages = { days: 30, bodies: true };
const { at, provider, consumer, call, clock } = await testCountry({
  services: [person("kept", { keepMessages })],
  grants: [{ serviceCode: "kept" }],
  witnesses: [witness],
  consumer: { keepMessages: [{ service: "TW/GOV/REG/*", ...keepMessages }] },
});
witness.follows.push(...[provider, consumer].map(({ log }) => ({ origin: log.origin, vkey: log.vkey })));
await at.authority.setWitnesses([witness]);
for (const { gateway } of [provider, consumer]) await gateway.refresh();
const { anchor } = at.authority;
const day = 86_400_000;

test("an exchange is shown with the configuration of its time, also when both keys are gone from today's", async () => {
  const { id } = await call("kept");
  const entry = (await consumer.gateway.evidence(id))[0]!.log_entry!;
  assert.equal((await consumer.log.wait(entry, "witnessed", 5000)).stage, "witnessed");
  for (const { gateway } of [provider, consumer]) assert.ok((await gateway.rollKey("tester")).ok);
  clock.advance(2 * day);
  await at.authority.issue();
  for (const { gateway } of [provider, consumer]) await gateway.refresh();

  const made = await consumer.gateway.exports.exchange(id);
  assert.ok(made.ok);
  const bytes = await bytesOf(made.value);
  const files = await unpackedFiles(bytes);
  const read = (name: string) => {
    const accepted = acceptConfiguration(files.get(name)?.toString() ?? "", { anchor, now: clock.now() });
    assert.ok(accepted.ok, name);
    return accepted.value.body;
  };
  const record = JSON.parse(files.get("evidence/record.json")!.toString()) as { configVersion: number };
  const then = read("evidence/configuration.json");
  assert.equal(then.version, record.configVersion);
  assert.ok(read("evidence/configuration-at-export.json").version > then.version);
  const verdict = await verifyContainer(bufferAccess(bytes), { native: { anchor, now: clock.now() } });
  assert.equal(verdict.verdict, "valid", JSON.stringify(verdict.findings));
  assert.equal(verdict.facts.receivedSigner, "TW/GOV/REG", "sealed with the key of today");
});

test("of a quiet time only the newest versions stay, and re-issues share what they have in common", async () => {
  await call("kept");
  const before = (await keptVersions(consumer.database)).versions;
  for (let issue = 0; issue < 4; issue += 1) {
    clock.advance(600_000);
    await at.authority.issue();
    await consumer.gateway.refresh();
  }
  const { versions, frames } = await keptVersions(consumer.database);
  assert.ok(versions.length <= before.length + 2, `${before.join()} became ${versions.join()}`);
  assert.ok(frames < versions.length, `${frames} frames of ${versions.length} versions`);
});

test("a signed configuration that was taken apart and put together verifies", () => {
  const text = at.authority.current();
  const { frame, issue } = splitConfiguration(text);
  const again = joinConfiguration(frame, JSON.parse(issue));
  assert.deepEqual(JSON.parse(again), JSON.parse(text));
  assert.ok(acceptConfiguration(again, { anchor, now: clock.now() }).ok);
  assert.ok(!/"(version|expires)"/.test(frame));
});
