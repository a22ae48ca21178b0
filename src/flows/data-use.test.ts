import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, beforeEach, test } from "node:test";
import { migrateConsent, usageOf } from "#consent";
import { taiwan } from "#countries/taiwan";
import { openIdentity, registerPerson } from "#identity";
import { fixedClock } from "#kernel";
import { testDatabase } from "#store/testing";
import { dataUseReads, refreshDataUse, renewDataUse, type DataUseAccess } from "./data-use.ts";

const clock = fixedClock("2026-11-22T06:00:00Z");
const database = await testDatabase();
await migrateConsent(database);
const identity = await openIdentity({
  database,
  clock,
  siteSecret: new Uint8Array(32).fill(3),
  origin: "https://portal.example",
  trustedIssuers: [],
  country: "TW",
});
const person = (await registerPerson(identity, { nationalId: "A700000001", name: "林美惠" })).id;

/** One agency's gateway, which is only a web server here: its list is numbered, newest first, 50 a page. */
const gateway = { readings: 0, asked: 0, silent: false, slow: 0 };
const words = { "zh-Hant": "戶籍", en: "Household" };
const reading = (number: number): object => ({
  id: `reading-${number}`,
  at: new Date(Date.parse("2026-11-01T00:00:00Z") + number * 1000).toISOString(),
  client: { id: "TW/GOV/TPE-SOCIAL/welfare", name: words },
  service: "TW/GOV/MOI/household/household",
  serviceTitle: words,
  fields: ["name"],
  purpose: "assistive-device-subsidy",
  legalBasis: "law",
  issue: null,
  outcome: "200",
  receipt: { entry: "e", proof: "p" },
});
const server = createServer((request, answer) => {
  void (async () => {
    gateway.asked += 1;
    const chunks = (await request.toArray()) as Buffer[];
    const { since } = JSON.parse(Buffer.concat(chunks).toString()) as { since?: string };
    await new Promise((done) => setTimeout(done, gateway.slow));
    if (gateway.silent) return void answer.writeHead(503).end();
    const newest = since === undefined ? gateway.readings : Number(since.split("-")[1]) - 1;
    const records = Array.from({ length: Math.min(50, newest) }, (_, at) => reading(newest - at));
    const next = newest > 50 ? `reading-${newest - 49}` : null;
    answer.end(JSON.stringify({ records, next }));
  })();
});
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
after(() => server.close());
const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
const portal: DataUseAccess = {
  database,
  clock,
  identity,
  country: { ...taiwan, agencies: taiwan.agencies.filter(({ key }) => key === "moi") },
  gateway: { url, client: "TW/GOV/MODA/portal" },
};

const kept = async (): Promise<number> => (await usageOf(database, person, { limit: 1, offset: 0 })).total;
const theRead = async () => (await dataUseReads(portal, person))[0]!.read;
const renew = () => renewDataUse(portal, person, { patience: 5000, onFault: (fault) => assert.fail(String(fault)) });

beforeEach(async () => {
  await database.run("delete from consent.usage");
  await database.run("delete from consent.usage_read");
  Object.assign(gateway, { readings: 3, asked: 0, silent: false, slow: 0 });
});

test("a list longer than one look is read to its end by the looks that follow, with what is new meanwhile", async () => {
  gateway.readings = 1230;
  await refreshDataUse(portal, person);
  assert.equal(await kept(), 1000);
  assert.equal((await theRead())?.cursor, "reading-231", "the page can say that something is missing");
  gateway.readings = 1233;
  await refreshDataUse(portal, person);
  assert.equal(await kept(), 1233);
  assert.equal((await theRead())?.cursor, null);
  gateway.asked = 0;
  await refreshDataUse(portal, person);
  assert.equal(gateway.asked, 1, "what is known is not read again");
});

test("a second gap before the first is filled leaves none", async () => {
  gateway.readings = 1100;
  await refreshDataUse(portal, person);
  gateway.readings = 2200;
  for (let look = 0; look < 3; look += 1) await refreshDataUse(portal, person);
  assert.equal(await kept(), 2200);
  assert.equal((await theRead())?.cursor, null);
});

test("a silent gateway keeps its last good time and its place, and is asked again after ten seconds, not at each view", async () => {
  gateway.readings = 1001;
  await renew();
  const good = clock.now();
  gateway.silent = true;
  clock.set("2026-11-22T06:01:00Z");
  await renew();
  const read = await theRead();
  assert.deepEqual(
    [read?.at, read?.triedAt, read?.fault, read?.cursor],
    [good, clock.now(), "source-unavailable", "reading-2"],
  );
  gateway.asked = 0;
  clock.set("2026-11-22T06:01:09Z");
  await renew();
  assert.equal(gateway.asked, 0);
  clock.set("2026-11-22T06:01:11Z");
  await renew();
  assert.equal(gateway.asked, 1);
});

test("views at the same time ask once, and none waits longer than its patience after the asking began", async () => {
  gateway.slow = 400;
  const began = performance.now();
  const hurried = { patience: 50, onFault: (fault: unknown) => assert.fail(String(fault)) };
  await Promise.all([renewDataUse(portal, person, hurried), renewDataUse(portal, person, hurried)]);
  await renewDataUse(portal, person, hurried);
  assert.ok(performance.now() - began < 350, "nobody waited for the slow gateway");
  assert.equal(await kept(), 0);
  await refreshDataUse(portal, person);
  assert.equal(gateway.asked, 1);
  assert.equal(await kept(), 3);
});

test("a gateway that never answered has no time at which the list was good", async () => {
  gateway.silent = true;
  await refreshDataUse(portal, person);
  assert.deepEqual([(await theRead())?.at, (await theRead())?.fault], [null, "source-unavailable"]);
});
