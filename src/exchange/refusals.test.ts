import assert from "node:assert/strict";
import test from "node:test";
import { freshKey, logged, peopleServices, stated, testCountry, type TestCall } from "./testing.ts";

const { person } = await peopleServices();
const law = { purposes: ["subsidy"], legalBases: ["tw:law"] };
const { provider, app, clock, call, consent } = await testCountry({
  services: [
    person("open", { openapi: { openapi: "3.1.0" } }),
    person("guarded", { purposeRequired: true }),
    person("agreed", { purposeRequired: true, consent: "required" }),
    person("closed"),
    person("odd", {
      target: { call: async () => ({ status: 200, headers: [["X-Odd", "\u0001"]], body: Buffer.of() }) },
    }),
    person("broken", { target: { call: () => Promise.reject(new Error("its database is down, password=x")) } }),
    person("away", { target: { url: "http://127.0.0.1:9" } }),
  ],
  grants: [
    ...["open", "odd", "broken", "away"].map((serviceCode) => ({ serviceCode })),
    { serviceCode: "guarded", ...law },
    { serviceCode: "agreed", ...law },
  ],
});
/** Problem, r1 type, what is wrong, the call, its service. */
const refusals: [string, string, string, () => TestCall | Promise<TestCall>, string][] = [
  [
    "missing-client",
    "ClientProxy.InvalidClientIdentifier",
    "no client header",
    () => ({ headers: { "x-road-client": "" } }),
    "open",
  ],
  [
    "invalid-client",
    "ClientProxy.InternalError",
    "half a client",
    () => ({ headers: { "x-road-client": "TW/GOV" } }),
    "open",
  ],
  [
    "unknown-member",
    "ClientProxy.UnknownMember",
    "a forged client: another agency's",
    () => ({ headers: { "x-road-client": "TW/GOV/OTHER/sys" } }),
    "open",
  ],
  [
    "unknown-member",
    "ClientProxy.UnknownMember",
    "a client nobody registered",
    () => ({ headers: { "x-road-client": "TW/GOV/NOBODY/x" } }),
    "open",
  ],
  ["unknown-member", "ClientProxy.UnknownMember", "an unknown provider", () => ({}), "NOBODY/people/open"],
  [
    "call-malformed",
    "ClientProxy.InvalidRequest",
    "a purpose that is a sentence",
    () => ({ headers: { "taroko-purpose": "because I say so" } }),
    "open",
  ],
  ["service-unknown", "ServerProxy.UnknownService", "an unknown service", () => ({}), "nothing"],
  ["exchange-internal", "ServerProxy.InternalError", "an answer that cannot be signed", () => ({}), "odd"],
  ["service-unreachable", "ServerProxy.NetworkError", "a register that fails", () => ({}), "broken"],
  ["service-unreachable", "ServerProxy.NetworkError", "an information system that is down", () => ({}), "away"],
  ["access-denied", "ServerProxy.AccessDenied", "no right", () => ({}), "closed"],
  [
    "access-denied",
    "ServerProxy.AccessDenied",
    "a path with an escaped slash",
    () => ({ path: "/v1%2Flookup" }),
    "open",
  ],
  [
    "access-denied",
    "ServerProxy.AccessDenied",
    "a purpose the right does not name",
    () => ({ headers: { ...stated, "taroko-purpose": "curiosity" } }),
    "guarded",
  ],
  ["purpose-missing", "ServerProxy.AccessDenied", "no purpose", () => ({}), "guarded"],
  ["consent-missing", "ServerProxy.AccessDenied", "no consent", () => ({ headers: stated }), "agreed"],
  [
    "consent-mismatch",
    "ServerProxy.AccessDenied",
    "another person's consent",
    async () => ({ headers: { ...stated, "taroko-consent": await consent({ subject: "A700000002" }) } }),
    "agreed",
  ],
  [
    "consent-mismatch",
    "ServerProxy.AccessDenied",
    "consent for another service",
    async () => ({
      headers: { ...stated, "taroko-consent": await consent({ services: ["SERVICE:TW/GOV/REG/people/open"] }) },
    }),
    "agreed",
  ],
  [
    "consent-expired",
    "ServerProxy.AccessDenied",
    "consent that has ended",
    async () => ({
      headers: { ...stated, "taroko-consent": await consent({ expires: new Date(clock.now().getTime() - 1) }) },
    }),
    "agreed",
  ],
  [
    "consent-invalid",
    "ServerProxy.AccessDenied",
    "consent by an unknown key",
    async () => ({ headers: { ...stated, "taroko-consent": await consent({}, freshKey()) } }),
    "agreed",
  ],
];
for (const [problem, type, name, build, service] of refusals) {
  test(`refused: ${name}`, async () => {
    const before = (await logged(provider)).length;
    const answer = await call(service, await build());
    assert.equal(answer.status, 500, "what deployed servers answer");
    assert.equal(answer.body["type"], `Server.${type}`);
    assert.equal(answer.headers.get("x-road-error"), `Server.${type}`);
    assert.equal(answer.body["problem"], `/problems/${problem}`);
    assert.doesNotMatch(JSON.stringify(answer.body), /A7000|127\.0\.0\.1|password/);
    const entries = await logged(provider);
    if (type.startsWith("ServerProxy")) assert.equal(entries.at(-1)?.["out"], problem);
    else assert.equal(entries.length, before, "it never left the consumer");
  });
}

test("a caller that prefers it gets the problem's own status", async () => {
  const answer = await call("closed", { headers: { prefer: "taroko-status" } });
  assert.deepEqual([answer.status, answer.headers.get("taroko-reason")], [403, "no-right-for-client"]);
});

test("a revoked right ends with the next call", async () => {
  const granted = await provider.gateway.rights.grant({ subsystem: "people", serviceCode: "closed", subject: app });
  assert.ok(granted.ok);
  assert.equal((await call("closed")).status, 200);
  assert.ok((await provider.gateway.rights.revoke(granted.value.id, { by: "test" })).ok);
  assert.equal((await call("closed")).body["problem"], "/problems/access-denied");
});
