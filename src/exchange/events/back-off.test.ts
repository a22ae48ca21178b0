import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { delayAfter } from "./back-off.ts";

test("the wait doubles from one second to fifteen minutes, less at most half of it by chance", () => {
  assert.deepEqual(
    [1, 2, 3, 10, 11, 1000].map((attempt) => delayAfter(attempt, 0)),
    [1000, 2000, 4000, 512_000, 900_000, 900_000],
  );
  assert.equal(delayAfter(1, 0.5), 750);
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (n, chance) => {
      const [least, given, most] = [delayAfter(n + 1, 0) / 2, delayAfter(n + 1, chance), delayAfter(n + 1, 0)];
      return given >= Math.floor(least) && given <= most;
    }),
  );
});
