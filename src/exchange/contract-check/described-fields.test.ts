import assert from "node:assert/strict";
import { test } from "node:test";
import { describedFields } from "./described-fields.ts";

const string = { type: "string" };
const person = {
  type: "object",
  properties: {
    name: string,
    address: { type: "object", properties: { city: string, street: string } },
    children: { type: "array", items: { $ref: "#/components/schemas/person" } },
    notes: { type: "object" },
  },
};
const described = (schema: unknown, status = "200"): object => ({
  openapi: "3.1.0",
  paths: {
    "/v1/people": {
      get: {
        responses: {
          [status]: { content: { "application/json": { schema } } },
          404: { content: { "application/problem+json": { schema: { properties: { title: string } } } } },
        },
      },
    },
  },
  components: { schemas: { person, child: { properties: { name: string } } } },
});

const cases: [string, object, readonly string[] | undefined][] = [
  ["an object", described({ properties: { name: string, age: {} } }), ["name", "age"]],
  [
    "members of members",
    described({ properties: { address: person.properties.address } }),
    ["/address/city", "/address/street"],
  ],
  ["a list", described({ type: "array", items: { $ref: "#/components/schemas/child" } }), ["name"]],
  [
    "a page of rows",
    described({ properties: { rows: { items: { properties: { name: string } } } } }),
    ["/rows/name", "name"],
  ],
  [
    "alternatives",
    described({ oneOf: [{ properties: { a: {} } }, { allOf: [{ properties: { b: {} } }] }] }),
    ["a", "b"],
  ],
  ["anything", described({}), undefined],
  ["any member", described({ properties: { a: {} }, additionalProperties: true }), undefined],
  ["no answer that succeeds", described({ properties: { a: {} } }, "400"), undefined],
  ["no description", { swagger: "2.0" }, undefined],
];
for (const [what, openapi, expected] of cases) {
  test(`fields by description: ${what}`, () => assert.deepEqual(describedFields(openapi), expected));
}

test("a schema inside itself ends", () => {
  const fields = describedFields(described({ $ref: "#/components/schemas/person" })) ?? [];
  assert.ok(fields.includes("/children/children/name") && fields.includes("notes") && fields.length < 100);
});
