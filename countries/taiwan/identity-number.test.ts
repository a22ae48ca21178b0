import assert from "node:assert/strict";
import { test } from "node:test";
import { demonstrationId, isNationalId, maskNationalId } from "./identity-number.ts";

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
