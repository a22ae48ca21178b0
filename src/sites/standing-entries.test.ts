import assert from "node:assert/strict";
import { test } from "node:test";
import { registers, taiwan } from "#countries/taiwan";
import { fixedClock } from "#kernel";
import { generateLogKey, generateWitnessKey, openLog, witnessVkey } from "#ledger";
import { openApiOf } from "#registries";
import { testDatabase } from "#store/testing";
import { gatewayKinds, portalKinds } from "./log-kinds.ts";
import { enterStanding, type PublicDocument } from "./standing-entries.ts";

const clock = fixedClock("2026-11-22T08:00:00Z");
const member = "TW/GOV/MODA";

async function someSite(kinds: typeof portalKinds) {
  const database = await testDatabase();
  const origin = "site.test/log";
  const log = await openLog({ database, origin, key: generateLogKey(origin), clock, kinds });
  const enter = (documents: readonly PublicDocument[], witnesses: readonly string[] = []) =>
    enterStanding({
      database,
      log,
      clock,
      member,
      documents,
      witnesses: witnesses.map((name) => ({ name, vkey: vkeys(name), url: "http://witness.test" })),
    });
  const entries = async (expected: number): Promise<Record<string, string>[]> => {
    log.start();
    while ((await log.status()).size < BigInt(expected)) await new Promise((next) => setTimeout(next, 10));
    const all = await log.entries(0n, 100);
    await log.stop();
    return all.map(({ entry }) => JSON.parse(entry) as Record<string, string>);
  };
  return { database, log, enter, entries };
}

const made = new Map<string, string>();
function vkeys(name: string): string {
  if (!made.has(name)) made.set(name, witnessVkey(generateWitnessKey(name)));
  return made.get(name)!;
}

test("what stands is entered when it changes, when it comes back, and not again", async () => {
  const site = await someSite(portalKinds);
  const model = (content: string): PublicDocument => ({ what: "decision-model", name: "subsidy", content });
  const steps: [documents: PublicDocument[], witnesses: string[], entered: number][] = [
    [[model("<a/>")], ["w1"], 2],
    [[model("<a/>")], ["w1"], 0],
    [[model("<b/>")], ["w1"], 1],
    [[model("<a/>")], ["w1"], 1],
    [[model("<a/>")], ["w1", "w2"], 1],
  ];
  for (const [documents, witnesses, entered] of steps)
    assert.deepEqual(await site.enter(documents, witnesses), { entered });
  const entries = await site.entries(5);
  assert.deepEqual(
    entries.map((entry) => [entry["t"], entry["quorum"] ?? entry["name"]]),
    [
      ["ledger.policy", "1"],
      ["document.published", "subsidy"],
      ["document.published", "subsidy"],
      ["document.published", "subsidy"],
      ["ledger.policy", "2"],
    ],
  );
  assert.equal(entries[1]?.["dig"], entries[3]?.["dig"]);
  assert.notEqual(entries[1]?.["dig"], entries[2]?.["dig"]);
});

test("a start that is rolled back enters nothing, and the next one all of it", async () => {
  const { database, log, enter } = await someSite(portalKinds);
  const bad: PublicDocument = { what: "decision-model", name: "二", content: "<a/>" };
  await assert.rejects(enter([{ ...bad, name: "one" }, bad]), { code: "entry-refused" });
  assert.deepEqual(await enter([{ ...bad, name: "one" }]), { entered: 2 });
  await assert.rejects(
    database.transaction(async (tx) => {
      const entry = {
        v: 1,
        t: "document.published",
        at: "2026-11-22T08:00:00Z",
        member,
        what: "decision-model",
      } as const;
      assert.ok(await log.appendChange(tx, "decision-model/one", { ...entry, name: "one", dig: "A".repeat(43) }));
      throw new Error("rolled back");
    }),
  );
  assert.deepEqual(await enter([{ ...bad, name: "one" }]), { entered: 0 });
});

test("every service, rule table and register of the demonstration country can be entered", async () => {
  const portal = await someSite(portalKinds);
  const documents: PublicDocument[] = [
    ...taiwan.services.map(({ id, version, ...rest }) => ({
      what: "service-definition" as const,
      name: id,
      version,
      content: { id, version, ...rest },
    })),
    ...Object.entries(taiwan.models).flatMap(([id, versions]) =>
      versions.map((content, at) => ({ what: "decision-model" as const, name: `${id}/${at}`, content })),
    ),
  ];
  assert.deepEqual(await portal.enter(documents), { entered: documents.length + 1 });
  const gateway = await someSite(gatewayKinds);
  const services = registers.map(({ declaration }) => ({
    what: "data-service" as const,
    name: `${declaration.subsystem}/${declaration.service}`,
    content: openApiOf(declaration),
  }));
  assert.deepEqual(await gateway.enter(services), { entered: services.length + 1 });
});
