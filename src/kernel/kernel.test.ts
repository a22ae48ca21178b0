import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson, fromBase64, fromHex, readUpTo, toBase64, utf8, uuidV7 } from "#kernel";

test("canonical JSON follows the RFC 8785 example for keys, numbers and strings", () => {
  const value = {
    peach: "This sorting order",
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "1": 1e30,
    "\u{1f600}": 4.5,
    "\ufb33": 2e-3,
  };
  assert.equal(
    canonicalJson(value),
    '{"\\r":"Carriage Return","1":1e+30,"peach":"This sorting order","\u20ac":"Euro Sign","\u{1f600}":4.5,"\ufb33":0.002}',
  );
  assert.equal(canonicalJson({ a: undefined, b: [null, true] }), '{"b":[null,true]}');
  assert.throws(() => canonicalJson(Number.NaN), TypeError);
  assert.throws(() => canonicalJson("\ud800"), TypeError);
});

test("the decoders refuse every second spelling", () => {
  assert.deepEqual(fromBase64("AQI="), new Uint8Array([1, 2]));
  for (const bad of ["AQI", "AQI=\n", "AQJ=", "-_8=", "*"]) assert.equal(fromBase64(bad), undefined, bad);
  assert.equal(fromHex("0A"), undefined);
  assert.equal(toBase64(new Uint8Array([255, 254])), "//4=");
});

test("a stream is read up to the limit, and left as soon as there is more", async () => {
  assert.deepEqual(await readUpTo([], 0), Buffer.of());
  assert.deepEqual(await readUpTo([utf8("ab"), utf8("c")], 3), Buffer.from("abc"));
  let given = 0;
  let left = false;
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        given += 1;
        yield utf8("ab");
      }
    } finally {
      left = true;
    }
  };
  assert.equal(await readUpTo(endless(), 3), undefined);
  assert.deepEqual([given, left], [2, true]);
});

test("UUIDv7 sorts by time", () => {
  const early = uuidV7(new Date(1_000));
  const late = uuidV7(new Date(2_000));
  assert.ok(early < late);
  assert.match(early, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
