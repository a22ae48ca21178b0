import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const cli = new URL("../cli.ts", import.meta.url).pathname;
const inForce = new URL("../../countries/taiwan/rules/assistive-device-subsidy.dmn", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "taroko-rules-"));
after(() => rmSync(folder, { recursive: true }));
const run = (...words: string[]) => spawnSync(process.execPath, [cli, "rules", ...words], { encoding: "utf8" });

function file(name: string, change: (xml: string) => string): string {
  const path = join(folder, name);
  writeFileSync(path, change(readFileSync(inForce, "utf8")));
  return path;
}

test("a sound model ends with 0, one with an overlap with 1 and the rows, one that cannot be read with 2", () => {
  const sound = run("check", inForce);
  assert.equal(sound.status, 0, sound.stderr);
  assert.match(sound.stdout, /0 errors, 0 warnings/);
  const overlapping = file("overlap.dmn", (xml) =>
    xml.replace('<text>"general"</text>', '<text>"general", "low-income"</text>'),
  );
  const found = run("check", overlapping, "--json");
  assert.equal(found.status, 1);
  const [said] = JSON.parse(found.stdout) as { findings: { kind: string; rows: number[]; severity: string }[] }[];
  assert.deepEqual(
    said!.findings.filter(({ severity }) => severity === "error").map(({ kind, rows }) => [kind, rows]),
    [["overlap", [1, 3]]],
  );
  const bomb = file("bomb.dmn", (xml) => xml.replace("?>", '?><!DOCTYPE d [<!ENTITY a "aaaa">]>'));
  const refused = run("check", bomb, join(folder, "none.dmn"));
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /bomb\.dmn cannot be read: rules-model-unreadable: a DTD/);
  assert.match(refused.stderr, /none\.dmn cannot be read: there is no such file/);
});

test("two versions are compared cell by cell: 0 for the same, 1 for a change, 2 for what is no model", () => {
  assert.equal(run("compare", inForce, inForce).status, 0);
  const changed = run(
    "compare",
    inForce,
    file("changed.dmn", (xml) => xml.replace("<text>0.75</text>", "<text>0.8</text>")),
  );
  assert.equal(changed.status, 1);
  assert.equal(changed.stdout.trim(), "cell decision-rate, row 2, Share that is paid: 0.75 → 0.8");
  assert.equal(
    run(
      "compare",
      inForce,
      file("no.dmn", () => "<html/>"),
    ).status,
    2,
  );
});
