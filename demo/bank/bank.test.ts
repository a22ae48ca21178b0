import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { fixedClock, ok, toBase64, utf8 } from "#kernel";
import {
  checkOwner,
  closeIncident,
  collectStatuses,
  deliverFiles,
  makeFile,
  openIncidents,
  openPayments,
  paymentFor,
  quarantine,
  schemaFaults,
} from "#payments";
import { testDatabase } from "#store/testing";
import { approve } from "./demo-payments.ts";
import { bankChannel, createBank, ownerChannel, startBank } from "./index.ts";

const clock = fixedClock("2026-01-05T01:30:00Z");
const bank = await startBank({ database: await testDatabase(), clock, slowMs: 60 });
const channel = bankChannel(bank.url);
test.after(() => bank.stop());

let ending = "";
const payments = await openPayments({
  database: await testDatabase(),
  clock,
  messageId: (day, number) => `TRK-${day.replaceAll("-", "")}-${number}${ending}`,
  banking: {
    currency: { code: "TWD", decimals: 0 },
    clearingSystem: "TWNCC",
    utcOffset: "+08:00",
    checkAccount: (account) => ok(account),
    executionDate: () => "2026-01-06",
  },
  payer: {
    agencyName: "示範市政府社會局",
    organisationId: "00000000",
    accountName: "示範市政府",
    account: { institution: "0040001", number: "00000012345678" },
  },
});

async function goAndSee(caseRefs: readonly string[]): Promise<Record<string, string>> {
  const made = await makeFile(payments);
  assert.ok(made.ok);
  await deliverFiles(payments, channel);
  await collectStatuses(payments, channel);
  const seen: Record<string, string> = {};
  for (const caseRef of caseRefs) {
    const view = await paymentFor(payments, caseRef);
    seen[caseRef] = [view?.state, view?.reason].filter(Boolean).join(" ");
  }
  return seen;
}

test("every magic ending, in one file, over HTTP", async () => {
  const expected: Readonly<Record<string, string>> = {
    "0000": "settled",
    "0999": "settled",
    "1001": "rejected AC01",
    "1003": "rejected AC03",
    "1004": "rejected AC04",
    "1006": "rejected AC06",
    "1008": "rejected AC08",
    "1101": "rejected BE01",
    "1102": "settled",
    "1301": "submitted",
    "1302": "settled",
    "1501": "settled",
    "1601": "rejected MD07",
    "1701": "rejected AC08",
    "5678": "settled",
  };
  for (const account of Object.keys(expected)) await approve(payments, account, account);
  assert.deepEqual(await goAndSee(Object.keys(expected)), expected);
  const contradictions = (await quarantine(payments)).filter((entry) => entry.why === "contradiction");
  assert.equal(contradictions.length, 1, "1302 says refused after settled");
  const again = await collectStatuses(payments, channel);
  assert.equal(again.applied, 0);
});

/** What the bank refused as a whole blocks new files until two people have dealt with it. */
async function unblock(): Promise<void> {
  for (const { id, blocks } of await openIncidents(payments)) {
    if (!blocks) continue;
    const people = { by: "operator:li", confirmedBy: "treasury:wu" };
    assert.ok((await closeIncident(payments, { incidentId: id, ...people, note: "mended" })).ok);
  }
}

const files: readonly [string, string][] = [
  ["-FF01", "rejected FF01"],
  ["-AM04", "rejected AM04"],
  ["-DUP", "unknown"],
  ["-LATE", "rejected TM01"],
  ["-LOST", "submitted"],
];
for (const [suffix, expected] of files) {
  test(`a whole file ending in ${suffix}: ${expected}`, async () => {
    ending = suffix;
    await approve(payments, suffix, "0000");
    assert.deepEqual(await goAndSee([suffix]), { [suffix]: expected });
    ending = "";
    await unblock();
  });
}

test("a bank that is down twice gets the file on the third try", async () => {
  ending = "-DOWN";
  await approve(payments, "down", "0000");
  assert.deepEqual(await goAndSee(["down"]), { down: "queued" });
  ending = "";
  assert.equal((await deliverFiles(payments, channel)).failed[0]?.fault, "bank-down");
  assert.equal((await deliverFiles(payments, channel)).sent.length, 1);
  await collectStatuses(payments, channel);
  assert.equal((await paymentFor(payments, "down"))?.state, "settled");
});

test("reports appear one after the other when the bank takes its time", async () => {
  const slow = await createBank({ database: await testDatabase(), clock, settleAfterMs: 60_000 });
  await approve(payments, "slow", "0000");
  const made = await makeFile(payments);
  assert.ok(made.ok);
  const fetched: number[] = [];
  const direct = {
    send: async ({ name, xml }: { name: string; xml: string }) =>
      (await (await post(slow, xml, { "x-file-name": name })).json()) as { receipt: string },
    collect: async () => (await (await slow.request("/statuses")).json()) as { name: string; xml: string }[],
  };
  await deliverFiles(payments, direct);
  fetched.push((await direct.collect()).length);
  clock.advance(60_000);
  const reports = await direct.collect();
  fetched.push(reports.length);
  assert.deepEqual(fetched, [1, 2]);
  for (const { xml } of reports) assert.deepEqual(schemaFaults(xml, "pain.002.001.14"), []);
});

type App = Awaited<ReturnType<typeof createBank>>;

async function post(app: App, xml: string, headers: Record<string, string> = {}): Promise<Response> {
  const digest = `sha-256=:${toBase64(createHash("sha256").update(utf8(xml)).digest())}:`;
  return app.request("/files", { method: "POST", body: xml, headers: { "content-digest": digest, ...headers } });
}

test("the bank checks for itself: digest, form, sums, repeated ids", async () => {
  const app = await createBank({ database: await testDatabase(), clock });
  await approve(payments, "checks", "0000");
  const made = await makeFile(payments);
  assert.ok(made.ok);
  const stored = await payments.database.one<{ xml: string }>("select xml from payments.file where id = $1", [
    made.value.file.id,
  ]);
  const { xml } = stored!;
  const status = async (text: string, headers = {}): Promise<number> => (await post(app, text, headers)).status;
  assert.equal(await status(xml, { "content-digest": "sha-256=:AAAA:" }), 400);
  assert.equal(await status("<html>"), 422);
  assert.equal(await status(`<!DOCTYPE a>${xml}`), 422);
  assert.equal(await status(xml), 201);
  assert.equal(await status(xml), 200);
  assert.equal(await status(xml.replaceAll("18750", "18751")), 409);
  const wrongSum = xml.replace("<CtrlSum>18750", "<CtrlSum>1").replaceAll(made.value.file.id, "OTHER-1");
  assert.equal(await status(wrongSum), 201);
  const reports = (await (await app.request("/statuses")).json()) as { name: string; xml: string }[];
  assert.match(reports.find(({ name }) => name.startsWith("OTHER-1"))?.xml ?? "", /RJCT.*AM10/);
});

test("owner check: answers by ending, never with a name", async () => {
  const ask = async (person: string, account: string): Promise<unknown> => {
    const answer = await checkOwner(payments, ownerChannel(bank.url), {
      person,
      account: { institution: "7000021", number: account },
      holderNumber: "A700000001",
      holderName: "林𡘙美",
    });
    return answer.ok ? answer.value.verdict : answer.error;
  };
  assert.deepEqual(await ask("p1", "00012340560000"), { result: "match" });
  assert.deepEqual(await ask("p1", "00012340561101"), { result: "number-differs" });
  assert.deepEqual(await ask("p1", "00012340561102"), { result: "name-differs", hint: "second-character" });
  assert.deepEqual(await ask("p1", "00012340561701"), { result: "branch-wrong", suggest: "8070014" });
  const before = performance.now();
  assert.deepEqual(await ask("p1", "00012340561501"), { result: "match" });
  assert.ok(performance.now() - before >= 55, "a slow check is slow");
  const malformed = await fetch(new URL("/owner-check", bank.url), { method: "POST", body: "{}" });
  assert.equal(malformed.status, 400);
});

test("the page says in both languages that it is a simulator, and shows no payee", async () => {
  const page = await (await fetch(bank.url)).text();
  assert.match(page, /這是模擬器/);
  assert.match(page, /This is a simulator, not a bank/);
  assert.match(page, /TRK-20260105-1</);
  assert.doesNotMatch(page, /林|0001234056/);
});
