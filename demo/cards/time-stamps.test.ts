import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fixedClock } from "#kernel";
import { openTimeStamps } from "./time-stamps.ts";

const clock = fixedClock("2026-11-22T04:00:00Z");
const folder = await mkdtemp(join(tmpdir(), "taroko-time-stamps-"));
const missing = spawnSync("openssl", ["version"]).status !== 0 && "the openssl program is not installed";

test("a stamp is one that openssl accepts, and names itself a simulator", { skip: missing }, async () => {
  const stamps = await openTimeStamps(folder, clock);
  const run = (...args: string[]) => spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
  await writeFile(join(folder, "text"), "a text");
  await writeFile(join(folder, "root.pem"), stamps.roots);
  run("ts", "-query", "-data", "text", "-sha256", "-cert", "-out", "query");
  const { readFile } = await import("node:fs/promises");
  const answer = await stamps.answer(await readFile(join(folder, "query")));
  await writeFile(join(folder, "answer"), answer!);
  const args = ["-queryfile", "query", "-in", "answer", "-CAfile", "root.pem", "-attime", "1795320000"];
  const checked = run("ts", "-verify", ...args);
  assert.match(checked.stdout + checked.stderr, /Verification: OK/);
  const told = run("ts", "-reply", "-in", "answer", "-text").stdout;
  assert.match(told, /Time stamp: Nov 22 04:00:00 2026 GMT/);
  assert.deepEqual((await openTimeStamps(folder, clock)).roots, stamps.roots, "its keys are kept");
});

test("what is no request is not answered", async () => {
  const stamps = await openTimeStamps(folder, clock);
  assert.equal(await stamps.answer(new Uint8Array([1, 2, 3])), undefined);
});
