import assert from "node:assert/strict";
import test from "node:test";
import { openRegister, type FieldDeclaration } from "#registries";
import { testDatabase } from "#store/testing";
import { compileContract } from "./contract.ts";

const database = await testDatabase();
await database.query(
  "create table public.person (id text primary key, name text, income numeric, born date, seen timestamptz, tags text[], alive boolean, age int)",
);
await database.query(
  "insert into person values ('A700000001', '林小明', 412.50, '1990-02-28', now(), '{a,b}', true, 36), ('A700000002', null, null, null, null, null, null, null)",
);
const field = (type: FieldDeclaration["type"]): FieldDeclaration => ({
  title: { "zh-Hant": "欄位", en: "Field" },
  type,
  sensitivity: "personal",
});
const register = await openRegister(
  {
    subsystem: "people",
    service: "people",
    title: { "zh-Hant": "人", en: "People" },
    table: "public.person",
    key: ["id"],
    fields: {
      id: field("text"),
      name: field("text"),
      income: field("numeric"),
      born: field("date"),
      seen: field("timestamp"),
      tags: field("text-list"),
      alive: field("boolean"),
      age: field("integer"),
    },
    filters: ["name", "alive"],
    contract: "enforce",
  },
  database,
);
const compiled = compileContract(register.openapi);
assert.ok(compiled.ok);
const contract = compiled.value;

test("a generated description can be checked whole, and the service carries its mode", () => {
  assert.deepEqual(contract.findings, []);
  assert.equal(register.service.contract, "enforce");
});

const calls: readonly (readonly [path: string, body: object, status: number, asks: number])[] = [
  ["/v1/lookup", { id: "A700000001" }, 200, 0],
  ["/v1/lookup", { id: "A700000002" }, 200, 0],
  ["/v1/lookup", { id: "A700000009" }, 404, 0],
  ["/v1/lookup", { id: 7 }, 400, 1],
  ["/v1/lookup", { id: "A700000001", other: 1 }, 400, 1],
  ["/v1/search", { name: "林小明" }, 200, 0],
  ["/v1/search", { alive: "yes" }, 400, 1],
  ["/v1/search", {}, 400, 1],
];
for (const [servicePath, asked, status, breaches] of calls) {
  test(`a register keeps its word: ${servicePath} ${JSON.stringify(asked)} is ${status}, and what it refuses is described as wrong`, async () => {
    const headers = [["Content-Type", "application/json"]] as const;
    const body = Buffer.from(JSON.stringify(asked));
    const request = { method: "POST", servicePath, query: undefined, headers, body };
    const answer = await register.call({ method: "POST", path: servicePath, query: undefined, body, headers });
    assert.equal(answer.status, status);
    assert.equal(contract.checkRequest(request).length, breaches);
    assert.deepEqual(contract.checkResponse(request, answer), []);
  });
}
