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

test("a wrong file is said in words, not by the runtime's own", () => {
  for (const [file, words] of [
    ["no-such-gateway.json", /cannot be used:\n {2}There is no such file\. Name the site's JSON file/],
    [new URL("../", import.meta.url).pathname, /It is a folder/],
    [cli, /It is no JSON/],
  ] as const) {
    const { status, stderr } = run("rights", file, "list");
    assert.equal(status, 2, file);
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, /ENOENT|EISDIR|SyntaxError/);
  }
});

test("each argument of each command is explained", () => {
  for (const words of [
    ["authority", "approve"],
    ["authority", "reject"],
    ["authority", "withdraw"],
    ["authority", "group"],
  ]) {
    const { stdout } = run(...words, "--help");
    const told = stdout.slice(stdout.indexOf("Arguments:"), stdout.indexOf("Options:"));
    assert.doesNotMatch(told, /^ {2}\S+ *$/m, words.join(" "));
  }
});
