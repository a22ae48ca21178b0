import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { fixedClock, toBase64, utf8 } from "#kernel";
import {
  checkOwner,
  approveResend,
  closeIncident,
  collectStatuses,
  confirmNotReceived,
  deliverFiles,
  listSuspense,
  makeFile,
  markOverdue,
  openIncidents,
  openPayments,
  openRecovery,
  paymentFor,
  proveBooks,
  quarantine,
  schemaFaults,
} from "#payments";
import { testDatabase } from "#store/testing";
import { approve, demoCity } from "./demo-payments.ts";
import { behaviourByChance, publishedRates } from "./magic.ts";
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
  ...demoCity,
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
    "1201": "settled",
    "1301": "submitted",
    "1302": "settled",
    "1401": "settled",
    "1501": "settled",
    "1601": "rejected MD07",
    "1701": "rejected AC08",
    "5678": "settled",
  };
  for (const account of Object.keys(expected)) await approve(payments, account, account);
  assert.deepEqual(await goAndSee(Object.keys(expected)), expected);
  const contradictions = (await quarantine(payments)).filter((entry) => entry.why === "contradiction");
  assert.equal(contradictions.length, 1, "1302 says refused after settled");
  const wrong = (await listSuspense(payments)).filter(({ why }) => why === "amount-differs");
  assert.deepEqual(
    wrong.map(({ amount }) => amount),
    [-13n],
    "1401 on the statement",
  );
  const again = await collectStatuses(payments, channel);
  assert.deepEqual(again, { applied: 0, repeated: 0, quarantined: 0 }, "what was confirmed is not offered again");
  await bankingDays(1);
  assert.equal(await stateOf("1302"), "returned AC04", "the statement proves the second status");
  assert.equal(await stateOf("1201"), "settled");
  await bankingDays(1);
  assert.equal(await stateOf("1201"), "returned AC04");
  assert.deepEqual(await proveBooks(payments), []);
});

async function bankingDays(days: number): Promise<void> {
  const moved = await fetch(new URL("/clock", bank.url), {
    method: "POST",
    body: JSON.stringify({ bankingDays: days }),
  });
  assert.equal(moved.status, 200);
  await collectStatuses(payments, channel);
}

async function stateOf(caseRef: string): Promise<string> {
  const view = await paymentFor(payments, caseRef);
  return [view?.state, view?.reason].filter(Boolean).join(" ");
}

test("a debtor pays back by a transfer that names the claim, and a stranger's money waits for a person", async () => {
  await approve(payments, "debt", "0001");
  assert.deepEqual(await goAndSee(["debt"]), { debt: "settled" });
  const { entitlementId } = (await paymentFor(payments, "debt"))!;
  const opened = await openRecovery(payments, {
    entitlementId,
    person: "p",
    amount: 18_750n,
    reason: "重複請領",
    legalBasis: "行政程序法第127條",
    decisionHash: "0".repeat(64),
    dueOn: "2026-03-01",
    by: "officer:chen",
    confirmedBy: "officer:wang",
  });
  assert.ok(opened.ok);
  const move = (body: object): Promise<Response> =>
    fetch(new URL("/movements", bank.url), { method: "POST", body: JSON.stringify(body) });
  const credit = { account: "00000012345678", direction: "credit", amount: "18750" };
  assert.equal((await move({ ...credit, text: `還款 ${opened.value.reference}` })).status, 201);
  assert.equal((await move({ ...credit, amount: "77" })).status, 201);
  assert.equal((await move({ ...credit, amount: "-77" })).status, 400);
  await collectStatuses(payments, channel);
  assert.equal(await stateOf("debt"), "recovered");
  assert.ok((await listSuspense(payments)).some(({ amount, why }) => amount === 77n && why === "unmatched"));
});

test("a file that was lost: the same payment in a new file is carried out once; sent twice it is refused as a duplicate", async () => {
  ending = "-LOST";
  await approve(payments, "lost", "0000");
  assert.deepEqual(await goAndSee(["lost"]), { lost: "submitted" });
  ending = "";
  const file = (await paymentFor(payments, "lost"))!.file!.id;
  clock.advance(25 * 3_600_000);
  await markOverdue(payments);
  const people = { by: "treasury:wu", confirmedBy: "treasury:ho" };
  assert.ok((await confirmNotReceived(payments, { file, evidence: { statement: "L", line: "1" }, ...people })).ok);
  assert.ok((await approveResend(payments, { file, ...people })).ok);
  assert.deepEqual(await goAndSee(["lost"]), { lost: "settled" });
  const direct = await createBank({ database: await testDatabase(), clock });
  const stored = await payments.database.one<{ xml: string }>("select xml from payments.file where id = $1", [
    (await paymentFor(payments, "lost"))!.file!.id,
  ]);
  const second = stored!.xml.replaceAll(/TRK-\d+-\d+/g, "TWICE-1");
  for (const xml of [stored!.xml, second]) assert.equal((await post(direct, xml)).status, 201);
  const reports = (await (await direct.request("/statuses")).json()) as { name: string; xml: string }[];
  assert.match(reports.find(({ name }) => name.startsWith("TWICE-1.1.pain"))?.xml ?? "", /RJCT.*AM05/);
  assert.ok(!reports.some(({ name }) => name.startsWith("TWICE-1.ND")));
});

test("load: chance at published rates, the same for the same seed", () => {
  const fates = Array.from({ length: 50_000 }, (_, n) => behaviourByChance(`line ${n}`, { seed: "1" }));
  const refused = fates.filter(({ statuses }) => statuses[0]?.code === "RJCT").length;
  const expected = Object.values(publishedRates).reduce((sum, rate) => sum + rate, 0) * 50_000;
  assert.ok(refused > expected * 0.8 && refused < expected * 1.1, `${refused} of about ${expected}`);
  assert.equal(behaviourByChance("line 7", { seed: "1" }), behaviourByChance("line 7", { seed: "1" }));
  assert.equal(behaviourByChance("x", { seed: "1", rates: { "1004": 1 } }).owner, "closed");
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
  clock.advance(60_000);
  const all = await direct.collect();
  assert.equal(all.length, 3);
  for (const { name, xml } of all)
    assert.deepEqual(
      schemaFaults(xml, name.endsWith("camt.054.xml") ? "camt.054.001.12" : "pain.002.001.14"),
      [],
      name,
    );
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

test("the pages say in both languages that it is a simulator, and show no payee", async () => {
  const page = async (path: string): Promise<string> => (await fetch(new URL(path, bank.url))).text();
  const overview = await page("/");
  assert.match(overview, /這是模擬器/);
  assert.match(overview, /This is a simulator, not a bank/);
  const first = await page("/files/TRK-20260105-1");
  assert.match(first, /1004/);
  assert.match(first, /帳戶已結清/);
  assert.match(first, /TRK-20260105-1\.NR\.camt\.054\.xml/);
  for (const shown of [overview, first]) assert.doesNotMatch(shown, /林|0001234056/);
  assert.match(await page("/reports/TRK-20260105-1.ND.camt.054.xml"), /BkToCstmrDbtCdtNtfctn/);
  assert.equal((await fetch(new URL("/files/none", bank.url))).status, 404);
  const moved = await fetch(new URL("/clock/next-banking-day", bank.url), { method: "POST", redirect: "manual" });
  assert.equal(moved.status, 303);
});
