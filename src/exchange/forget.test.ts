import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { commitSync, formatPolicy, subjectCommitmentSync, verifyReceipt } from "#ledger";
import { verifyPersonList } from "#ledger/lists";
import { wholeDatabase } from "#store/testing";
import { subjectLookup } from "./gateway/evidence.ts";
import type { UsageAnswer } from "./index.ts";
import { logged, peopleServices, stated, testCountry, testWitness } from "./testing.ts";

const [ann, bob] = ["A700000001", "A700000002"];
const witness = await testWitness();
const { person, hold } = await peopleServices();
const { provider, call, consent } = await testCountry({
  services: [person("open"), person("agreed", { purposeRequired: true, consent: "required" })],
  grants: [{ serviceCode: "open" }, { serviceCode: "agreed" }, { serviceCode: "findUsage" }],
  witnesses: [witness],
});
witness.follows.push({ origin: provider.log.origin, vkey: provider.log.vkey });
const witnesses = [{ name: "audit", vkey: witness.vkey }];
const policy = formatPolicy({ logs: [provider.log.vkey], witnesses, quorum: 1 });
const aboutOf = (subject: string): { subject: string; topic: string; origin: string } => ({
  subject,
  topic: "readings:TW/GOV/REG/people",
  origin: provider.log.origin,
});

async function usageOf(subject: string): Promise<UsageAnswer> {
  return (await call("findUsage", { path: "/v1/search", body: JSON.stringify({ subject }) }))
    .body as unknown as UsageAnswer;
}

/** What is known once every reading has its receipt and stands on the proven list. */
async function settled(subject: string, readings: number): Promise<UsageAnswer> {
  for (let tries = 0; tries < 200; tries += 1) {
    const usage = await usageOf(subject);
    if (usage.list?.positions.length === readings && usage.records.every(({ receipt }) => receipt)) return usage;
    await new Promise((wake) => setTimeout(wake, 20));
  }
  throw new Error("the list is not proven in time");
}

/** Every 32 bytes in a copy of a database that could be a salt or a key. */
function secretsIn(copy: string): Buffer[] {
  const texts = copy.matchAll(/(?<![\w+/-])(?:([\w-]{43})|([A-Za-z0-9+/]{43}=)|\\+x([0-9a-f]{64}))(?![\w+/=-])/g);
  const found = [...texts].map(([, url64, plain64, hex]) =>
    Buffer.from(url64 ?? plain64 ?? hex!, url64 ? "base64url" : plain64 ? "base64" : "hex"),
  );
  return [...new Map(found.map((secret) => [secret.toString("hex"), secret])).values()];
}

/**
 * The entries that somebody ties to a person who has the whole database, and knows the person's identifier and the very
 * messages: each secret tried on each commitment, as a salt and as a person's key.
 */
async function linked(copy: string, subject: string, messages: readonly string[]): Promise<number[]> {
  const secrets = secretsIn(copy);
  const entries = await logged(provider);
  return entries.flatMap((entry, at) => {
    const opens = secrets.some((secret) => {
      const salt = createHmac("sha256", secret).update(`taroko/person-salt/v1\0${entry["pair"]}`).digest();
      if ([secret, salt].some((tried) => subjectCommitmentSync(subject, tried) === entry["sub"])) return true;
      const values = messages.map((message) => commitSync(message, secret));
      return ["req", "res", "rec", "con"].some((field) => values.includes(entry[field]!));
    });
    return opens ? [at] : [];
  });
}

test("after a person was forgotten nobody who has the database ties an entry to them, and every proof stays", async () => {
  const ids: string[] = [];
  for (const [service, id] of [
    ["open", ann],
    ["open", bob],
    ["agreed", ann],
    ["open", ann],
  ] as const) {
    const headers = service === "agreed" ? { ...stated, "taroko-consent": await consent() } : {};
    const answer = await call(service, { headers, body: JSON.stringify({ id }) });
    assert.equal(answer.status, 200);
    if (id === ann) ids.push(answer.id);
  }
  const [before, bobs] = [await settled(ann, 3), await settled(bob, 1)];

  // The attacker may know all that was in the messages and records about her.
  const rows = (await Promise.all(ids.map((id) => provider.gateway.evidence(id)))).flat();
  const records = rows.map(({ record }) => JSON.parse(record!) as Record<string, string>);
  const digests = records.flatMap((one) => [one["requestHash"]!, one["requestContentDigest"]!]);
  const signatures = records.flatMap((one) =>
    [one["requestSignature"], one["responseSignature"]].flatMap((made) => {
      const { sig, baseDigest } = made as unknown as { sig: string; baseDigest: string };
      return [sig, baseDigest];
    }),
  );
  const messages = [...digests, ...rows.map(({ record }) => record!), "consent-1"];
  const lookupKey = Buffer.from(readFileSync(join(provider.options.keysFolder, "lookup.key"), "utf8"), "base64url");
  const traces = [
    Buffer.from(subjectLookup(ann, lookupKey)).toString("hex"),
    createHash("sha512")
      .update(JSON.stringify({ id: ann }))
      .digest("base64"),
    ...digests,
    ...signatures,
    ...rows.flatMap(({ salts }) => Object.entries(salts).flatMap(([name, salt]) => (name === "label" ? [] : salt))),
    Buffer.from(before.list!.key!, "base64url").toString("hex"),
  ];
  const entriesOf = async (): Promise<[ann: number[], bob: number[]]> => {
    const copy = await wholeDatabase(provider.database);
    return [await linked(copy, ann, messages), await linked(copy, bob, [])];
  };
  const [annsEntries, bobsEntries] = await entriesOf();
  // Her three readings and the look-ups of them; so the attack works.
  assert.ok(annsEntries.length >= 4 && bobsEntries.length >= 2, JSON.stringify([annsEntries, bobsEntries]));
  const whole = await wholeDatabase(provider.database);
  for (const trace of traces) assert.ok(whole.includes(trace), `${trace} is where the test looks for it`);

  const looked = (await logged(provider)).length;
  const forgotten = await provider.gateway.forget(ann, "pdpa-11");
  assert.ok(forgotten.ok);
  assert.deepEqual(forgotten.value, { keys: true, records: annsEntries.length, messages: 0 });
  assert.equal((await logged(provider)).length, looked);

  const copy = await wholeDatabase(provider.database);
  for (const trace of [ann, ...traces]) assert.ok(!copy.includes(trace), `the database still has ${trace}`);
  const [hers, his] = await entriesOf();
  assert.deepEqual(hers, []);
  assert.deepEqual(his, bobsEntries, "nobody else is touched");

  // What stays proves the exchange between the agencies.
  const [kept] = await provider.gateway.evidence(ids[0]!);
  const said = JSON.parse(kept!.record!) as Record<string, unknown>;
  assert.deepEqual([said["client"], said["outcome"], said["forgotten"]], ["TW/GOV/PORTAL/app", "200", true]);
  assert.equal(said["pair"], (await logged(provider))[annsEntries[0]!]!["pair"]);

  for (const { receipt } of [...before.records, ...bobs.records]) {
    const verdict = await verifyReceipt(receipt!, policy);
    assert.ok(verdict.ok, JSON.stringify(verdict));
  }
  assert.ok((await verifyPersonList(before.list!, aboutOf(ann), policy)).ok, "what she was given is hers");
  assert.ok((await verifyPersonList((await settled(bob, 1)).list!, aboutOf(bob), policy)).ok);
  const asked = await usageOf(ann);
  assert.deepEqual([asked.records, asked.list], [[], null]);
  const basisEntries = async (): Promise<number> =>
    (await provider.log.entries(0n, 1000)).filter(({ entry }) => entry.includes('"basis":"pdpa-11"')).length;
  // A log gathers for a second while nobody waits for it.
  for (let tries = 0; tries < 100 && (await basisEntries()) === 0; tries += 1)
    await new Promise((next) => setTimeout(next, 50));
  assert.equal(await basisEntries(), 1);
});

test("nobody is forgotten amid an exchange, nor for a basis that is no code; a stranger leaves nothing to forget", async () => {
  const { reached, release } = hold();
  const answer = call("open", { body: JSON.stringify({ id: bob }) });
  await reached;
  const refused = await provider.gateway.forget(bob, "pdpa-11");
  assert.deepEqual(refused, { ok: false, error: { code: "person-in-use" } });
  release();
  assert.equal((await answer).status, 200);
  await assert.rejects(provider.gateway.forget(bob, "because he asked"), { code: "entry-refused" });
  assert.equal((await settled(bob, 2)).records.length, 2, "what failed changed nothing");
  const nobody = await provider.gateway.forget("A700000003", "pdpa-11");
  assert.deepEqual(nobody, { ok: true, value: { keys: false, records: 0, messages: 0 } });
});
