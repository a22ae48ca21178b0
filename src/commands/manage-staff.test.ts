import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { mock, test } from "node:test";
import { openIdentity } from "#identity";
import { systemClock } from "#kernel";
import { testDatabase } from "#store/testing";
import { listStaff, nameManagers, staffDueAt } from "./manage-staff.ts";

const database = await testDatabase();
await openIdentity({
  database,
  clock: systemClock,
  siteSecret: new Uint8Array(32).fill(7),
  origin: "https://portal.test",
  trustedIssuers: [],
  country: "TW",
});
const options = {
  database: database.url,
  country: fileURLToPath(new URL("../../countries/taiwan/index.ts", import.meta.url)),
};

/** What a command says and how it ends. */
async function run(work: () => Promise<number>): Promise<{ readonly status: number; readonly said: string }> {
  const said: string[] = [];
  for (const channel of ["log", "error"] as const) mock.method(console, channel, (text: string) => said.push(text));
  try {
    const status = await work();
    return { status, said: said.join("\n") };
  } finally {
    mock.restoreAll();
  }
}

test("the operator names first managers, lists the staff, and sees what is due", async () => {
  const named = await run(() => nameManagers("taipei-social", ["蔡", "呂"], options));
  assert.equal(named.status, 0);
  const codes = [...named.said.matchAll(/(?:[2-9A-Z]{5}-){3}[2-9A-Z]{5}/g)].map(([code]) => code);
  assert.equal(new Set(codes).size, 2);
  const kept = JSON.stringify(await database.query("select * from identity.office"));
  for (const code of codes) assert.ok(!kept.includes(code.replaceAll("-", "")), "the code itself is kept nowhere");

  const listed = await run(() => listStaff("taipei-social", options));
  assert.equal(listed.status, 0);
  assert.match(listed.said, /蔡 \(invited\) {2}staff-manager invited/);
  assert.match(listed.said, /2 people\./);
  const due = await run(() => staffDueAt([], options));
  assert.equal(due.status, 1, "nobody has accepted, so nobody manages");
  assert.match(due.said, /^taipei-social: 2 on the staff, 0 managers \(two are needed\)/);
  assert.doesNotMatch(due.said, /moi:/, "an agency with nobody here has nothing due");
});

test("what cannot be is said in a line", async () => {
  const one = await run(() => nameManagers("taipei-social", ["獨"], options));
  assert.equal(one.status, 1);
  assert.match(one.said, /cannot be made/);
  const nowhere = await run(() => listStaff("atlantis", options));
  assert.equal(nowhere.status, 2);
  assert.match(nowhere.said, /atlantis is no agency/);
  assert.equal((await run(() => listStaff("moi", { ...options, database: "postgres://127.0.0.1:1/x" }))).status, 2);
});
