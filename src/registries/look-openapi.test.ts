import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { systemClock } from "#kernel";
import { draftFrom } from "./look.ts";
import { checkRegisterFile, openRegisterFile } from "./open-file.ts";
import { askRegister, testFolder, testService } from "./testing.ts";

const folder = testFolder();
const person = {
  id: "A700000001",
  full_name: "林小明",
  born: "1990-02-28",
  seen: "2026-05-06T07:08:09+08:00",
  income: 12.5,
  balance: "1",
  age: 36,
  alive: true,
  tags: ["a"],
  home: { city: "Taipei", zone: { code: 7 } },
};
const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
const text = { type: "string" };
const ok = (schema: object): object => ({ "200": { description: "", content: { "application/json": { schema } } } });
const parameter = (name: string, place: string, more: object = {}): object => ({
  name,
  in: place,
  schema: text,
  ...more,
});
const description = {
  openapi: "3.1.0",
  info: { title: "People", version: "1" },
  servers: [{ url: "/api" }],
  paths: {
    "/people/{personId}": {
      parameters: [parameter("personId", "path", { required: true })],
      get: { operationId: "person", responses: ok({ type: "object", properties: { data: ref("Person") } }) },
      delete: { responses: {} },
    },
    "/people": {
      get: {
        operationId: "people",
        parameters: [
          parameter("fullName", "query"),
          parameter("age", "query"),
          parameter("pageSize", "query"),
          parameter("after", "query"),
          parameter("debug", "query"),
        ],
        responses: ok({
          type: "object",
          properties: {
            items: { type: "array", items: ref("Person") },
            next: { type: ["string", "null"] },
            total: { type: "integer" },
          },
        }),
      },
    },
    "/houses/{number}": {
      get: { operationId: "house", responses: ok({ type: "object", properties: { number: text } }) },
    },
    "/health": { get: { responses: ok({ type: "object", properties: { up: { type: "boolean" } } }) } },
  },
  components: {
    schemas: {
      Base: { type: "object", properties: { id: { ...text, description: "Number of the person" }, full_name: text } },
      Person: {
        allOf: [
          ref("Base"),
          {
            properties: {
              born: { type: "string", format: "date" },
              seen: { type: ["string", "null"], format: "date-time" },
              income: { type: "number" },
              balance: { type: "integer", format: "int64" },
              age: { type: "integer" },
              alive: { type: "boolean" },
              tags: { type: "array", items: text },
              home: {
                type: "object",
                properties: { city: text, zone: { type: "object", properties: { code: text } } },
              },
              parent: ref("Person"),
              either: { type: ["string", "integer"] },
            },
          },
        ],
      },
    },
  },
};

const service = await testService((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://x");
  const found =
    pathname === "/docs/openapi.json"
      ? description
      : pathname === `/api/people/${person.id}`
        ? { data: person }
        : pathname === "/api/people" && searchParams.get("pageSize") !== null
          ? { items: searchParams.get("fullName") === person.full_name ? [person] : [], next: null, total: 1 }
          : undefined;
  response.writeHead(found ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(found ?? {}));
});

test("a draft from a service's OpenAPI, at its address, can be served as it is", async () => {
  const several = await draftFrom(`${service}/docs/openapi.json`, { subsystem: "people" });
  assert.ok(!several.ok);
  assert.match(several.error, /--operation[^]*person {2}GET \/people\/\{personId\}[^]*house {2}GET/);
  const draft = await draftFrom(`${service}/docs/openapi.json`, { subsystem: "people", operation: "person" });
  assert.ok(draft.ok, JSON.stringify(draft));
  for (const line of [
    `  rest: ${service}/api`,
    "  lookup: GET /people/{id}",
    "  row: /data",
    "  search: GET /people?fullName={full_name}&age={age}&pageSize={limit}&after={cursor}",
    "  rows: /items",
    "  next: /next",
    "key: [id] # what the look-up's address names",
    "filters: [full_name, age] # what a search may compare with",
    "  id: { title: Number of the person, type: text, sensitivity: personal }",
    "  seen: { type: timestamp, sensitivity: personal }",
    "  income: { type: double, sensitivity: personal }",
    "  balance: { type: numeric, sensitivity: personal }",
    "  home_city: { from: /home/city, type: text, sensitivity: personal }",
  ])
    assert.ok(draft.value.split("\n").includes(line), `${line}\n${draft.value}`);
  assert.match(draft.value, /# \/home\/zone is of type object, which cannot be published; name its parts/);
  assert.match(draft.value, /# either is of type string or integer, which/);
  const file = join(folder, "people.yaml");
  writeFileSync(file, draft.value);
  const o = { clock: systemClock };
  assert.deepEqual((await checkRegisterFile(file, o)).findings, []);
  const register = await openRegisterFile(file, o);
  const { id, full_name, balance } = person;
  const fields = ["id", "full_name", "home_city", "seen", "balance", "income"];
  const row = { id, full_name, seen: "2026-05-05T23:08:09.000Z", income: 12.5, balance, home_city: "Taipei" };
  assert.deepEqual(await askRegister(register, "/v1/lookup", { id, fields }), { status: 200, body: row });
  assert.deepEqual((await askRegister(register, "/v1/search", { full_name, fields })).body, {
    rows: [row],
    next: null,
  });
  await register.close();
});

test("a description in a file says no address, and what is none is refused in words", async () => {
  writeFileSync(join(folder, "api.yaml"), JSON.stringify(description));
  const house = await draftFrom(join(folder, "api.yaml"), { subsystem: "s", operation: "/houses/{number}" });
  assert.ok(house.ok);
  assert.match(house.value, /rest: https:\/\/service\.invalid # the description does not say/);
  assert.match(house.value, /^service: houses /m);
  for (const [content, said] of [
    ["swagger: '2.0'", /no OpenAPI 3/],
    ["[", /neither JSON nor YAML/],
    ["openapi: 3.0.3\npaths: {}", /no GET of one record/],
    [
      "openapi: 3.0.3\npaths: { '/a/{id}': { get: { responses: { '200': { $ref: 'https://x/y' } } } } }",
      /no GET of one record/,
    ],
  ] as const) {
    writeFileSync(join(folder, "bad.json"), content);
    const refused = await draftFrom(join(folder, "bad.json"), { subsystem: "s" });
    assert.match(refused.ok ? "drafted" : refused.error, said);
  }
  for (const [place, said] of [
    [`${service}/none.json`, /answers 404/],
    ["http://127.0.0.1:1/openapi.json", /cannot be read/],
    [join(folder, "absent.json"), /There is no file .*absent\.json/],
  ] as const) {
    const refused = await draftFrom(place, { subsystem: "s" });
    assert.match(refused.ok ? "drafted" : refused.error, said);
  }
});
