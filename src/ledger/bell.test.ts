import assert from "node:assert/strict";
import { test } from "node:test";
import { createBell } from "./bell.ts";

test("a ring wakes all who wait, and whoever looked before it", async () => {
  const bell = createBell();
  const seen = bell.count();
  const waiting = [bell.heard(60_000, seen), bell.heard(60_000, seen)];
  bell.ring();
  await Promise.all(waiting);
  await bell.heard(60_000, seen);
  assert.equal(bell.count(), seen + 1);
});

// With a search of the list for each, such a crowd blocked the process for so long that its witnesses timed out.
test("a crowd whose time runs out at the same moment goes in one turn", async () => {
  const bell = createBell();
  const before = performance.now();
  await Promise.all(Array.from({ length: 40_000 }, () => bell.heard(20, bell.count())));
  const took = performance.now() - before;
  assert.ok(took < 3000, `${took} ms`);
});
