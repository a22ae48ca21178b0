import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as holds, constantFrom, oneof, property, string } from "fast-check";
import { demonstrationId, isNationalId, maskNationalId, normalNationalId } from "./identity-number.ts";

test("demonstration numbers have a right checksum, and production refuses them", () => {
  for (let serial = 0; serial < 500; serial += 1) {
    const id = demonstrationId(serial);
    assert.ok(isNationalId(id, { demonstration: true }), id);
    assert.ok(!isNationalId(id, { demonstration: false }), id);
  }
});

test("a changed digit is noticed", () => {
  const id = demonstrationId(1);
  for (let at = 2; at < 10; at += 1) {
    const other = id.slice(0, at) + String((Number(id[at]) + 1) % 10) + id.slice(at + 1);
    assert.ok(!isNationalId(other, { demonstration: true }), other);
  }
  assert.ok(!isNationalId(id.toLowerCase(), { demonstration: true }));
  assert.equal(maskNationalId("A700000018"), "A7*****018");
});

test("a number has one spelling, and what is no number has none", () => {
  for (const text of ["A700000018", "a700000018", " A700000018\n", "Ａ７０００0００18", "A7 0000 0018"])
    assert.equal(normalNationalId(text), "A700000018", text);
  assert.equal(normalNationalId("AD00000018"), "AD00000018");
  for (const text of ["", "700000018", "A70000001", "A7000000180", "A700000018.0", "A700000018\u200b", "AE00000018"])
    assert.equal(normalNationalId(text), undefined, text);
  const text = oneof(
    string({ unit: "binary" }),
    constantFrom("ſ", "ı", "ß").map((letter) => `${letter}700000018`),
  );
  holds(
    property(text, (given) => {
      const normal = normalNationalId(given);
      if (normal !== undefined) assert.equal(normalNationalId(normal), normal);
    }),
  );
});
