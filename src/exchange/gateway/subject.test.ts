import assert from "node:assert/strict";
import test from "node:test";
import { array, assert as holds, boolean, constant, constantFrom, oneof, property, string, tuple } from "fast-check";
import { splitServicePath } from "../r1/glob.ts";
import type { SubjectRule } from "./services.ts";
import { plainSubject, subjectOf, type NormalSubject, type SubjectRequest } from "./subject.ts";

const ann = "A700000001";
const nobody: SubjectRequest = {
  segments: [],
  query: undefined,
  body: Buffer.alloc(0),
  contentType: [],
  contentEncoding: [],
};

function found(rule: SubjectRule, request: Partial<SubjectRequest>, normal: NormalSubject = plainSubject): string {
  const subject = subjectOf(rule, { ...nobody, ...request }, normal);
  return subject.ok ? `= ${subject.value}` : subject.error;
}

const inBody = (json: string | Buffer, more: Partial<SubjectRequest> = {}): string =>
  found({ from: "body", pointer: "/id" }, { body: Buffer.from(json as string), ...more });
const inQuery = (query: string): string => found({ from: "query", name: "id" }, { query });
const inPath = (path: string): string => {
  const split = splitServicePath(path);
  return split.ok ? found({ from: "path", segment: 1 }, { segments: split.value.segments }) : "path refused";
};

for (const [json, expected] of [
  ['{"id":"A700000001"}', `= ${ann}`],
  ['{"\\u0069d":"\\u0041700000001","more":{"id":"x"},"list":[{"id":1}],"text":"\\"id\\":\\\\"}', `= ${ann}`],
  ['{"id":"A700000001   "}', "subject-not-normal"],
  ['{"id":" A700000001"}', "subject-not-normal"],
  ['{"id":"A700000001\\n"}', "subject-not-normal"],
  ['{"id":"A700000001\\u0000"}', "subject-not-normal"],
  ['{"id":"A700000001\\u200b"}', "subject-not-normal"],
  ['{"id":"\\ufeffA700000001"}', "subject-not-normal"],
  ['{"id":"A700000001\\ud800"}', "subject-not-normal"],
  ['{"id":"e\\u0301700000001"}', "subject-not-normal"],
  [`{"id":"${ann}${" ".repeat(300)}"}`, "subject-not-normal"],
  [`{"id":"${"A".repeat(201)}"}`, "subject-not-normal"],
  ['{"id":700000001}', "subject-not-text"],
  ['{"id":["A700000001"]}', "subject-not-text"],
  ['{"id":{"value":"A700000001"}}', "subject-not-text"],
  ['{"id":null}', "subject-not-text"],
  ['[{"id":"A700000001"}]', "subject-not-text"],
  ["{}", "subject-missing"],
  ['{"ID":"A700000001"}', "subject-missing"],
  ['{"id":""}', "subject-missing"],
  ['"A700000001"', "subject-missing"],
  ['{"id":"B","id":"A700000001"}', "subject-repeated"],
  ['{"id":"B","\\u0069d":"A700000001"}', "subject-repeated"],
  ['{"id":"B","ID":"A700000001"}', "subject-repeated"],
  ['\ufeff{"id":"A700000001"}', "subject-not-readable"],
  ["id=A700000001", "subject-not-readable"],
  ["", "subject-not-readable"],
] as const) {
  test(`in a body: ${json.slice(0, 60)} → ${expected}`, () => assert.equal(inBody(json), expected));
}

test("a body in another encoding or of another type is not read", () => {
  const json = '{"id":"A700000001"}';
  assert.equal(inBody(Buffer.from('{"id":"A70000000\xff"}', "latin1")), "subject-not-readable");
  for (const type of ["application/json", "application/problem+json", 'Application/JSON; charset="UTF-8"'])
    assert.equal(inBody(json, { contentType: [type] }), `= ${ann}`, type);
  for (const type of [
    "application/x-www-form-urlencoded",
    "application/json; charset=utf-16",
    "text/plain; application/json",
  ])
    assert.equal(inBody(json, { contentType: [type] }), "subject-not-readable", type);
  const twice = ["application/json", "application/json"];
  assert.equal(inBody(json, { contentType: twice }), "subject-not-readable");
  assert.equal(inBody(json, { contentEncoding: ["gzip"] }), "subject-not-readable");
});

test("each step of the way into a body is there once", () => {
  const deep = (json: string): string => found({ from: "body", pointer: "/a~1b/id" }, { body: Buffer.from(json) });
  assert.equal(deep('{"x":{"a/b":{"id":"B"}},"a/b":{"y":{"id":"B"},"id":"A"},"id":"B"}'), "= A");
  assert.equal(deep('{"a/b":{"id":"B"},"a/b":{"id":"A"}}'), "subject-repeated");
  assert.equal(deep('{"A/B":{},"a/b":{"id":"A"}}'), "subject-repeated");
  assert.equal(deep('{"a/b":[{"id":"A"}]}'), "subject-not-text");
});

test("of two places in a body one is enough, and two name the same person", () => {
  const rule: SubjectRule = { from: "body", pointer: "/query/id", also: "/write/id" };
  const either = (body: unknown): string => found(rule, { body: Buffer.from(JSON.stringify(body)) });
  for (const [body, expected] of [
    [{ query: { id: ann } }, `= ${ann}`],
    [{ write: { id: ann } }, `= ${ann}`],
    [{ query: { id: ann }, write: { id: ann } }, `= ${ann}`],
    [{ query: { id: ann }, write: { other: 1 } }, `= ${ann}`],
    [{ query: { id: ann }, write: { id: "B" } }, "subject-repeated"],
    [{ query: { id: ann }, write: { id: 1 } }, "subject-not-text"],
    [{ query: { id: ann }, WRITE: { id: "B" }, write: {} }, "subject-repeated"],
    [{ query: {}, write: {} }, "subject-missing"],
  ] as const)
    assert.equal(either(body), expected, JSON.stringify(body));
});

for (const [query, expected] of [
  ["id=A700000001", `= ${ann}`],
  ["x=1&id=%41700000001&identity=B", `= ${ann}`],
  ["id=B&id=A700000001", "subject-repeated"],
  ["id=A700000001&id", "subject-repeated"],
  ["id=B&ID=A700000001", "subject-repeated"],
  ["id=B&id%5B%5D=A700000001", "subject-repeated"],
  ["id=B;id=A700000001", "subject-not-readable"],
  ["id=A700000001%FF", "subject-not-readable"],
  ["ID=A700000001", "subject-missing"],
  ["id[]=A700000001", "subject-missing"],
  ["id=", "subject-missing"],
  ["", "subject-missing"],
  ["id=%20A700000001", "subject-not-normal"],
  ["id=+A700000001", "subject-not-normal"],
  ["id=%2541700000001", "subject-not-normal"],
  ["id=B=A700000001", "subject-not-normal"],
] as const) {
  test(`in a query: ${query} → ${expected}`, () => assert.equal(inQuery(query), expected));
}

for (const [path, expected] of [
  ["/persons/A700000001", `= ${ann}`],
  ["/persons/A70000000%31/income", `= ${ann}`],
  ["/persons", "subject-missing"],
  ["/persons/", "subject-missing"],
  ["//persons/A700000001", "subject-missing"],
  ["/persons//A700000001", "subject-missing"],
  ["/persons/A700000001%20", "subject-not-normal"],
  ["/persons/A700000001;v=1", "subject-not-normal"],
  ["/persons/A700000001%3Bv", "subject-not-normal"],
  ["/persons/B%2FA700000001", "subject-not-normal"],
  ["/persons/%2541700000001", "subject-not-normal"],
] as const) {
  test(`in a path: ${path} → ${expected}`, () => assert.equal(inPath(path), expected));
}

test("a country's normal form is kept to, and cannot allow what none may", () => {
  const capitals: NormalSubject = (text) => (text.startsWith("!") ? undefined : text.normalize("NFKC").toUpperCase());
  const by = (id: string, normal: NormalSubject): string =>
    found({ from: "body", pointer: "/id" }, { body: Buffer.from(JSON.stringify({ id })) }, normal);
  assert.equal(by(ann, capitals), `= ${ann}`);
  for (const other of ["a700000001", "Ａ700000001", "!A"]) assert.equal(by(other, capitals), "subject-not-normal");
  assert.equal(
    by("A700000001 ", (text) => text),
    "subject-not-normal",
  );
});

const spoilt = constantFrom(" ", "\t", "\u00a0", "\u3000", "\ufeff", "\u200b", "\u0000", "\u0301", "\ud800", "0", ".0");
/** Ann under names of every kind, and any text at all. */
const spelling = oneof(
  constant(ann),
  string({ unit: "binary", maxLength: 250 }),
  tuple(spoilt, boolean()).map(([mark, before]) => (before ? mark + ann : ann + mark)),
);
const name = constantFrom("id", "ID", "Id", "\\u0069d", "ıd", "ﬁd", "other");

test("of any body, whoever takes it apart finds the person found here, or it is refused", () => {
  holds(
    property(array(tuple(name, spelling), { maxLength: 4 }), (members) => {
      const json = `{${members.map(([member, value]) => `"${member}":${JSON.stringify(value)}`).join(",")}}`;
      const read = members
        .map(([member, value]) => [JSON.parse(`"${member}"`) as string, value] as const)
        .filter(([member]) => member.toLowerCase() === "id");
      const subject = inBody(json);
      if (!subject.startsWith("= ")) return;
      assert.deepEqual(read, [["id", subject.slice(2)]]);
      // What a database is sent is this text and no other.
      assert.equal(Buffer.from(subject.slice(2)).toString(), read[0]?.[1]);
      assert.equal(subject.slice(2).trim(), subject.slice(2));
    }),
    { numRuns: 500 },
  );
});

test("of any query, whoever takes it apart finds the person found here, or it is refused", () => {
  const part = oneof(constantFrom("id=", "ID=", "&", ";", "+", "%", "%25", "%41", "[]", "=", "B", ann), spelling);
  holds(
    property(array(part, { maxLength: 8 }), (parts) => {
      const query = parts.join("");
      const subject = inQuery(query);
      if (!subject.startsWith("= ")) return;
      for (const separator of [/&/, /[&;]/]) {
        const values = query.split(separator).flatMap((pair) => {
          const [[given, value] = ["", ""]] = new URLSearchParams(pair);
          return given.toLowerCase().startsWith("id") && !/^id[^[]/i.test(given) ? [value] : [];
        });
        assert.deepEqual(values, [subject.slice(2)]);
      }
    }),
    { numRuns: 500 },
  );
});
