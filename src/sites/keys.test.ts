import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openSiteKeys } from "./keys.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-keys-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("of two processes that start together both have the key of the first, and nothing is left beside it", () => {
  const [one, other] = [openSiteKeys(folder), openSiteKeys(folder)];
  let first = "";
  const second = one.text("log.pem", () => {
    first = other.text("log.pem", () => "first");
    return "second";
  });
  assert.deepEqual([first, second, other.text("log.pem", () => "third")], ["first", "first", "first"]);
  assert.deepEqual(readdirSync(folder), ["log.pem"]);
  assert.equal(statSync(join(folder, "log.pem")).mode & 0o777, 0o600);
});
