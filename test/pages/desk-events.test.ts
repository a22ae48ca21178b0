import assert from "node:assert/strict";
import { test } from "node:test";
import { openOperators, listActs } from "#exchange";
import { systemClock, type Language } from "#kernel";
import { both } from "#ui";
import { schema, testRoom, until } from "../../src/exchange/events/testing.ts";
import { deskApp } from "../../src/sites/desk/app.ts";
import type { GatewayDeskContext } from "../../src/sites/gateway-desk/context.ts";
import { eventsRoutes } from "../../src/sites/gateway-desk/events-routes.ts";
import { findFlaws } from "./page-flaws.ts";

const { room, other, taker, call } = await testRoom();
const { gateway, database, log, agencyUrl } = room;
const operators = openOperators({ database, clock: systemClock });
const context: GatewayDeskContext = {
  agencyUrl,
  title: both("戶政", "Households"),
  database,
  operators,
  clock: systemClock,
  logger: { info: () => undefined, error: () => undefined },
  member: { instance: "TW", memberClass: "GOV", memberCode: "REG" },
  gateway,
  log,
};
const place = { href: "/events", text: both("事件", "Events") };
const app = deskApp(context, [{ place, routes: eventsRoutes(context) }]);
const link = await operators.link("Lin Mei", "test");
assert.ok(link.ok);
const opened = await operators.signIn(link.value.token);
assert.ok(opened.ok);
const cookie = `taroko-operator=${opened.value.token}`;
const csrf = (await operators.session(opened.value.token))?.csrf ?? "";

async function page(of: typeof app = app): Promise<string> {
  let text = "";
  for (const lang of ["zh-Hant", "en"] satisfies Language[]) {
    const answer = await of.request("/events", { headers: { cookie: `${cookie}; taroko-lang=${lang}` } });
    text = await answer.text();
    assert.equal(answer.status, 200);
    assert.deepEqual(findFlaws(text, lang), []);
  }
  return text;
}

const post = (path: string, form: Readonly<Record<string, string>>) =>
  app.request(path, { method: "POST", body: new URLSearchParams(form), headers: { cookie } });

test("an operator sees what waits and what was given up, and sends it again under a name", async () => {
  assert.match(await page(), /Nobody subscribes yet/);
  await call("births", "POST /api/v1/eventType", { eventType: "moved", schema });
  await call("people", "POST /api/v1/subs/moved", { eventType: "moved", options: { attempts: 1 } });
  taker.answers = () => 500;
  await call("births", "POST /pub/v1/moved", { eventType: "moved", event: { n: 1, place: "somewhere" } });
  await until(async () => (await gateway.events!.deadLetters()).length === 1, "the dead letter");
  const text = await page();
  assert.match(text, /moved<\/code>/);
  assert.match(text, /failing/);
  assert.doesNotMatch(text, /somewhere/);
  const [, letter = ""] = /value="([0-9a-f-]{36} 1)"/.exec(text) ?? [];

  assert.equal((await post("/events/replay", { csrf: "wrong", letter })).status, 422);
  assert.equal((await post("/events/replay", { csrf, letter: "x" })).status, 404);
  taker.answers = () => 200;
  assert.equal((await post("/events/replay", { csrf, letter })).status, 303);
  await until(() => taker.taken.length === 2, "the event again");
  assert.match(await page(), /No dead letters/);
  const [act] = await listActs(database);
  assert.deepEqual([act?.by, act?.act], ["Lin Mei", "dead-letters.replayed"]);
});

test("a gateway without rooms says how to have one", async () => {
  const bare = deskApp({ ...context }, [{ place, routes: eventsRoutes({ ...context, gateway: other.gateway }) }]);
  assert.match(await page(bare), /No system of this gateway is a room/);
});
