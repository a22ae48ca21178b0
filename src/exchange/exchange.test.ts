import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import test from "node:test";
import { formatPolicy, verifyReceipt } from "#ledger";
import { openRegister, type FieldDeclaration, type RegisterDeclaration } from "#registries";
import { testDatabase } from "#store/testing";
import type { UsageAnswer } from "./index.ts";
import { logged, named, stated, testCountry, testWitness } from "./testing.ts";

/** The agency's own table, as it was before anybody thought of an exchange. */
const agencyDatabase = await testDatabase();
await agencyDatabase.query("create table public.person (id text primary key, name text not null, income int not null)");
await agencyDatabase.query("insert into person values ('A700000001', '林小明', 7), ('A700000002', '王大同', 9)");
const field = (type: FieldDeclaration["type"]): FieldDeclaration => ({
  title: named("field"),
  type,
  sensitivity: "personal",
});
const people: RegisterDeclaration = {
  subsystem: "people",
  service: "open",
  title: named("People"),
  table: "public.person",
  key: ["id"],
  subject: "id",
  fields: { id: field("text"), name: field("text"), income: field("integer") },
};
const registers = [
  people,
  { ...people, service: "guarded", purposeRequired: true },
  { ...people, service: "agreed", purposeRequired: true, consent: "required" as const },
  { ...people, service: "closed" },
];

const witness = await testWitness();
const law = { purposes: ["subsidy"], legalBases: ["tw:law"] };
const { provider, consumer, call, consent } = await testCountry({
  services: await Promise.all(registers.map(async (one) => (await openRegister(one, agencyDatabase)).service)),
  grants: [
    { serviceCode: "open" },
    { serviceCode: "guarded", ...law, fields: ["id", "name"] },
    { serviceCode: "agreed", ...law },
    { serviceCode: "findUsage" },
  ],
  witnesses: [witness],
});
witness.follows.push(...[provider, consumer].map(({ log }) => ({ origin: log.origin, vkey: log.vkey })));

async function recordOf(id: string): Promise<Record<string, unknown>> {
  const [row] = await provider.gateway.evidence(id);
  return JSON.parse(row?.record ?? "{}") as Record<string, unknown>;
}

test("a call crosses both gateways and both logs", async () => {
  const answer = await call("open", { headers: { "x-road-id": "m-1", "x-road-issue": "case-7" } });
  assert.deepEqual([answer.status, answer.body], [200, { id: "A700000001", name: "林小明", income: 7 }]);
  assert.equal(answer.headers.get("x-road-id"), "m-1");
  assert.equal(answer.headers.get("x-road-client"), "TW/GOV/PORTAL/app");
  assert.equal(answer.headers.get("x-road-service"), "TW/GOV/REG/people/open");
  assert.match(answer.headers.get("x-road-request-hash") ?? "", /^[A-Za-z0-9+/]{86}==$/);

  const [sent] = await consumer.gateway.evidence(answer.id);
  const [received] = await provider.gateway.evidence(answer.id);
  const [mine, theirs] = [(await logged(consumer)).at(-1)!, (await logged(provider)).at(-1)!];
  assert.deepEqual([mine["role"], theirs["role"]], ["consumer", "provider"]);
  assert.deepEqual([mine["member"], mine["peer"]], [theirs["peer"], theirs["member"]]);
  for (const member of ["pair", "req", "res", "service", "out"]) assert.equal(mine[member], theirs[member], member);
  assert.ok(theirs["sub"] && mine["sub"] === undefined);
  for (const entry of [mine, theirs]) assert.doesNotMatch(JSON.stringify(entry), /A7000|case-7|m-1|林/);
  assert.ok(sent && sent.salts.req === received?.salts.req);
  assert.deepEqual((await recordOf(answer.id))["fieldsReleased"], ["id", "name", "income"]);
});

test("a provider's own refusal passes unchanged, and is no gateway error", async () => {
  const answer = await call("open", { body: '{"id":"A700000009"}' });
  assert.deepEqual([answer.status, answer.headers.get("x-road-error")], [404, null]);
  assert.equal(answer.body["type"], "/problems/record-not-found");
});

test("only the fields of the right leave the provider", async () => {
  const answer = await call("guarded", { headers: stated });
  assert.deepEqual(answer.body, { id: "A700000001", name: "林小明" });
  assert.deepEqual((await recordOf(answer.id))["fieldsDropped"], ["income"]);
});

test("with consent the agreed fields are released, and the log holds a commitment to the consent", async () => {
  const answer = await call("agreed", { headers: { ...stated, "taroko-consent": await consent() } });
  assert.deepEqual([answer.status, answer.body], [200, { name: "林小明" }]);
  assert.match((await logged(provider)).at(-1)!["con"]!, /^[A-Za-z0-9_-]{43}$/);
});

test("metaservices answer without a right", async () => {
  const codes = (body: Record<string, unknown>): string[] =>
    (body["service"] as { service_code: string }[]).map((one) => one.service_code);
  const meta = (name: string, query: string = "") => call(name, { method: "GET", path: query });
  const listed = await fetch(`${consumer.agencyUrl}/listClients`, { headers: { accept: "application/json" } });
  assert.equal(((await listed.json()) as { member: unknown[] }).member.length, 6);
  assert.deepEqual(codes((await meta("listMethods")).body), ["open", "guarded", "agreed", "closed", "findUsage"]);
  assert.deepEqual(codes((await meta("allowedMethods")).body), ["open", "guarded", "agreed", "findUsage"]);
  assert.equal((await meta("getOpenAPI", "?serviceCode=open")).body["openapi"], "3.1.0");
  assert.equal((await meta("getOpenAPI")).body["message"], "Missing serviceCode in message body");
});

test("the agency side answers under addresses, localhost and listed names only, so that no web page can turn its name to it", async () => {
  const { hostname, port } = new URL(consumer.agencyUrl);
  const statusUnder = async (host: string): Promise<number | undefined> => {
    const asked = request({ hostname, port, path: "/listClients", headers: { host } }).end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
  for (const host of [`127.0.0.1:${port}`, "10.0.0.7", "[::1]:80", "localhost", "LocalHost:1", "gw.agency.test:5600"])
    assert.equal(await statusUnder(host), 200, host);
  for (const host of ["evil.test", "127.0.0.1.evil.test", "[evil.test]", "localhost:1:2", "evil.gw.agency.test"])
    assert.equal(await statusUnder(host), 421, host);
  const lost = await fetch(`${consumer.agencyUrl}/r`);
  assert.deepEqual([lost.status, lost.headers.get("content-type")], [404, "application/problem+json"]);
  assert.equal(((await lost.json()) as { type: string }).type, "/problems/service-unknown");
});

test("a person sees who used their data, newest first, and each line proves itself", async () => {
  const entry = (await provider.gateway.evidence((await call("open")).id))[0]!.log_entry!;
  assert.equal((await provider.log.wait(entry, "witnessed", 5000)).stage, "witnessed");
  const found = await call("findUsage", { path: "/v1/search", body: '{"subject":"A700000001"}' });
  const { records, next } = found.body as unknown as UsageAnswer;
  assert.deepEqual([records.length, next], [4, null]);
  const agreed = records.find((one) => one.service.endsWith("/agreed"));
  assert.deepEqual(
    [agreed?.client, agreed?.purpose, agreed?.legalBasis, agreed?.fields, agreed?.outcome],
    [{ id: "TW/GOV/PORTAL/app", name: named("app") }, "subsidy", "tw:law", ["name"], "200"],
  );
  const ids = records.map((one) => one.id);
  assert.deepEqual(ids, ids.toSorted().toReversed());

  const witnesses = [{ name: "audit", vkey: witness.vkey }];
  const policy = formatPolicy({ logs: [provider.log.vkey], witnesses, quorum: 1 });
  for (const { receipt } of records) {
    const verdict = await verifyReceipt(receipt!, policy);
    assert.ok(verdict.ok, JSON.stringify(verdict));
  }
  const opened = agreed?.receipt?.opening?.["commitments"] as unknown as Record<
    string,
    { salt: string; value: string }
  >;
  assert.deepEqual(Object.keys(opened).toSorted(), ["con", "rec", "sub"]);
  const other = structuredClone(agreed!.receipt!) as unknown as {
    opening: { commitments: { sub: { value: string } } };
  };
  other.opening.commitments.sub.value = "A700000002";
  const wrong = await verifyReceipt(other as unknown as (typeof records)[0]["receipt"] & object, policy);
  assert.ok(!wrong.ok && wrong.step === "opening");
});

test("nobody else's readings are shown, and a malformed question is told so", async () => {
  const ask = (body: string) => call("findUsage", { path: "/v1/search", body });
  assert.deepEqual((await ask('{"subject":"A700000003"}')).body["records"], []);
  for (const body of ["{}", "[]", "no", '{"subject":""}', '{"subject":" A700000001"}', '{"subject":["A700000001"]}']) {
    assert.equal((await ask(body)).body["problem"], "/problems/subject-invalid", body);
  }
  const refused = await ask('{"subject":"A700000001","since":"1"}');
  assert.deepEqual([refused.status, refused.body["type"]], [400, "/problems/call-malformed"]);
});
