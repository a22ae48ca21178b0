import assert from "node:assert/strict";
import test from "node:test";
import {
  array,
  assert as checkProperty,
  constantFrom,
  dictionary,
  json,
  letrec,
  nat,
  oneof,
  property,
} from "fast-check";
import { fieldList, fieldText } from "./field-list.ts";
import { fieldNames, keepFields } from "./keep-fields.ts";

function keep(text: string, ...lists: readonly (readonly string[])[]): string {
  return keepBeside(true, text, ...lists);
}

function keepBeside(sealed: boolean, text: string, ...lists: readonly (readonly string[])[]): string {
  const kept = keepFields(Buffer.from(text), lists.map(fieldList), sealed);
  return kept.ok ? `${Buffer.from(kept.value.body).toString()} -${kept.value.dropped.join(" ")}` : kept.error;
}

const cases: readonly (readonly [what: string, answer: string, fields: readonly string[], kept: string])[] = [
  ["top-level names", '{"a":1,"b":2}', ["a"], '{"a":1} -b'],
  ["a pointer to the top is that name", '{"a":1,"b":2}', ["/a"], '{"a":1} -b'],
  ["a pointer covers all below", '{"p":{"q":{"r":1},"s":2}}', ["/p/q"], '{"p":{"q":{"r":1}}} -/p/s'],
  ["arrays take no step", '{"c":[{"n":1,"x":2},[{"n":3}]]}', ["/c/n"], '{"c":[{"n":1},[{"n":3}]]} -/c/x'],
  ["scalars among what has members", '{"c":[1,{"n":1}],"d":1}', ["/c/n", "/d/n"], '{"c":[{"n":1}]} -c d'],
  [
    "each row of a page, and its cursor",
    '{"rows":[{"a":1,"b":2}],"next":"x"}',
    ["a"],
    '{"rows":[{"a":1}],"next":"x"} -b',
  ],
  ["rows named from the whole answer", '{"rows":[{"a":1,"b":2}]}', ["/rows/a"], '{"rows":[{"a":1}]} -b'],
  ["what stands beside the rows", '{"rows":[],"total":9,"next":{"k":1}}', ["a"], '{"rows":[]} -total next'],
  ["a list of rows", '[{"a":1,"b":2},{"b":3}]', ["a"], '[{"a":1},{}] -b'],
  ["rows that are no array are a field", '{"rows":{"a":1}}', ["a"], "{} -rows"],
  ["names in other letters are other names", '{"Name":1,"name":2}', ["name"], '{"name":2} -Name'],
  ["names are compared unescaped", '{"\\u0061":1,"b":2}', ["a"], '{"\\u0061":1} -b'],
  ["escaped pointers", '{"a/b":{"~":1},"c":2}', ["/a~1b/~0"], '{"a/b":{"~":1}} -c'],
  ["an own name is no way around", '{"__proto__":{"a":1},"a":2}', ["a"], '{"a":2} -__proto__'],
  ["everything", '{"a":1}', ["*"], '{"a":1} -'],
  ["nothing", '{"a":1}', [], "{} -a"],
];
for (const [what, answer, fields, kept] of cases)
  test(`fields: ${what}`, () => assert.equal(keep(answer, fields), kept));

test("a field stays when every list allows it", () => {
  assert.equal(keep('{"p":{"a":1,"b":2},"c":3}', ["/p"], ["/p/a", "c"]), '{"p":{"a":1}} -/p/b c');
});

test("a cursor that nobody sealed may hold a row's key: it is a field as others", () => {
  const page = '{"rows":[{"name":"A","id":"7"}],"next":"after-7"}';
  assert.equal(keepBeside(false, page, ["name"]), '{"rows":[{"name":"A"}]} -id next');
  assert.equal(keepBeside(false, page, ["name", "next"]), '{"rows":[{"name":"A"}],"next":"after-7"} -id');
  assert.equal(keepBeside(false, page, ["name", "next"], ["name"]), '{"rows":[{"name":"A"}]} -id next');
});

test("numbers, escapes and white space inside stay as they were written", () => {
  const kept = '{"big":123456789012345678901234567890,"dec":0.10000000000000000001,"e":1.50E+400,"s":"\\u81fa\\/"';
  assert.equal(keep(`${kept},"x":1 }`, ["big", "dec", "e", "s"]), `${kept}} -x`);
});

test("long strings are kept and dropped whole, whatever stands in them", () => {
  const long = `${"臺".repeat(70)}\\"${"x".repeat(70)}\\\\${"\u007f\uffff".repeat(40)}\\u0041\\n`;
  assert.equal(keep(`{"a":"${long}","b":"${long}","c":1}`, ["a", "c"]), `{"a":"${long}","c":1} -b`);
});

const notRead: readonly (readonly [what: string, answer: string | Uint8Array, fault: string])[] = [
  ["text", "no", "not-json"],
  ["two values", '{"a":1}{"b":2}', "not-json"],
  ["a broken member behind a good one", '{"a":1,"b":01}', "not-json"],
  ["a broken value that would be dropped", '{"a":1,"b":{"c":tru}}', "not-json"],
  ["a control character late in a string", `{"a":"${"x".repeat(100)}\n"}`, "not-json"],
  ["an unknown escape late in a string", `{"a":"${"x".repeat(100)}\\q"}`, "not-json"],
  ["a long string without end", `{"a":"${"x".repeat(100)}`, "not-json"],
  ["a byte order mark", "\ufeff{}", "not-json"],
  ["no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "not-json"],
  ["a name twice", '{"a":1,"a":2}', "name-repeated"],
  ["a name twice, once in escapes", '{"b":1,"\\u0062":2}', "name-repeated"],
  ["a scalar", "7", "no-object"],
  ["a list of scalars", "[1,2]", "no-object"],
  ["a list with a scalar", '[{"a":1},"a"]', "no-object"],
  ["nesting without end", "[".repeat(100_000), "too-deep"],
  ["nesting without end in what would be dropped", `{"z":${'{"a":'.repeat(5000)}`, "too-deep"],
];
for (const [what, answer, fault] of notRead) {
  test(`fields cannot be told: ${what}`, () => {
    const kept = keepFields(Buffer.from(answer), [fieldList(["a"])], true);
    assert.equal(kept.ok ? "kept" : kept.error, fault);
  });
}

for (const [how, space] of [
  ["parsed", ""],
  ["walked", " ".repeat(70_000)],
] as const)
  test(`without a limit the fields are named: ${how}`, () => {
    const names = (text: string): string => (fieldNames(Buffer.from(space + text)) ?? ["no JSON"]).join(" ");
    assert.equal(names('{"a":{"b":1},"c/d":2}'), "a c/d");
    assert.equal(names('{"rows":[{"a":1},{"b":2}],"next":null}'), "a b");
    assert.equal(names('[{"a":1},{"b":2},3]'), "a b");
    assert.deepEqual([names("7"), names("{"), names('{"a":1}x')], ["", "no JSON", "no JSON"]);
  });

test("the record of what was dropped has an end", () => {
  const many = JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`.repeat(99), at])));
  const kept = keepFields(Buffer.from(many), [fieldList(["a"])], true);
  assert.ok(kept.ok && kept.value.dropped.length === 200 && kept.value.dropped.every((name) => name.length <= 200));
});

test("a text is read exactly when JSON.parse reads it", () => {
  const pieces = constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"\\u00',
    "1",
    "-",
    "0.",
    "e5",
    "tru",
    "null",
    " ",
    "\u0001",
  );
  checkProperty(
    property(array(pieces, { maxLength: 12 }), (parts) => {
      const text = `{"k":[${parts.join("")}]}`;
      let parsed = true;
      try {
        JSON.parse(text);
      } catch {
        parsed = false;
      }
      const kept = keepFields(Buffer.from(text), [fieldList(["z"])], true);
      assert.equal(kept.ok || kept.error === "name-repeated", parsed, text);
    }),
  );
  checkProperty(
    property(json({ maxDepth: 6 }), (text) => {
      assert.deepEqual(fieldNames(Buffer.from(" ".repeat(70_000) + text)), fieldNames(Buffer.from(text)), text);
    }),
    { numRuns: 50 },
  );
});

type Tree = number | readonly Tree[] | { readonly [name: string]: Tree };
const name = constantFrom("a", "b", "rows");
const { tree } = letrec<{ tree: Tree; object: Tree }>((tie) => ({
  tree: oneof({ maxDepth: 4 }, nat(9), array(tie("tree"), { maxLength: 3 }), tie("object")),
  object: dictionary(name, tie("tree"), { maxKeys: 3 }),
}));
const root = dictionary(name, tree, { maxKeys: 3 });
const pointer = array(name, { minLength: 1, maxLength: 3 }).map(fieldText);

/** Every scalar of a tree with the names that lead to it; of a page, with both of its addresses. */
function scalars(of: Tree, steps: readonly string[] = []): { at: readonly string[]; value: number }[] {
  if (typeof of === "number") return [{ at: steps, value: of }];
  if (Array.isArray(of)) return of.flatMap((one: Tree) => scalars(one, steps));
  return Object.entries(of).flatMap(([key, one]) => scalars(one, [...steps, key]));
}

test("what is not allowed is never released, what is allowed always", () => {
  checkProperty(
    property(root, array(array(pointer, { maxLength: 3 }), { minLength: 1, maxLength: 2 }), (answer, lists) => {
      const isPage = Array.isArray(answer["rows"]);
      const addresses = (at: readonly string[]): string[] =>
        [at, ...(isPage && at[0] === "rows" ? [at.slice(1)] : [])].filter(({ length }) => length > 0).map(pointerOf);
      const isAllowed = ({ at }: { at: readonly string[] }): boolean =>
        lists.every((list) =>
          addresses(at).some((address) =>
            list.map(asPointer).some((field) => address === field || address.startsWith(`${field}/`)),
          ),
        );
      const kept = keepFields(Buffer.from(JSON.stringify(answer)), lists.map(fieldList), true);
      assert.ok(kept.ok);
      const given = JSON.parse(Buffer.from(kept.value.body).toString()) as Tree;
      assert.deepEqual(scalars(given), scalars(answer).filter(isAllowed));
      const again = keepFields(kept.value.body, lists.map(fieldList));
      assert.deepEqual(again.ok && again.value.dropped, [], "keeping twice is keeping once");
    }),
    { numRuns: 500 },
  );
});

function pointerOf(steps: readonly string[]): string {
  return steps.map((step) => `/${step}`).join("");
}
function asPointer(field: string): string {
  return field.startsWith("/") ? field : `/${field}`;
}
