import assert from "node:assert/strict";
import test from "node:test";
import { compileContract, type CheckedRequest, type Contract } from "./contract.ts";
import type { Violation } from "./violation.ts";

function contractOf(document: object): Contract {
  const compiled = compileContract(document);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

const person = {
  type: "object",
  required: ["id", "name", "made"],
  additionalProperties: false,
  properties: {
    id: { type: "string", pattern: "^[A-Z][0-9]{9}$" },
    name: { type: "string", minLength: 1, maxLength: 4 },
    age: { type: "integer", nullable: true, minimum: 0, exclusiveMaximum: true, maximum: 150 },
    born: { type: "string", format: "date" },
    children: { type: "array", maxItems: 2, uniqueItems: true, items: { $ref: "#/components/schemas/Person" } },
    made: { type: "string", readOnly: true },
    secret: { type: "string", writeOnly: true },
  },
};
const json = (schema: object): object => ({ content: { "application/json": { schema } } });
const people = contractOf({
  openapi: "3.0.3",
  paths: {
    "/people/{id}": {
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "string", pattern: "^[A-Z]" } }],
      get: {
        parameters: [
          { name: "limit", in: "query", schema: { type: "integer", maximum: 10 } },
          { name: "tag", in: "query", schema: { type: "array", maxItems: 2, items: { enum: ["a", "b"] } } },
          { name: "csv", in: "query", explode: false, schema: { type: "array", items: { type: "number" } } },
          { name: "filter", in: "query", style: "deepObject", schema: { properties: { age: { type: "integer" } } } },
          { name: "X-Case", in: "header", required: true, schema: { type: "string", format: "uuid" } },
        ],
        responses: {
          "200": {
            ...json({ $ref: "#/components/schemas/Person" }),
            headers: { ETag: { required: true, schema: { type: "string" } } },
          },
          "4XX": { description: "no content said" },
          default: { content: { "application/problem+json": { schema: { type: "object", required: ["title"] } } } },
        },
      },
    },
    "/people/new": { get: { responses: { "200": { description: "" } } } },
    "/people": {
      post: {
        requestBody: { required: true, ...json({ $ref: "#/components/schemas/Person" }) },
        responses: { "201": { description: "" } },
      },
      put: {
        requestBody: {
          content: {
            "application/x-www-form-urlencoded": {
              schema: { properties: { n: { type: "integer" }, many: { type: "array", items: { type: "integer" } } } },
            },
            "text/*": {},
          },
        },
        responses: {},
      },
      patch: {
        requestBody: {
          content: {
            "text/json": { schema: { $ref: "#/components/schemas/Patch" } },
            "application/*": { schema: { $ref: "#/components/schemas/Patch" } },
            "image/*": { schema: { type: "string", format: "binary" } },
            "application/xml": { schema: { $ref: "#/components/schemas/Patch" } },
          },
        },
        responses: {},
      },
    },
    "/files/{name}.pdf": {
      get: { parameters: [{ name: "name", in: "path", schema: { maxLength: 3 } }], responses: {} },
    },
  },
  components: { schemas: { Person: person, Patch: { type: "object", properties: { n: { type: "integer" } } } } },
});

const uuid = "0b7a4f7e-2f0e-4a30-8f55-7f5f3a6c9e21";
function asked(
  line: string,
  body = "",
  type = "application/json",
  more: CheckedRequest["headers"] = [],
): CheckedRequest {
  const [method = "", target = ""] = line.split(" ");
  const [servicePath = "", query] = target.split("?");
  const headers = [["X-Case", uuid] as const, ...(type ? [["Content-Type", type] as const] : []), ...more];
  return { method, servicePath, query, headers, body: Buffer.from(body) };
}
const texts = (found: readonly Violation[]): string =>
  found.map((one) => `${one.in}${one.pointer} ${one.rule}`).join(", ");

const requests: readonly (readonly [line: string, found: string, body?: string, type?: string])[] = [
  ["GET /people/A1", ""],
  ["HEAD /people/A1", ""],
  ["GET /people/a1", "path/id pattern"],
  ["GET /people/%41", ""],
  ["GET /people/new", ""],
  ["GET /people/", "operation unknown"],
  ["GET /people/A1/", "operation unknown"],
  ["DELETE /people/A1", "operation unknown"],
  ["GET /nothing", "operation unknown"],
  ["GET /people/A1?limit=10&x=1", ""],
  ["GET /people/A1?limit=11", "query/limit maximum"],
  ["GET /people/A1?limit=ten", "query/limit type"],
  ["GET /people/A1?limit=%", "query not-readable"],
  ["GET /people/A1?tag=a&tag=b", ""],
  ["GET /people/A1?tag=a&tag=c", "query/tag/1 enum"],
  ["GET /people/A1?tag=a&tag=b&tag=a", "query/tag maxItems"],
  ["GET /people/A1?csv=1,2.5", ""],
  ["GET /people/A1?csv=1,x", "query/csv/1 type"],
  ["GET /people/A1?filter[age]=3", ""],
  ["GET /people/A1?filter[age]=old", "query/filter/age type"],
  ["GET /people/A1?limit=1&limit=99", "query/limit repeated"],
  ["GET /people/A1?limit=1&limit[]=99", "query/limit repeated"],
  ["GET /people/A1?filter[age]=3&filter[age]=old", "query/filter repeated"],
  ["GET /people/A1", "body unknown", "{}"],
  ["POST /people", "", '{"id":"A700000001","name":"林"}'],
  [
    "POST /people",
    "",
    '{"id":"A700000001","name":"\\ud842\\udfb7","age":null,"children":[{"id":"A700000002","name":"x"}]}',
  ],
  ["POST /people", "body/name required, body/x additionalProperties, body/id pattern", '{"id":"1","x":1}'],
  [
    "POST /people",
    "body/age exclusiveMaximum, body/born format",
    '{"id":"A700000001","name":"a","age":150,"born":"2025-02-29"}',
  ],
  [
    "POST /people",
    "body/children/0/name maxLength",
    '{"id":"A700000001","name":"a","children":[{"id":"A700000002","name":"abcde"}]}',
  ],
  [
    "POST /people",
    "body/children uniqueItems",
    '{"id":"A700000001","name":"a","children":[{"id":"A700000002","name":"b"},{"name":"b","id":"A700000002"}]}',
  ],
  ["POST /people", "body missing", ""],
  ["POST /people", "body not-json", "{"],
  ["POST /people", "body not-json", "\ufeff{}"],
  ["POST /people", "body name-repeated", '{"id":"A700000001","name":"a","n\\u0061me":"b"}'],
  ["POST /people", "body content-type", "{}", "text/plain"],
  ["POST /people", "body content-type", "{}", ""],
  ["PUT /people", "", "n=1&many=1&many=2", "application/x-www-form-urlencoded"],
  ["PUT /people", "body/n type", "n=x", "application/x-www-form-urlencoded"],
  ["PUT /people", "", "anything", "text/plain; charset=utf-8"],
  ["PUT /people", "body name-repeated", "n=1&n=x", "application/x-www-form-urlencoded"],
  ["PATCH /people", "", '{"n":1}', "text/json; charset=utf-8"],
  ["PATCH /people", "body/n type", '{"n":"x"}', "text/json"],
  ["PATCH /people", "body/n type", '{"n":"x"}', "application/merge-patch+json"],
  ["PATCH /people", "body content-type", '{"n":"x"}', "application/jsonx"],
  ["PATCH /people", "body content-type", '{"n":"x"}', "application/json, application/xml"],
  ["PATCH /people", "body charset", '{"n":1}', "application/json; charset=Shift_JIS"],
  ["PATCH /people", "body charset", '{"n":1}', "application/json; charset=utf-8; charset=utf-7"],
  ["PATCH /people", "", "<n>x</n>", "application/xml"],
  ["PATCH /people", "", "anything", "image/png"],
  ["GET /files/abc.pdf", ""],
  ["GET /files/abcd.pdf", "path/name maxLength"],
  ["GET /files/.pdf", "operation unknown"],
];
for (const [line, found, body, type] of requests) {
  test(`request ${line} ${body ?? ""}: ${found || "as described"}`, () => {
    assert.equal(texts(people.checkRequest(asked(line, body, body === undefined ? "" : type))), found);
  });
}

test("a header that is there twice is no value, unless it is a list", () => {
  const twice = asked("GET /people/A1", "", "", [["x-case", uuid]]);
  assert.equal(texts(people.checkRequest(twice)), "header/X-Case repeated");
  const answer = { status: 404, headers: [["ETag", "a"] as const, ["etag", "b"] as const], body: Buffer.of() };
  const at = { method: "GET", servicePath: "/people/A1" };
  assert.equal(texts(people.checkResponse(at, answer)), "", "of an answer's there may be several lines");
  const found = texts(people.checkResponse(at, { ...answer, status: 200 }));
  assert.equal(found, "body missing");
});

test("a required header that is missing, a body in a content coding, a body too long to look into", () => {
  const plain = asked("POST /people", "{}");
  assert.equal(texts(people.checkRequest({ ...asked("GET /people/A1"), headers: [] })), "header/X-Case missing");
  assert.equal(
    texts(people.checkRequest({ ...plain, headers: [...plain.headers, ["Content-Encoding", "gzip"]] })),
    "body encoded",
  );
  assert.equal(texts(people.checkRequest({ ...plain, body: undefined })), "body too-large");
});

const answers: readonly (readonly [status: number, body: string, found: string, type?: string])[] = [
  [200, '{"id":"A700000001","name":"a","made":"today"}', ""],
  [200, '{"id":"A700000001","name":"a"}', "body/made required"],
  [200, "", "body missing"],
  [200, "x", "body content-type", "text/plain"],
  [404, "", ""],
  [404, "x", "body unknown"],
  [500, '{"title":"no"}', "", "application/problem+json"],
  [500, "{}", "body/title required", "application/problem+json"],
];
for (const [status, body, found, type = "application/json"] of answers) {
  test(`response ${status} ${body}: ${found || "as described"}`, () => {
    const headers = [
      ["Content-Type", type],
      ["ETag", '"1"'],
    ] as const;
    const request = { method: "GET", servicePath: "/people/A1" };
    assert.equal(texts(people.checkResponse(request, { status, headers, body: Buffer.from(body) })), found);
  });
}

test("a missing response header, a status nobody described, and a HEAD without body", () => {
  const response = { status: 200, headers: [], body: Buffer.of() };
  const at = (method: string, servicePath: string): string =>
    texts(people.checkResponse({ method, servicePath }, response));
  assert.equal(at("HEAD", "/people/A1"), "header/ETag missing");
  const created = (status: number): string =>
    texts(people.checkResponse({ method: "POST", servicePath: "/people" }, { ...response, status }));
  assert.deepEqual([created(200), created(404), created(503)], ["status unknown", "status unknown", ""]);
});

test("3.1: type lists, const, if/then, prefixItems, propertyNames, what is not evaluated", () => {
  const schema = {
    $defs: { code: { type: ["string", "null"] } },
    type: "object",
    properties: {
      kind: { const: "a" },
      pair: { prefixItems: [{ type: "string" }, { type: "integer" }], items: false },
      code: { $ref: "#/components/schemas/T/$defs/code", maxLength: 2 },
    },
    propertyNames: { maxLength: 4 },
    if: { required: ["pair"] },
    // eslint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { required: ["kind"] },
    unevaluatedProperties: false,
  };
  const contract = contractOf({
    openapi: "3.1.0",
    paths: { "/": { post: { requestBody: json({ $ref: "#/components/schemas/T" }), responses: {} } } },
    components: { schemas: { T: schema } },
  });
  const of = (value: unknown): string => texts(contract.checkRequest(asked("POST /", JSON.stringify(value))));
  assert.equal(of({ kind: "a", pair: ["x", 1], code: null }), "");
  assert.equal(of({ kind: "b", pair: ["x", 1, 2] }), "body/kind const, body/pair items");
  assert.equal(of({ pair: [] }), "body/kind required");
  assert.equal(of({ code: "abc" }), "body/code maxLength");
  assert.match(of({ longer: 1 }), /body\/longer unevaluatedProperties/);
});
