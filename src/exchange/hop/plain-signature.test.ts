import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isInnerList, parseDictionary, serializeInnerList } from "structured-headers";
import { readPlainSignature } from "./plain-signature.ts";

const signature = "gw=:AAEC:";

/** What the full parser says of the same fields, in the shape of `ReceivedSignature`. */
function parsed(input: string): object | undefined {
  try {
    const [[label, member] = []] = parseDictionary(input);
    if (label === undefined || !isInnerList(member!)) return undefined;
    const components = member[0].map(([name, parameters]) => ({ name, parameters: [...parameters] }));
    const parameters = [...member[1]];
    return {
      label,
      components,
      parameters,
      signatureParams: serializeInnerList(member),
      signature: Uint8Array.of(0, 1, 2),
    };
  } catch {
    return undefined;
  }
}

const name = fc.stringMatching(/^@?[a-z][a-z0-9-]{0,8}$/);
const component = fc.tuple(name, fc.constantFrom("", ";req", ";bs", ";bs;req")).map(([one, tail]) => `"${one}"${tail}`);
const value = fc.oneof(
  fc.nat({ max: 999_999_999_999_999 }).map(String),
  fc.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{0,20}$/).map((text) => `"${text}"`),
);
const parameter = fc.tuple(fc.constantFrom("created", "expires", "keyid", "alg", "tag"), value);
const input = fc
  .tuple(fc.array(component, { maxLength: 6 }), fc.array(parameter, { maxLength: 5 }))
  .map(([items, parameters]) => `gw=(${items.join(" ")})${parameters.map(([key, one]) => `;${key}=${one}`).join("")}`);

test("whatever the plain reader takes, the full parser reads in the same way", () => {
  let taken = 0;
  fc.assert(
    fc.property(input, (text) => {
      const plain = readPlainSignature(text, signature);
      if (plain === undefined) return;
      taken += 1;
      assert.deepEqual(plain, parsed(text));
    }),
    { numRuns: 2000 },
  );
  assert.ok(taken > 500, `only ${taken} were plain`);
});

test("one character put in, taken out or changed never makes the two disagree", () => {
  const change = fc.tuple(
    fc.nat(),
    fc.constantFrom("", '"', ";", " ", ")", "(", ",", "=", "\\", "0", "-", "?1", "é"),
    fc.boolean(),
  );
  fc.assert(
    fc.property(input, change, (text, [where, put, over]) => {
      const at = where % (text.length + 1);
      const broken = text.slice(0, at) + put + text.slice(over ? at + 1 : at);
      const plain = readPlainSignature(broken, signature);
      if (plain !== undefined) assert.deepEqual(plain, parsed(broken));
    }),
    { numRuns: 3000 },
  );
});

test("another form is left to the parser", () => {
  const plain = 'gw=("@method");created=1;tag="t"';
  assert.ok(readPlainSignature(plain, signature));
  const others: readonly (readonly [string, string])[] = [
    [plain, "other=:AAEC:"],
    [plain, "gw=:AAE:"],
    [plain, "gw=:AAED=:"],
    [plain, "gw=:AAEC:, b=:AAEC:"],
    [`${plain}, b=("@path")`, signature],
    ['gw=("@method";req;req)', signature],
    ['gw=("@method");created=1;created=2', signature],
    ['gw=("@method");created=01', signature],
    ['gw=("@query-param";name="a")', signature],
    ['gw=("@method" )', signature],
    ['gw=("@method");tag="\\""', signature],
    ["", ""],
  ];
  for (const [text, bytes] of others) assert.equal(readPlainSignature(text, bytes), undefined, text);
});
