import assert from "node:assert/strict";
import test from "node:test";
import { compileContract, type Contract } from "./contract.ts";
import { readDescription } from "./description.ts";

const post = (schema: unknown): object => ({
  "/": { post: { requestBody: { content: { "application/json": { schema } } }, responses: {} } },
});
function contractOf(schemas: object, version = "3.1.0"): Contract {
  const compiled = compileContract({
    openapi: version,
    paths: post({ $ref: "#/components/schemas/A" }),
    components: { schemas },
  });
  assert.ok(compiled.ok);
  return compiled.value;
}
function rules(contract: Contract, body: string): string {
  const headers = [["content-type", "application/json"]] as const;
  const found = contract.checkRequest({
    method: "POST",
    servicePath: "/",
    query: undefined,
    headers,
    body: Buffer.from(body),
  });
  return found.map(({ pointer, rule }) => `${pointer} ${rule}`).join(", ");
}
const codes = (contract: Contract): string => contract.findings.map(({ code, at }) => `${code} ${at}`).join(", ");

const refused: readonly (readonly [what: string, text: string, code: string])[] = [
  ["no JSON", "{", "not-readable"],
  ["no description", "{}", "not-openapi-3"],
  ["a scalar", "7", "not-openapi-3"],
  ["Swagger 2", '{"swagger":"2.0"}', "not-openapi-3"],
  ["version 4", '{"openapi":"4.0.0"}', "not-openapi-3"],
  ["a schema elsewhere", '{"openapi":"3.1.0","x":{"$ref":"http://evil.test/a.json"}}', "remote-reference"],
  ["a file", '{"openapi":"3.1.0","x":{"$ref":"../../etc/passwd"}}', "remote-reference"],
  ["nesting", `{"openapi":"3.1.0","x":${"[".repeat(200)}${"]".repeat(200)}}`, "too-deep"],
  ["length", `{"openapi":"3.1.0","x":"${"x".repeat(5_000_000)}"}`, "too-large"],
  ["many parts", `{"openapi":"3.1.0","x":[${"0,".repeat(300_000)}0]}`, "too-large"],
  ["YAML aliases, which grow", "openapi: 3.1.0\na: &a [x, x]\nb: [*a, *a]\n", "not-readable"],
  ["a YAML name twice", "openapi: 3.1.0\nopenapi: 3.0.0\n", "not-readable"],
];
for (const [what, text, code] of refused) {
  test(`no description to work with: ${what}`, () => {
    const read = readDescription(text);
    assert.equal(read.ok ? "read" : read.error.code, code);
  });
}

test("YAML is read as JSON is", () => {
  const read = readDescription(
    "openapi: 3.0.1\npaths:\n  /a: { get: { responses: { '200': { description: yes } } } }\n",
  );
  assert.ok(read.ok && read.value.version === "3.0");
});

test("schemas that mean each other for the same value are found; those for members are usual", () => {
  const circle = contractOf({
    A: { allOf: [{ $ref: "#/components/schemas/B" }] },
    B: { anyOf: [{ $ref: "#/components/schemas/A" }] },
  });
  assert.match(codes(circle), /^reference-circular/);
  assert.equal(rules(circle, "1"), "");
  const self = contractOf({ A: { $ref: "#/components/schemas/A" } });
  assert.match(codes(self), /^reference-circular/);
  const tree = contractOf({ A: { type: "object", properties: { a: { $ref: "#/components/schemas/A" } } } });
  assert.equal(codes(tree), "");
  assert.equal(rules(tree, '{"a":{"a":{"a":1}}}'), "/a/a/a type");
});

test("a value deeper than the stack, and schemas that double with each step, end as a breach", () => {
  const tree = contractOf({ A: { type: "array", items: { $ref: "#/components/schemas/A" } } });
  assert.equal(rules(tree, `${"[".repeat(100_000)}${"]".repeat(100_000)}`), " too-deep");
  const doubling: Record<string, object> = { A: { $ref: "#/components/schemas/S0" }, S40: { type: "string" } };
  for (let at = 0; at < 40; at += 1) {
    const next = { $ref: `#/components/schemas/S${at + 1}` };
    doubling[`S${at}`] = { allOf: [next, next] };
  }
  const started = performance.now();
  assert.equal(rules(contractOf(doubling), '"x"'), " too-complex");
  assert.ok(performance.now() - started < 3000);
});

test("a pattern too much for its text is a breach, also where it must not match", () => {
  const large = `^${"a*".repeat(1500)}$`;
  const text = JSON.stringify("a".repeat(30_000));
  for (const schema of [{ pattern: large }, { not: { pattern: large } }])
    assert.equal(rules(contractOf({ A: { type: "string", ...schema } }), text), " too-complex");
});

test("lists that must be unique, and patterns that run for ever elsewhere, take linear time", () => {
  const unique = contractOf({ A: { type: "array", uniqueItems: true } });
  const evil = contractOf({ A: { type: "string", pattern: "^(([a-z])+.)+[A-Z]([a-z])+$" } });
  const started = performance.now();
  assert.equal(rules(unique, JSON.stringify(Array.from({ length: 100_000 }, (_, at) => ({ at })))), "");
  assert.equal(rules(evil, JSON.stringify("a".repeat(50_000))), " pattern");
  assert.ok(performance.now() - started < 3000);
});

test("what cannot be checked is named, and the rest is checked all the same", () => {
  const contract = contractOf({
    A: {
      type: "object",
      required: ["p"],
      properties: {
        p: { type: "string", pattern: "(?=x)x", maxLength: 2 },
        q: { $ref: "#/nowhere" },
        t: { type: "text" },
      },
      patternProperties: { "(": {} },
      additionalProperties: false,
    },
  });
  assert.equal(
    codes(contract),
    [
      "pattern-refused /components/schemas/A/properties/p/pattern",
      "reference-unknown /components/schemas/A/properties/q/$ref",
      "schema-malformed /components/schemas/A/properties/t/type",
      "pattern-refused /components/schemas/A/patternProperties/(",
    ].join(", "),
  );
  assert.equal(rules(contract, '{"p":"yyy","q":1,"t":2,"other":1}'), "/p maxLength");
});

test("names that mean something to JavaScript mean nothing here", () => {
  const odd = JSON.parse(
    '{"A":{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}},"required":["toString"]}}',
  ) as object;
  const contract = contractOf(odd);
  assert.equal(rules(contract, "{}"), "/toString required");
  assert.equal(rules(contract, '{"toString":1,"constructor":1}'), "/constructor type");
});

test("words that would be code or addresses to the compiler do not reach it", () => {
  const contract = contractOf({
    A: {
      $id: "http://evil.test/",
      $async: true,
      $dynamicRef: "#x",
      $schema: "http://evil.test/s",
      enum: ['"+process.exit()+"'],
    },
  });
  assert.equal(codes(contract), "");
  assert.equal(rules(contract, '"\\"+process.exit()+\\""'), "");
  assert.equal(rules(contract, "1"), " enum");
});
