import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { taiwan } from "#countries/taiwan";
import { openIdentity, registerPerson, type ActingParty } from "#identity";
import { fixedClock } from "#kernel";
import { testDatabase } from "#store/testing";
import { confirmedMandates, mayGoOn, stillRepresents, type RegisterAccess } from "./mandates.ts";

const clock = fixedClock("2026-11-22T06:00:00Z");
const database = await testDatabase();
const identity = await openIdentity({
  database,
  clock,
  siteSecret: new Uint8Array(32).fill(3),
  origin: "https://portal.example",
  trustedIssuers: [],
  country: "TW",
});
const daughter = await registerPerson(identity, { nationalId: "A700000001", name: "林美惠" });
const mother = await registerPerson(identity, { nationalId: "A700000009", name: "林陳秀英" });
const service = "assistive-device-subsidy";
const state = { service, principal: { person: mother.id, name: mother.name } };
const acting: ActingParty = {
  personId: mother.id,
  name: mother.name,
  kind: "relative",
  source: { service: "TW/GOV/MOI/household/representation", exchangeId: "x", at: "2026-11-22T05:00:00Z" },
  scopes: [`${service}:apply`],
  validTo: "2026-11-23T05:00:00Z",
};

/** What the household register says now, behind a gateway that is only a web server here. */
let rows: readonly object[] = [];
const gateway = createServer((_, answer) => void answer.end(JSON.stringify({ rows, next: null })));
await new Promise<void>((done) => gateway.listen(0, "127.0.0.1", done));
after(() => gateway.close());
const url = `http://127.0.0.1:${(gateway.address() as { port: number }).port}`;
const portal: RegisterAccess = { clock, country: taiwan, identity, gateway: { url, client: "TW/GOV/MODA/portal" } };

const row = { principal_id: "A700000009", principal_name: "林陳秀英", kind: "relative", valid_until: null };
const outcome = (result: { ok: true } | { ok: false; error: { code: string } }) =>
  result.ok ? "ok" : result.error.code;

test("a draft goes on for oneself, or under the mandate in use now", () => {
  const own = { service, principal: { person: daughter.id, name: daughter.name } };
  for (const [session, about, expected] of [
    [{ person: daughter }, own, "ok"],
    [{ person: daughter, acting }, own, "ok"],
    [{ person: daughter, acting }, state, "ok"],
    [{ person: daughter }, state, "not-confirmed"],
    [{ person: daughter, acting: { ...acting, personId: "someone-else" } }, state, "not-confirmed"],
    [{ person: daughter, acting: { ...acting, validTo: "2026-11-22T06:00:00Z" } }, state, "mandate-expired"],
    [{ person: daughter, acting: { ...acting, scopes: ["other:apply"] } }, state, "mandate-scope"],
  ] as const)
    assert.equal(outcome(mayGoOn(portal, session, about)), expected);
});

test("before signing the register must still name the same person, under the same mandate, not over", async () => {
  for (const [says, expected] of [
    [[row], "ok"],
    [[], "not-confirmed"],
    [[{ ...row, kind: "guardian" }], "not-confirmed"],
    [[{ ...row, valid_until: "2026-11-20" }], "not-confirmed"],
    [[{ ...row, principal_id: "A700000005" }], "not-confirmed"], // another person of the same name
  ] as const) {
    rows = says;
    assert.equal(outcome(await stillRepresents(portal, { person: daughter, acting }, state)), expected);
  }
});

test("a mandate ends with its last day in the country, not in Greenwich", async () => {
  rows = [{ ...row, valid_until: "2026-11-22" }];
  for (const [now, expected] of [
    ["2026-11-22T15:59:00Z", "ok"],
    ["2026-11-22T16:00:00Z", "not-confirmed"],
  ] as const) {
    clock.set(now);
    assert.equal(outcome(await stillRepresents(portal, { person: daughter, acting }, state)), expected);
  }
});

test("what the session keeps of a mandate ends at the same instant; one without an end is asked again within a day", async () => {
  clock.set("2026-11-22T06:00:00Z");
  for (const [last, validTo] of [
    ["2026-11-22", "2026-11-22T16:00:00.000Z"],
    [null, "2026-11-23T06:00:00.000Z"],
  ] as const) {
    rows = [{ ...row, valid_until: last }];
    const mandates = await confirmedMandates(portal, daughter.id);
    assert.deepEqual(
      mandates.mandates.map((mandate) => mandate.validTo),
      [validTo],
    );
  }
});
