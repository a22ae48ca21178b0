import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const cli = new URL("../src/cli.ts", import.meta.url).pathname;
const run = (...words: string[]) => spawnSync(process.execPath, [cli, ...words], { encoding: "utf8" });

test("a command that is not understood ends with 2, never as if something had been found wrong", () => {
  for (const words of [
    ["frobnicate"],
    ["evidence", "verify"],
    ["evidence", "verify", "x.asice", "--anchor", "too-short"],
    ["registry", "serve", "x.yaml", "--port", "high"],
    ["verify"],
  ]) {
    const { status, stderr } = run(...words);
    assert.equal(status, 2, words.join(" "));
    assert.match(stderr, /^error: [\s\S]*Usage: taroko/, words.join(" "));
  }
  assert.equal(run("evidence", "--help").status, 0);
  assert.equal(run("--version").status, 0);
});
