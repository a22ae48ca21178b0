import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, mock, test } from "node:test";
import { fileURLToPath } from "node:url";
import { testDatabase } from "#store/testing";
import { importFrom, openFrom, workOnBatch } from "./payments.ts";
import { drawStates, follow, prove, tellFiles } from "./payments-tell.ts";

const database = await testDatabase();
const folder = mkdtempSync(join(tmpdir(), "taroko-payments-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const country = fileURLToPath(new URL("../../countries/taiwan/index.ts", import.meta.url));
const at = { database: database.url, country };

/** What a command prints, and its exit status. */
async function said(work: Promise<number>): Promise<{ out: string; error: string; status: number }> {
  let [out, error] = ["", ""];
  const log = mock.method(console, "log", (text: string) => (out += `${text}\n`));
  const complaint = mock.method(console, "error", (text: string) => (error += `${text}\n`));
  try {
    const status = await work;
    return { out, error, status };
  } finally {
    log.mock.restore();
    complaint.mock.restore();
  }
}

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const order = {
  ...at,
  programme: "relief",
  decision: "Decree 12",
  by: "officer:chen",
  ownersChecked: true,
  name: "r.csv",
};

test("a roster from its file to bank files: each command says what it did, and by its status whether", async () => {
  const programme = {
    id: "relief",
    title: { "zh-Hant": "普發現金", en: "Relief" },
    law: "Relief Act",
    purpose: { code: "GOVT", text: "普發現金" },
    payer: {
      agencyName: "示範財政部",
      organisationId: "00000001",
      accountName: "示範國庫",
      account: { institution: "0040037", number: "99" },
    },
    budget: "12000",
  };
  const opened = await said(openFrom(file("programme.json", JSON.stringify(programme)), { ...order }));
  assert.deepEqual([opened.status, opened.out], [0, "relief is open.\n"], opened.error);

  const head = "reference,name,institution,account,amount\n";
  const roster = file("r.csv", `${head}R-1,王,0040037,1,6000\nR-2,林𡘙美,0040037,2,6000\nR-3,x,0040037,3,-1\n`);
  const errors = join(folder, "refused.csv");
  const imported = await said(importFrom(roster, { ...order, errors }));
  assert.equal(imported.status, 0, imported.error);
  assert.match(imported.out, /^2 payments of 12,000 are approved once; 1 rows were refused/);
  assert.match(readFileSync(errors, "utf8"), /\n4,R-3,amount-invalid,金額不能支付,This amount cannot be paid\r\n$/);

  if (existsSync("/dev/full")) {
    const full = await said(importFrom(roster, { ...order, errors: "/dev/full" }));
    assert.equal(full.status, 2);
    assert.match(full.error, /\/dev\/full could not be written whole: .*What was imported is not touched/);
  }
  const wrong = await said(importFrom(file("w.csv", "編號;姓名\n"), { ...order, name: "w.csv" }));
  assert.equal(wrong.status, 1);
  assert.match(wrong.error, /^roster-head\n名冊的欄位名稱不正確.*\nThe roster's column names are not right/);

  const proposed = await said(
    workOnBatch("propose", undefined, { ...at, programme: "relief", by: "officer:chen", json: true }),
  );
  const { id, sha256 } = JSON.parse(proposed.out) as { id: string; sha256: string };
  assert.equal((await said(workOnBatch("release", id, { ...at, sha256: "0" }))).status, 1);
  const released = await said(workOnBatch("release", id, { ...at, sha256 }));
  assert.deepEqual([released.status, released.out], [0, "Released; its money is reserved.\n"]);
  assert.match((await said(tellFiles({ ...at, make: true }))).out, /waits {2}2 payments, 12,000/);
  assert.equal((await said(prove(at))).status, 0);
  assert.match((await said(follow("R-2", at))).out, /Batch .*, file 1 of it\nAttempt 1: .* queued\n/);
});

test("help tells no password, and what was not understood ends with 2", async () => {
  const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));
  const child = spawn(process.execPath, [cli, "payments", "import", "--help"], {
    env: { ...process.env, DATABASE_URL: database.url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let help = "";
  child.stdout.on("data", (piece: Buffer) => (help += piece.toString()));
  assert.deepEqual(await once(child, "close"), [0, null]);
  assert.match(help, /--decision/);
  assert.ok(!help.includes(database.url), "the database's address stands in the help");
  assert.equal((await said(drawStates("png"))).status, 2);
  assert.equal((await said(workOnBatch("show", "not-an-id", at))).status, 1);
});
