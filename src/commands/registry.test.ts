import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "taroko-registry-command-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const csv = join(folder, "people.csv");
const yaml = join(folder, "people.yaml");
writeFileSync(csv, "national_id,name\nA700000001,林\n");

function registry(...words: readonly string[]): {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
} {
  const run = spawnSync(process.execPath, [new URL("../cli.ts", import.meta.url).pathname, "registry", ...words], {
    encoding: "utf8",
  });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

test("init writes beside the file, once; check says what is wrong, with lines and statuses", () => {
  assert.equal(registry("init", csv, "--subsystem", "people").status, 0);
  const written = readFileSync(yaml, "utf8");
  assert.match(written, /subject: national_id/);
  assert.ok(!written.includes("A700000001"));
  const again = registry("init", csv);
  assert.deepEqual([again.status, readFileSync(yaml, "utf8")], [1, written]);
  assert.match(again.err, /is there already/);
  const checked = registry("check", yaml).out;
  assert.match(checked, /can be served: people\/people, 2 fields/);
  assert.match(checked, /POST \/v1\/lookup \{"national_id":"‹text, personal›"\}/);
  assert.match(checked, /200 \{"national_id":"‹text, personal›","name":"‹text, personal›"\}/);
  assert.ok(!checked.includes("A700000001") && !checked.includes("林"), "what is personal is covered");

  writeFileSync(yaml, written.replace("key: [national_id]", "key: [nobody]"));
  const wrong = registry("check", yaml);
  assert.equal(wrong.status, 1);
  assert.match(wrong.out, /people\.yaml:8 key: nobody is not among the declared fields\./);
  for (const verb of ["check", "serve"]) {
    const absent = registry(verb, join(folder, "none.yaml"));
    assert.deepEqual(
      [absent.status, absent.err, absent.out],
      [2, `There is no file ${join(folder, "none.yaml")}.\n`, ""],
    );
  }
  const data = registry("check", csv);
  assert.match(
    data.out,
    /people\.csv:1 the file: These are data, not a declaration\..*npx taroko registry init .*people\.csv\n/,
  );
  const folderGiven = registry("check", folder);
  assert.deepEqual([folderGiven.status, folderGiven.err], [2, `${folder} is a folder; name the declaration in it.\n`]);
  const served = registry("serve", yaml, "--port", "0");
  assert.equal(served.status, 1);
  assert.match(served.err, /line 8, key/);
});

test("init prints with --out -, and says what it cannot look at", () => {
  assert.match(registry("init", csv, "--out", "-").out, /^# A register/);
  assert.equal(registry("init", join(folder, "none.csv")).status, 1);
  const within = registry("init", folder);
  assert.match(within.err, /is a folder\. Name the CSV.*It has: people\.csv, people\.yaml\./);
  assert.equal(within.status, 1);
  assert.equal(registry("init", "postgres://nobody@127.0.0.1:1/none").status, 2);
});

test("init says at once what check would refuse: another width, Big5, bytes that are neither", () => {
  const uneven = join(folder, "uneven.csv");
  writeFileSync(uneven, "a;b;c\n1;2;3\n4;5\n");
  const refused = registry("init", uneven);
  assert.match(refused.err, /Record 2 of uneven\.csv has 2 values, the headings are 3\./);
  assert.equal(refused.status, 1);
  const big5 = join(folder, "big5.csv");
  writeFileSync(big5, Buffer.from("id,\xa9m\xa6W\n1,\xaaL\n", "latin1"));
  const told = registry("init", big5);
  assert.match(told.err, /is no UTF-8\. It reads as Big5, so the declaration says `encoding: big5`/);
  assert.deepEqual([told.status, registry("check", join(folder, "big5.yaml")).status], [0, 0]);
  writeFileSync(big5, Buffer.from("id,name\n1,\xfa\x40\n", "latin1"));
  assert.match(
    registry("init", big5).err,
    /is no UTF-8\. Read as Big5: Line 2 has a Big5 character of the user-defined area/,
  );
});
