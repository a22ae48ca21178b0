import assert from "node:assert/strict";
import { test } from "node:test";
import { identityKeys } from "./keys.ts";

const keys = identityKeys(new Uint8Array(32).fill(7));

test("a sealed number opens only in its own row, unaltered, under its own secret", () => {
  const sealed = keys.seal("PNOTW-A700000001", "row-1");
  assert.equal(keys.open(sealed, "row-1"), "PNOTW-A700000001");
  assert.ok(!sealed.includes("A700000001"));
  assert.notDeepEqual(keys.seal("PNOTW-A700000001", "row-1"), sealed, "two seals of one number differ");
  const altered = Buffer.from(sealed);
  altered[15]! ^= 1;
  const other = identityKeys(new Uint8Array(32).fill(8));
  for (const attempt of [
    () => keys.open(sealed, "row-2"),
    () => keys.open(altered, "row-1"),
    () => keys.open(sealed.subarray(0, 20), "row-1"),
    () => other.open(sealed, "row-1"),
  ])
    assert.throws(attempt, { code: "sealed-value-damaged" });
});

test("the blind index is stable for a secret and tells nothing to another", () => {
  assert.deepEqual(keys.blindIndex("PNOTW-A700000001"), keys.blindIndex("PNOTW-A700000001"));
  const other = identityKeys(new Uint8Array(32).fill(8));
  assert.notDeepEqual(keys.blindIndex("PNOTW-A700000001"), other.blindIndex("PNOTW-A700000001"));
  assert.throws(() => identityKeys(new Uint8Array(31)), { code: "site-secret" });
});
