import assert from "node:assert/strict";
import { test } from "node:test";
import { controlName, curlOf, emptyFields, missingFields, operationsOf, requestOf } from "./try-call.ts";

const date = { type: ["string", "null"], format: "date" };
const document = {
  paths: {
    "/v1/search": {
      post: {
        summary: "Rows",
        requestBody: { $ref: "#/components/requestBodies/Search" },
        responses: {
          "200": {
            content: {
              "application/json": {
                schema: { properties: { rows: { type: "array", items: { $ref: "#/components/schemas/Row" } } } },
              },
            },
          },
        },
      },
    },
    "/people/{id}": {
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
      get: {
        parameters: [
          { name: "q", in: "query" },
          { name: "X-A", in: "header" },
        ],
      },
    },
  },
  components: {
    requestBodies: {
      Search: {
        content: {
          "application/json": {
            schema: {
              required: ["id"],
              properties: {
                id: { type: "string", title: "號碼 / Number", "x-taroko-sensitivity": "personal" },
                born: { title: "Born", oneOf: [date, { type: "object", properties: { from: date, to: date } }] },
                limit: { type: "integer" },
                fields: { type: "array" },
                alive: { type: "boolean" },
              },
            },
          },
        },
      },
    },
    schemas: {
      Row: { type: "object", properties: { id: {}, name: {}, born: {} } },
      Loop: { $ref: "#/components/schemas/Loop" },
    },
  },
};
const [search, person] = operationsOf(document);

test("a description becomes forms: of a body, its ranges, and of parameters", () => {
  assert.deepEqual([search!.id, person!.id], ["POST /v1/search", "GET /people/{id}"]);
  assert.deepEqual(
    search!.fields.map((field) => [controlName(field), field.kind, field.required]),
    [
      ["field.id", "text", true],
      ["field.born", "text", false],
      ["field.born.is.from", "text", false],
      ["field.born.is.to", "text", false],
      ["field.limit", "integer", false],
      ["field.fields", "list", false],
      ["field.alive", "boolean", false],
    ],
  );
  assert.deepEqual(
    person!.fields.map(({ name, place }) => [name, place]),
    [
      ["id", "path"],
      ["q", "query"],
    ],
  );
});

test("a filled-in form becomes the request, and what is left empty is left out", () => {
  assert.deepEqual(
    requestOf(search!, {
      "field.id": "A7",
      "field.born.is.from": "2000-01-01",
      "field.limit": "5",
      "field.fields": "id, name",
      "field.alive": "false",
    }),
    {
      method: "POST",
      target: "/v1/search",
      body: '{"id":"A7","born":{"from":"2000-01-01"},"limit":5,"fields":["id","name"],"alive":false}',
    },
  );
  assert.deepEqual(requestOf(person!, { "field.id": "a/b?", "field.q": "x&y" }), {
    method: "GET",
    target: "/people/a%2Fb%3F?q=x%26y",
    body: undefined,
  });
});

test("the command is quoted for a shell", () => {
  const request = { method: "POST", target: "/x", body: `{"a":"it's $(id)"}` };
  assert.equal(
    curlOf("http://127.0.0.1/x", request, [["X-A", "b"]]),
    `curl -s 'http://127.0.0.1/x' \\\n  -H 'X-A: b' \\\n  -d '{"a":"it'\\''s $(id)"}'`,
  );
});

test("fields that the description names and no row has were removed", () => {
  assert.deepEqual(missingFields(search!, 200, '{"rows":[{"id":"1"},{"id":"2","name":null}],"next":null}'), ["born"]);
  for (const [status, body] of [
    [200, '{"rows":[],"next":null}'],
    [404, '{"type":"x"}'],
    [200, "<html>"],
    [200, "null"],
  ] as const) {
    assert.deepEqual(missingFields(search!, status, body), []);
  }
});

test("what is no description has no operations", () => {
  for (const wrong of [
    undefined,
    null,
    [],
    "x",
    {},
    { paths: 1 },
    { paths: { "/x": { get: null } } },
    { paths: { "/x": null } },
  ]) {
    assert.deepEqual(operationsOf(wrong), []);
  }
  const loop = {
    paths: { "/x": { post: { requestBody: { $ref: "#/components/schemas/Loop" }, responses: {} } } },
    components: document.components,
  };
  assert.deepEqual(operationsOf(loop)[0]!.fields, []);
});

test("required fields that are empty are known before anything is sent", () => {
  assert.deepEqual(emptyFields(search!, { "field.id": " " }), [0]);
  assert.deepEqual(emptyFields(search!, { "field.id": "A700000001" }), []);
  assert.deepEqual(emptyFields(person!, {}), [0]);
});
