import assert from "node:assert/strict";
import test, { afterEach } from "node:test";
import { logged } from "../testing.ts";
import { schema, testRoom, until, type Said } from "./testing.ts";

const { room, other, taker, call } = await testRoom();
afterEach(() => {
  taker.answers = () => 200;
});

interface Item {
  readonly id: string;
  readonly state: string;
}

async function type(name: string): Promise<void> {
  assert.equal((await call("births", "POST /api/v1/eventType", { eventType: name, schema })).status, 200);
}

async function publish(name: string, n: number, headers: Record<string, string> = {}): Promise<string> {
  const said = await call("births", `POST /pub/v1/${name}`, { eventType: name, event: { n } }, headers);
  assert.equal(said.status, 201);
  return (said.body as Item).id;
}

async function stateOf(name: string, id: string): Promise<string | undefined> {
  const said = await call("births", `GET /pub/v1/${name}/${id}`);
  return (said.body as { deliveries: Item[] }).deliveries[0]?.state;
}

const is = (said: Said, status: number, problem?: string): void =>
  assert.deepEqual([said.status, said.problem], [status, problem]);

test("event types: made, listed, shown, refused, removed", async () => {
  is(await call("births", "GET /api/v1/eventType"), 204);
  await type("newBirth");
  is(await call("births", "POST /api/v1/eventType", { eventType: "newBirth", schema }), 409, "event-type-exists");
  assert.deepEqual((await call("people", "GET /api/v1/eventType")).body, ["newBirth"]);
  assert.deepEqual((await call("people", "GET /api/v1/eventType/newBirth")).body, { eventType: "newBirth", schema });
  is(await call("people", "GET /api/v1/eventType/none"), 204);
  is(await call("people", "POST /api/v1/eventType", { eventType: "x", schema }), 403, "access-denied");
  is(await call("people", "DELETE /api/v1/eventType/newBirth"), 403, "access-denied");
  for (const bad of [
    {},
    [],
    "{",
    { eventType: "a b", schema },
    { eventType: "a", schema: [] },
    { eventType: "a", schema: { type: "no such type" } },
    { eventType: "a", schema: { $ref: "http://elsewhere.test/schema" } },
    { eventType: "a", schema: { properties: { a: { pattern: "(" } } } },
    { eventType: "a", schema: { description: "x".repeat(70_000) } },
  ])
    is(await call("births", "POST /api/v1/eventType", bad), 400, "event-type-invalid");
  is(await call("births", "DELETE /api/v1/eventType/newBirth"), 204);
  is(await call("births", "DELETE /api/v1/eventType/newBirth"), 404, "event-type-unknown");
});

test("a push is an exchange: both logs have it, with the room as consumer", async () => {
  await type("moved");
  is(await call("people", "POST /api/v1/subs/moved", { eventType: "moved" }), 200);
  const before = (await logged(other)).length;
  const id = await publish("moved", 7, { "taroko-event-key": "case-1", "taroko-purpose": "register" });
  await until(() => taker.taken.some((one) => one.id === id));
  const [one] = taker.taken;
  assert.deepEqual(
    [
      one?.event,
      one?.key,
      one?.headers["taroko-event-id"],
      one?.headers["taroko-event-type"],
      one?.headers["taroko-purpose"],
    ],
    [{ n: 7 }, "case-1", id, "moved", "register"],
  );
  assert.equal(one?.headers["taroko-event-sequence"], String(one?.sequence));
  assert.equal(one?.headers["x-road-client"], "TW/GOV/REG/births");
  await until(async () => (await stateOf("moved", id)) === "done");
  const entries = await logged(other);
  const received = entries.slice(before).find((entry) => entry["role"] === "provider");
  assert.equal(received?.["service"], "TW/GOV/TAX/people/events");
  assert.ok((await logged(room)).some((entry) => entry["role"] === "consumer" && entry["pair"] === received?.["pair"]));
});

test("what is no event of its type is refused, and says where without saying what", async () => {
  await type("strict");
  const bad: [unknown, number, string][] = [
    [{ eventType: "strict", event: { n: "secret" } }, 400, "event-invalid"],
    [{ eventType: "strict", event: {} }, 400, "event-invalid"],
    [{ eventType: "strict", event: { n: 1, more: 1 } }, 400, "event-invalid"],
    [{ eventType: "other", event: { n: 1 } }, 400, "event-invalid"],
    [{ eventType: "strict", event: [1] }, 400, "event-invalid"],
    [{ event: { n: 1 } }, 400, "event-invalid"],
    ["{", 400, "event-invalid"],
    [{ eventType: "strict", event: { n: 1, place: "a\0" } }, 400, "event-invalid"],
    [{ eventType: "strict", event: { n: 1, place: "x".repeat(300_000) } }, 413, "event-too-large"],
  ];
  for (const [body, status, problem] of bad) {
    const said = await call("births", "POST /pub/v1/strict", body);
    is(said, status, problem);
    assert.doesNotMatch(JSON.stringify(said.body), /secret/);
  }
  is(await call("births", "POST /pub/v1/none", { eventType: "none", event: { n: 1 } }), 404, "event-type-unknown");
  const long = { "taroko-event-key": "k".repeat(201) };
  is(await call("births", "POST /pub/v1/strict", { eventType: "strict", event: { n: 1 } }, long), 400, "event-invalid");
});

test("a publication repeated under its idempotency key is the first one", async () => {
  await type("once");
  const key = { "idempotency-key": "abc" };
  const first = await publish("once", 1, key);
  assert.equal(await publish("once", 1, key), first);
  const other = await call("births", "POST /pub/v1/once", { eventType: "once", event: { n: 2 } }, key);
  is(other, 409, "event-key-reused");
  const together = await Promise.all(
    Array.from({ length: 20 }, () => publish("once", 9, { "idempotency-key": "same" })),
  );
  assert.equal(new Set(together).size, 1);
});

test("rights: nobody publishes, pulls or is pushed to without one", async () => {
  await type("guarded");
  const event = { eventType: "guarded", event: { n: 1 } };
  is(await call("people", "POST /pub/v1/guarded", event), 500, "access-denied");
  is(await call("births", "GET /pull/v1/guarded"), 500, "access-denied");
  is(
    await call("people", "POST /api/v1/subs/guarded", { eventType: "guarded", options: { path: "/v1/other", TTL: 1 } }),
    200,
  );
  const [right] = await other.gateway.rights.list("people", "events");
  await other.gateway.rights.suspend(right!.id, { by: "test" });
  const id = await publish("guarded", 1);
  await until(async () => (await stateOf("guarded", id)) === "dead", "the dead letter");
  const said = await call("people", "GET /api/v1/deliveries?state=dead&eventType=guarded");
  const [letter] = (said.body as { deliveries: { outcome: string }[] }).deliveries;
  assert.equal(letter?.outcome, "access-denied");
  await other.gateway.rights.resume(right!.id, { by: "test" });
});

test("subscriptions: the caller's own, changed and ended", async () => {
  await type("subs");
  const item = { eventType: "subs", delivery: "PULL", options: { TTL: 60, FIFO: true } };
  is(await call("people", "POST /api/v1/subs/none", { eventType: "none" }), 404, "event-type-unknown");
  for (const bad of [
    { eventType: "other" },
    { eventType: "subs", delivery: "MAYBE" },
    { eventType: "subs", options: { TTL: 0 } },
    { eventType: "subs", options: { TTL: "1" } },
    { eventType: "subs", options: { FIFO: 1 } },
    { eventType: "subs", options: { path: "/v1/../x" } },
    { eventType: "subs", options: { service: "a/b" } },
    {
      eventType: "subs",
      subscriberId: { instanceId: "TW", memberClass: "GOV", memberCode: "REG", applicationCode: "births" },
    },
    [],
  ])
    is(await call("people", "POST /api/v1/subs/subs", bad), 400, "subscription-invalid");
  const made = await call("people", "POST /api/v1/subs/subs", item);
  const { id, ...rest } = made.body as Item & Record<string, unknown>;
  assert.deepEqual(rest, {
    subscriberId: { instanceId: "TW", memberClass: "GOV", memberCode: "TAX", applicationCode: "people" },
    ...item,
  });
  is(await call("people", "POST /api/v1/subs/subs", item), 409, "subscription-exists");
  is(await call("births", "GET /api/v1/subs/subs"), 404, "subscription-unknown");
  is(await call("births", "GET /api/v1/subs"), 404, "subscription-unknown");
  const patched = await call("people", "PATCH /api/v1/subs/subs", { eventType: "subs", options: { TTL: 120 } });
  assert.deepEqual([patched.status, (patched.body as Item).id], [201, id]);
  const { options } = (await call("people", "GET /api/v1/subs/subs")).body as { options: unknown };
  assert.deepEqual(options, { TTL: 120, FIFO: true });
  is(await call("people", "DELETE /api/v1/subs/subs"), 204);
  is(await call("people", "PATCH /api/v1/subs/subs", {}), 404, "subscription-unknown");
});

test("pulling: lent one by one, acknowledged, not for the pushed", async () => {
  await type("pulled");
  is(await call("people", "GET /pull/v1/pulled"), 404, "subscription-unknown");
  await call("people", "POST /api/v1/subs/pulled", { eventType: "pulled", delivery: "PULL", options: { FIFO: true } });
  is(await call("people", "GET /pull/v1/pulled"), 404, "event-unknown");
  const ids = [await publish("pulled", 1), await publish("pulled", 2)];
  const first = (await call("people", "GET /pull/v1/pulled")).body as { id: string; event: unknown };
  assert.deepEqual([first.id, first.event], [ids[0], { n: 1 }]);
  is(await call("people", "GET /pull/v1/pulled"), 404, "event-unknown");
  is(await call("people", `DELETE /pull/v1/pulled/${ids[1]}`), 409, "delivery-not-held");
  is(await call("people", `DELETE /pull/v1/pulled/${ids[0]}`), 204);
  is(await call("people", `DELETE /pull/v1/pulled/${ids[0]}`), 204);
  is(await call("people", "DELETE /pull/v1/pulled/no-uuid"), 404, "event-unknown");
  assert.equal(((await call("people", "GET /pull/v1/pulled")).body as Item).id, ids[1]);
  await call("people", "PATCH /api/v1/subs/pulled", { delivery: "PUSH" });
  is(await call("people", "GET /pull/v1/pulled"), 409, "delivery-not-held");
});

test("an event's delivery can be ended, and replayed from a position", async () => {
  await type("again");
  await call("people", "POST /api/v1/subs/again", { eventType: "again" });
  taker.answers = () => 503;
  const gone = await publish("again", 1);
  await until(() => taker.taken.some((one) => one.id === gone));
  is(await call("births", `DELETE /pub/v1/again/${gone}`), 204);
  taker.answers = () => 200;
  const kept = await publish("again", 2);
  await until(async () => (await stateOf("again", kept)) === "done");
  assert.equal(await stateOf("again", gone), "cancelled");
  const { sequence } = taker.taken.find((one) => one.id === kept)!;
  is(await call("people", "POST /api/v1/subs/again/replay", { from: "x" }), 400, "subscription-invalid");
  const said = await call("people", "POST /api/v1/subs/again/replay", { from: sequence });
  assert.deepEqual(said.body, { events: 1 });
  await until(() => taker.taken.filter((one) => one.id === kept).length === 2, "the second time");
  is(await call("births", "GET /pub/v1/again/00000000-0000-4000-8000-000000000000"), 404, "event-unknown");
});

test("what is no operation of a room is refused", async () => {
  for (const line of [
    "PUT /api/v1/eventType",
    "GET /api/v2/subs",
    "POST /api/v1/subs",
    "GET /api/v1/subs/a/b/c",
    "POST /api/v1/deliveries",
  ])
    is(await call("people", line, line.startsWith("GET") ? undefined : {}), 404, "service-unknown");
  is(await call("people", "GET /api/v1/deliveries?state=lost"), 400, "call-malformed");
});
