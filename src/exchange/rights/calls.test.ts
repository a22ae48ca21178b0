import assert from "node:assert/strict";
import { test } from "node:test";
import type { Refusal, Result } from "#kernel";
import { readTimeWindow, timeWindowText, type TimeWindow } from "./time-window.ts";
import { named, peopleServices, stated, testCountry, testMember } from "../testing.ts";

const openapiOf = (properties: object): object => ({
  openapi: "3.1.0",
  paths: {
    "/v1/lookup": {
      post: { responses: { 200: { content: { "application/json": { schema: { type: "object", properties } } } } } },
    },
  },
});
const { person } = await peopleServices();
const law = { purposes: ["subsidy"], legalBases: ["tw:law"] };
const { at, provider, consumer, stranger, app, call, consent } = await testCountry({
  services: [
    person("open"),
    person("grouped"),
    person("guarded", { purposeRequired: true }),
    person("agreed", { purposeRequired: true }),
    person("counted"),
    person("off", { disabled: "back on Monday" }),
    person("few"),
    person("national"),
    person("hours"),
    person("described", { openapi: openapiOf({ name: { type: "string" } }) }),
    person("exempt"),
  ],
  grants: [
    { serviceCode: "open" },
    { serviceCode: "guarded", ...law, method: "POST", pathGlob: "/v1/lookup" },
    { serviceCode: "agreed", ...law, pathGlob: "/v1/lookup", consent: "required", fields: ["name"] },
  ],
});
const { rights } = provider.gateway;
const by = { by: "Lin" };
const other = { by: "Chen" };
const portal = "TW/GOV/PORTAL";

function done<Value>(result: Result<Value, Refusal>): Value {
  assert.ok(result.ok, result.ok ? "" : `${result.error.code} ${JSON.stringify(result.error.params)}`);
  return result.value;
}
const give = async (serviceCode: string, more: object = {}): Promise<string> => {
  const proposed = done(await rights.propose({ subsystem: "people", serviceCode, subject: app, ...more }, by));
  return done(await rights.approve(proposed.id, other)).id;
};

test("a group's right begins and ends with the next call, and no call can say that it is in a group", async () => {
  const none = await rights.propose(
    { subsystem: "people", serviceCode: "grouped", subject: { kind: "local-group", id: "cities" } },
    by,
  );
  assert.ok(!none.ok && none.error.code === "group-unknown");
  done(await rights.defineGroup({ code: "cities", title: "直轄市" }, by));
  await give("grouped", { subject: { kind: "local-group", id: "cities" } });
  const forged = { headers: { "taroko-groups": "cities", "x-road-represented-party": "GOV/cities" } };
  assert.equal((await call("grouped", forged)).body["problem"], "/problems/access-denied");
  done(await rights.join("cities", portal, by));
  assert.equal((await call("grouped")).body["problem"], "/problems/access-denied", "a member is not its subsystems");
  done(await rights.leave("cities", portal, by));
  for (const client of [`${portal}/app`, "TW/GOV/PORTAL/%61pp"]) {
    assert.ok(done(await rights.join("cities", client, by)).changed);
    assert.ok(!done(await rights.join("cities", client, by)).changed);
    assert.equal((await call("grouped")).status, 200);
    const allowed = await call("allowedMethods", { method: "GET", path: "" });
    assert.ok(JSON.stringify(allowed.body).includes('"service_code":"grouped"'));
    done(await rights.leave("cities", client, by));
    assert.equal((await call("grouped")).body["problem"], "/problems/access-denied");
  }
  const after = await call("allowedMethods", { method: "GET", path: "" });
  assert.ok(!JSON.stringify(after.body).includes('"service_code":"grouped"'));
  for (const client of ["LOCALGROUP:cities", "TW", ""]) assert.ok(!(await rights.join("cities", client, by)).ok);
});

test("a holder of some right is told which step failed; an outsider is told the type only", async () => {
  const refused = await call("guarded", { headers: { ...stated, "taroko-purpose": "curiosity" } });
  const explanation = refused.body["explanation"] as Record<string, unknown>;
  assert.deepEqual(explanation["passed"], ["subject", "endpoint", "state", "dates"]);
  assert.deepEqual([explanation["failed"], explanation["says"]], ["purpose", { purposes: ["subsidy"] }]);
  assert.deepEqual(explanation["apply"], {
    service: "SERVICE:TW/GOV/REG/people/guarded",
    method: "POST",
    endpoint: "/v1/lookup",
    purpose: "curiosity",
    legalBasis: "tw:law",
  });
  assert.equal(refused.headers.get("taroko-reason"), `purpose;rule=${String(explanation["right"])}`);

  const headers = { "x-road-client": "TW/GOV/OTHER/sys", ...stated };
  const outside = await call("guarded", { agencyUrl: stranger.agencyUrl, headers });
  assert.equal(outside.headers.get("taroko-reason"), "no-right-for-client");
  assert.deepEqual(Object.keys(outside.body).sort(), ["detail", "exchange", "message", "problem", "reason", "type"]);
  assert.doesNotMatch(JSON.stringify(outside.body), /subsidy|PORTAL|rule|[0-9a-f]{8}-[0-9a-f]{4}-7/);
});

test("a proposal that names what is not there is refused by name, with what was perhaps meant", async () => {
  const refused = async (more: object) => {
    const proposed = await rights.propose({ subsystem: "people", serviceCode: "open", subject: app, ...more }, by);
    assert.ok(!proposed.ok);
    return [proposed.error.code, ...Object.values(proposed.error.params ?? {})].join(" ");
  };
  const unknown = "right-name-unknown";
  assert.equal(await refused({ serviceCode: "opne" }), `${unknown} service people/opne people/open`);
  assert.equal(await refused({ subject: testMember("PORTALS") }), `${unknown} subject TW/GOV/PORTALS ${portal}`);
  const sub = { ...app, subsystemCode: "zzz" };
  assert.equal(await refused({ subject: sub }), `${unknown} subject ${portal}/zzz`);
  assert.equal(
    await refused({ sourceGateways: [`${portal}/gw2`] }),
    `${unknown} sourceGateways ${portal}/gw2 ${portal}/gw1`,
  );
  done(await rights.defineGroup({ code: "counties", title: "縣" }, by));
  assert.equal(await refused({ subject: { kind: "local-group", id: "country" } }), "group-unknown country");
  assert.equal(await refused({ subject: { kind: "local-group", id: "countys" } }), "group-unknown countys counties");
});

test("a proposal is nobody's business but the provider's", async () => {
  const subject = { ...testMember("OTHER"), subsystemCode: "sys" };
  done(await rights.propose({ subsystem: "people", serviceCode: "open", subject, ...law }, by));
  const headers = { "x-road-client": "TW/GOV/OTHER/sys" };
  const refused = await call("open", { agencyUrl: stranger.agencyUrl, headers });
  assert.equal(refused.headers.get("taroko-reason"), "no-right-for-client");
  assert.equal(refused.body["explanation"], undefined);
});

test("a quota refuses with the time to wait, and falls to a wider right that still holds calls", async () => {
  const first = await give("counted", { pathGlob: "/v1/lookup", quota: { requests: 2, per: "day" } });
  assert.deepEqual([(await call("counted")).status, (await call("counted")).status], [200, 200]);
  const supposed = {
    client: `${portal}/app`,
    subsystem: "people",
    serviceCode: "counted",
    method: "POST",
    path: "/v1/lookup",
  };
  assert.equal(done(await rights.evaluate(supposed)).failed, "quota");
  const refused = await call("counted");
  assert.deepEqual([refused.status, refused.body["type"]], [500, "Server.ServerProxy.AccessDenied"]);
  assert.equal(refused.headers.get("taroko-reason"), `quota-exhausted;rule=${first}`);
  const wait = Number(refused.headers.get("retry-after"));
  assert.ok(wait > 43_000 && wait <= 43_200, String(wait));
  const native = await call("counted", { headers: { prefer: "taroko-status" } });
  assert.deepEqual([native.status, native.headers.has("retry-after")], [429, true]);

  const wide = await give("counted", { pathGlob: "/**", quota: { requests: 1, per: "day" } });
  assert.equal(done(await rights.evaluate(supposed)).callsLeft, 1);
  assert.equal(done(await rights.evaluate(supposed)).right?.id, wide, "a dry run takes nothing");
  const answer = await call("counted");
  assert.equal(answer.status, 200);
  assert.equal(done(await rights.explain(answer.id)).right?.id, wide);
  assert.equal((await call("counted")).body["problem"], "/problems/quota-exhausted");
});

test("a disabled service takes nothing from the quota", async () => {
  const right = await give("off", { quota: { requests: 1, per: "day" } });
  for (let times = 0; times < 3; times += 1)
    assert.equal((await call("off")).body["problem"], "/problems/service-disabled");
  const asked = {
    client: `${portal}/app`,
    subsystem: "people",
    serviceCode: "off",
    method: "POST",
    path: "/v1/lookup",
  };
  const judged = done(await rights.evaluate(asked));
  assert.deepEqual([judged.callsLeft, judged.right?.id], [1, right]);
});

test("so many people a day and no more, but those as often as one likes", async () => {
  await give("few", { quota: { requests: 1000, per: "second", subjectsPerDay: 1 } });
  const about = async (id: string): Promise<number> => (await call("few", { body: JSON.stringify({ id }) })).status;
  assert.deepEqual([await about("A700000001"), await about("A700000001"), await about("A700000002")], [200, 200, 500]);
});

test("without consent the right that asks for it falls to one that does not; with a bad one nothing is allowed", async () => {
  assert.equal((await call("agreed", { headers: stated })).body["problem"], "/problems/consent-missing");
  const wide = await give("agreed", { ...law, pathGlob: "/**", fields: ["income"] });
  assert.deepEqual((await call("agreed", { headers: stated })).body, { income: 7 });
  const agreed = { ...stated, "taroko-consent": await consent() };
  assert.deepEqual((await call("agreed", { headers: agreed })).body, { name: "林小明" }, "the most specific");
  const forged = { ...stated, "taroko-consent": await consent({ subject: "A700000002" }) };
  assert.equal((await call("agreed", { headers: forged })).body["problem"], "/problems/consent-mismatch");
  done(await rights.revoke(wide, by));
});

test("hours, gateways and statutes instead of consent: kept, told apart, explained and tried out", async () => {
  const hour = new Date().getUTCHours();
  const two = (value: number): string => String(value % 24).padStart(2, "0");
  const window = (from: number): TimeWindow =>
    readTimeWindow(`${two(hour + from)}:00-${two(hour + from + 4)}:00`) as TimeWindow;
  const [now, later] = [window(22), window(4)];
  const shut = await give("hours", { timeWindow: later });
  const refused = await call("hours");
  assert.equal(refused.headers.get("taroko-reason"), `time-window;rule=${shut}`);
  const told = refused.body["explanation"] as Record<string, unknown>;
  assert.deepEqual([told["failed"], told["says"]], ["time-window", { timeWindow: timeWindowText(later) }]);
  const denied = done(await rights.explain(String(refused.body["exchange"])));
  assert.deepEqual([denied.failed, denied.right?.timeWindow], ["time-window", later]);
  const wider = { do: "change", id: shut, terms: { timeWindow: now } } as const;
  const effects = done(await rights.simulate([wider])).changed.map(({ calls, effect }) => [calls.service, effect]);
  assert.deepEqual(effects, [["TW/GOV/REG/people/hours", "allowed"]]);
  assert.ok(!(await rights.simulate([{ do: "change", id: shut, terms: { timeWindow: { ...now, zone: "Moon" } } }])).ok);
  const { failed } = done(await rights.evaluate({ ...asked("hours"), at: new Date(Date.now() + 5 * 3_600_000) }));
  assert.equal(failed, undefined, "tried at an hour of the window");
  done(await rights.change(shut, { timeWindow: now }));
  assert.equal((await call("hours")).status, 200);

  done(await rights.change(shut, { sourceGateways: [stranger.gateway.id] }));
  const elsewhere = await call("hours");
  assert.equal(elsewhere.headers.get("taroko-reason"), `source-gateway;rule=${shut}`);
  const { sender } = done(await rights.explain(String(elsewhere.body["exchange"]))).recorded;
  assert.equal(sender, consumer.gateway.id);
  assert.equal(done(await rights.evaluate(asked("hours"))).failed, "source-gateway", "the client has one gateway");
  done(await rights.change(shut, { sourceGateways: [consumer.gateway.id] }));
  assert.equal((await call("hours")).status, 200);

  const statute = { legalBases: ["tw:law", "tw:agreed"], consent: "required", consentUnless: ["tw:law"] };
  const exempt = await give("exempt", { purposes: ["subsidy"], ...statute });
  assert.equal((await call("exempt", { headers: stated })).status, 200);
  const other = await call("exempt", { headers: { ...stated, "taroko-legal-basis": "tw:agreed" } });
  assert.equal(other.body["problem"], "/problems/consent-missing");
  assert.deepEqual((other.body["explanation"] as Record<string, unknown>)["says"], { consentUnless: ["tw:law"] });
  const why = done(await rights.explain(String(other.body["exchange"])));
  assert.deepEqual(
    why.verdicts.map((one) => [one.right.id, one.failed]),
    [[exempt, "consent"]],
  );
  for (const wrong of [{ consentUnless: ["tw:elsewhere"] }, { consent: "none" as const }]) {
    const change = await rights.change(exempt, wrong);
    assert.ok(!change.ok && change.error.params?.["reason"] === "consentUnless");
  }
});

const asked = (serviceCode: string) => ({
  client: `${portal}/app`,
  subsystem: "people",
  serviceCode,
  method: "POST",
  path: "/v1/lookup",
});

test("a recorded call is explained by the rights as they were then", async () => {
  const good = await call("open");
  const bad = String((await call("guarded")).body["exchange"]);
  const [right] = await rights.list("people", "open");
  done(await rights.suspend(right!.id, by));
  const explained = done(await rights.explain(good.id));
  assert.deepEqual([explained.decision, explained.right?.id, explained.right?.state], ["allow", right!.id, "active"]);
  assert.deepEqual([explained.recorded.operation, explained.recorded.method], ["/v1/lookup", "POST"]);
  assert.deepEqual(done(await rights.explain(explained.recorded.recordId)), explained, "by the record's id too");
  const denied = done(await rights.explain(bad));
  assert.deepEqual([denied.decision, denied.reason, denied.failed], ["deny", "purpose-missing", "purpose"]);
  assert.equal(denied.right?.serviceCode, "guarded");
  done(await rights.resume(right!.id, by));

  const asked = done(await consumer.gateway.rights.explain(bad));
  assert.deepEqual([asked.decision, asked.reason, asked.verdicts], ["elsewhere", "purpose-missing", []]);
  for (const id of [good.id, "nothing", "%"]) assert.ok(!(await stranger.gateway.rights.explain(id)).ok);
});

test("changes tried out on what was recorded: who would be refused, who allowed, who would see other fields", async () => {
  const [open] = await rights.list("people", "open");
  const effects = async (...changes: Parameters<typeof rights.simulate>[0]) =>
    done(await rights.simulate(changes)).changed.map(({ calls, effect }) => [calls.service.split("/").at(-1), effect]);
  const before = (await rights.all()).length;
  assert.deepEqual(await effects({ do: "revoke", id: open!.id }), [["open", "refused"]]);
  assert.deepEqual(await effects({ do: "change", id: open!.id, terms: { fields: ["name"] } }), [["open", "fields"]]);
  assert.deepEqual(await effects({ do: "change", id: open!.id, terms: { validUntil: open!.validUntil } }), []);
  const wider = {
    subsystem: "people",
    serviceCode: "guarded",
    subject: app,
    purposes: ["curiosity"],
    legalBases: ["tw:law"],
  };
  const given = done(await rights.simulate([{ do: "give", grant: wider }]));
  assert.deepEqual(
    given.changed.map(({ calls, effect, before: was, after }) => [calls.purpose, effect, was.failed, after.decision]),
    [["curiosity", "allowed", "purpose", "allow"]],
  );
  const renewal = done(await rights.renew(open!.id, { ...by, validUntil: open!.validUntil }));
  assert.deepEqual(await effects({ do: "approve", id: renewal.id }), []);
  assert.ok(!(await rights.simulate([{ do: "revoke", id: "00000000-0000-7000-8000-000000000000" }])).ok);
  assert.equal((await rights.all()).length, before + 1, "nothing but the proposal was written");
  assert.ok(given.calls > 10 && given.leftOut === 0);
});

test("who could read a field: rights in force that release it, with the members of their groups", async () => {
  done(await rights.join("cities", "TW/GOV/OTHER/sys", by));
  const readers = await rights.whoCanRead("income", { subsystem: "people", serviceCode: "grouped" });
  assert.deepEqual(
    readers.map(({ clients, extent }) => [clients, extent]),
    [[["TW/GOV/OTHER/sys"], "whole"]],
  );
  const names = await rights.whoCanRead("/name", { serviceCode: "agreed" });
  assert.deepEqual(
    names.map(({ clients, consent: asked }) => [clients, asked]),
    [[[`${portal}/app`], true]],
  );
  assert.deepEqual(await rights.whoCanRead("income", { serviceCode: "agreed" }), []);
});

test("a field is looked for where the description has it; without one it is unknown", async () => {
  const listed = async (field: string) =>
    (await rights.whoCanRead(field))
      .filter(({ right }) => ["described", "open"].includes(right.serviceCode))
      .map(({ right, described }) => [right.serviceCode, described]);
  await give("described");
  assert.deepEqual(await listed("name"), [
    ["described", true],
    ["open", false],
  ]);
  assert.deepEqual(await listed("income"), [["open", false]]);
});

test("a country's group: its members may call from the configuration that names them on", async () => {
  const group = { code: "tax", name: named("Tax offices"), members: [`${portal}/app`] };
  const subject = { kind: "global-group", id: "tax" } as const;
  const grant = { subsystem: "people", serviceCode: "national", subject };
  assert.ok(!(await rights.propose(grant, by)).ok, "the country has no such group yet");
  done(await at.authority.setGroup(group, "registrar"));
  await provider.gateway.refresh();
  await give("national", { subject });
  assert.equal((await call("national")).status, 200);
  done(await at.authority.setGroup({ ...group, members: ["TW/GOV/OTHER/sys"] }, "registrar"));
  assert.equal((await call("national")).status, 200, "until the provider has the new configuration");
  await provider.gateway.refresh();
  assert.equal((await call("national")).body["problem"], "/problems/access-denied");
});
