import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { taiwan } from "#countries/taiwan";
import { findPrincipal, openIdentity, registerPerson, type ActingParty } from "#identity";
import { fixedClock, uuidV7 } from "#kernel";
import { testDatabase } from "#store/testing";
import { confirmActing, confirmedMandates, mayGoOn, stillRepresents, type RegisterAccess } from "./mandates.ts";

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

/** What the registers say now, behind a gateway that is only a web server here; a register without rows is away. */
let rows: readonly object[] = [];
let officers: readonly object[] | undefined = [];
let household: "there" | "away" = "there";
const asked: string[] = [];
const gateway = createServer((request, answer) => {
  const company = request.url?.includes("/company-register/") === true;
  asked.push(company ? "company" : "family");
  const said = company ? officers : household === "there" ? rows : undefined;
  answer.writeHead(said ? 200 : 500).end(JSON.stringify({ rows: said, next: null }));
});
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

const director = {
  company_number: "D0000002",
  company_name: "示範木工有限公司",
  position: "董事",
  signs: "alone",
  valid_until: null,
};

test("the company register names whom one represents, how, and until when", async () => {
  rows = [];
  officers = [
    director,
    { ...director, company_number: "D0000003", signs: "jointly" },
    { ...director, company_number: "D0000004", valid_until: "2026-11-21" }, // left yesterday
    { ...director, company_number: "D0000005", valid_until: "2026-11-22" }, // leaves tonight
  ];
  const { mandates, missing } = await confirmedMandates(portal, daughter.id);
  assert.deepEqual(missing, []);
  assert.deepEqual(
    mandates.map(({ kind, principal, scopes }) => [kind, principal.organisation, principal.nationalId, scopes.join()]),
    [
      ["company-officer", true, "D0000002", "company:view,company:appoint"],
      ["company-officer", true, "D0000003", "company:view"],
      ["company-officer", true, "D0000005", "company:view,company:appoint"],
    ],
  );
});

test("a register that does not answer takes only its own away, and is named", async () => {
  rows = [row];
  officers = undefined;
  const without = await confirmedMandates(portal, daughter.id);
  assert.deepEqual(
    [without.mandates.map(({ kind }) => kind), without.missing.map(({ about }) => about)],
    [["relative"], ["company"]],
  );
  officers = [director];
  household = "away";
  const other = await confirmedMandates(portal, daughter.id);
  assert.deepEqual(
    [other.mandates.map(({ kind }) => kind), other.missing.map(({ about }) => about)],
    [["company-officer"], ["family"]],
  );
  household = "there";
});

test("what a mandate stands on is asked again, and no other register", async () => {
  rows = [row];
  officers = undefined;
  asked.length = 0;
  assert.equal(outcome(await stillRepresents(portal, { person: daughter, acting }, state)), "ok");
  assert.deepEqual(asked, ["family"]);
  household = "away";
  assert.equal(outcome(await stillRepresents(portal, { person: daughter, acting }, state)), "source-unavailable");
  household = "there";
});

test("a child is a ward up to the day before the eighteenth birthday, and of nobody after it", async () => {
  const child = { ...row, kind: "guardian", valid_until: "2026-11-22" };
  rows = [child];
  officers = [];
  clock.set("2026-11-22T15:00:00Z");
  assert.equal((await confirmedMandates(portal, daughter.id)).mandates[0]?.kind, "guardian");
  clock.set("2026-11-22T16:00:00Z");
  assert.deepEqual((await confirmedMandates(portal, daughter.id)).mandates, []);
  rows = [{ ...row, kind: "friend" }];
  assert.deepEqual((await confirmedMandates(portal, daughter.id)).mandates, [], "a relation that nobody defined");
});

test("who appoints for a company is its officer now, and as the register says now how they sign", async () => {
  const firm = { ...director, company_number: "D0000009" };
  officers = [firm];
  const [mandate] = (await confirmedMandates(portal, daughter.id)).mandates.filter((one) => one.principal.organisation);
  const principal = await findPrincipal(identity, mandate!.principal);
  const known = await identity.store.putPerson({
    id: uuidV7(clock.now()),
    sealed: Buffer.alloc(1),
    index: identity.keys.blindIndex("NTRTW-D0000009"),
    name: firm.company_name,
    at: clock.now(),
  });
  assert.equal(principal, undefined);
  const { source, scopes, validTo } = mandate!;
  const party: ActingParty = { personId: known.id, name: known.name, kind: "company-officer", source, scopes, validTo };
  const asked = { person: daughter, acting: party };
  for (const [says, expected] of [
    [[firm], "company:view,company:appoint"],
    [[{ ...firm, signs: "jointly" }], "company:view"],
    [[], "not-confirmed"],
    [[{ ...firm, company_number: "D0000002" }], "not-confirmed"],
    [[{ ...firm, valid_until: "2026-11-21" }], "not-confirmed"],
    [undefined, "source-unavailable"],
  ] as const) {
    officers = says;
    const now = await confirmActing(portal, asked);
    assert.equal(now.ok ? now.value.acting?.scopes.join() : now.error.code, expected);
  }
  const self = await confirmActing(portal, { person: daughter });
  assert.ok(self.ok && !("acting" in self.value), "for oneself nobody is asked");
});
