import assert from "node:assert/strict";
import { test } from "node:test";
import { askPerson, openRecovery, paymentFor } from "#payments";
import { findFlaws } from "../pages/page-flaws.ts";
import { paymentSite } from "./payment-site.ts";

const site = await paymentSite();
const { payments } = site.portal;
const wang = await site.person("王承辦", ["caseworker"]);
const chen = await site.person("陳放行", ["approver"]);
const lin = await site.person("林美惠");
const stranger = await site.person("周別人");

const numbers: Record<string, string> = {};
for (const ending of ["0500", "0600", "1001", "1004", "1601"])
  numbers[ending] = (await site.released(lin, wang, chen, ending)).number;
await site.settle();
numbers["new"] = (await site.approved(lin, wang, "0777")).number;
const mine = async (ending: string, more = ""): Promise<string> =>
  `/my/payments/${(await site.payment(numbers[ending]!)).entitlement}${more}`;
const attemptOn = (body: string): string => /name="attempt" value="([^"]+)"/.exec(body)![1]!;
const good = { institution: "700", branch: "0021", account: "00012340560888" };

test("every page is sound in both languages, and says where the money is", async () => {
  const said: readonly [string, RegExp, RegExp][] = [
    ["0500", /Paid on 23 November 2026/, /115 年 11 月 23 日（2026-11-23）已入帳/],
    ["1001", /Choose another account/, /改用另一個帳戶/],
    ["1601", /stopped/, /停止/],
    ["new", /A second officer releases it/, /等第二位同仁放行/],
  ];
  for (const [ending, en, zh] of said) {
    assert.match((await site.get(await mine(ending), lin)).body, en);
    assert.match((await site.get(await mine(ending), lin, "zh-Hant")).body, zh);
  }
  const paths = [
    "/my/payments",
    await mine("0500"),
    await mine("1001"),
    await mine("1001", "/account"),
    await mine("1001", "/cheque"),
  ];
  for (const path of paths)
    for (const lang of ["zh-Hant", "en"] as const) {
      const page = await site.get(path, lin, lang);
      assert.equal(page.status, 200, path);
      assert.deepEqual(findFlaws(page.body, lang), [], path);
    }
  assert.match((await site.get("/my/payments", stranger)).body, /No payments yet/);
});

test("nobody else sees it, and nobody is told whether it exists", async () => {
  assert.equal((await site.get(await mine("0500"))).status, 303);
  const unknown = await site.get("/my/payments/019b0000-0000-7000-8000-00000000000a", stranger);
  const anothers = await site.get(await mine("1001"), stranger);
  assert.deepEqual([unknown.status, anothers.status], [404, 404]);
  const form = { attempt: "x", ...good };
  assert.equal((await site.post(await mine("1001", "/account"), stranger, form)).status, 404);
  assert.equal((await site.payment(numbers["1001"]!)).state, "rejected");
});

test("what can be paid, and what is about a death, is not the payee's to change", async () => {
  for (const ending of ["0500", "new", "1601"]) {
    assert.equal((await site.get(await mine(ending, "/account"), lin)).status, 303, ending);
    assert.equal((await site.post(await mine(ending, "/account"), lin, { attempt: "x", ...good })).status, 409, ending);
  }
});

const answers: readonly [ending: string, status: number, said: RegExp][] = [
  ["1003", 422, /knows no such account/],
  ["1004", 422, /closed/],
  ["1006", 422, /cannot receive money/],
  ["1101", 422, /not yours/],
];
for (const [ending, status, said] of answers)
  test(`the bank's answer in plain words, nothing changed: ${ending}`, async () => {
    const body = (await site.get(await mine("1001", "/account"), lin)).body;
    const tried = { attempt: attemptOn(body), ...good, account: `0001234056${ending}` };
    const page = await site.post(await mine("1001", "/account"), lin, tried);
    assert.equal(page.status, status);
    assert.match(page.body, said);
    assert.deepEqual(findFlaws(page.body, "en"), []);
    assert.equal((await site.payment(numbers["1001"]!)).state, "rejected");
  });

test("a forged or incomplete form changes nothing", async () => {
  const path = await mine("1004", "/account");
  const attempt = attemptOn((await site.get(path, lin)).body);
  assert.notEqual((await site.post(path, lin, { csrf: "x", attempt, ...good })).status, 303);
  const flawed = await site.post(path, lin, { attempt, institution: "", branch: "1", account: "abc" });
  assert.equal(flawed.status, 422);
  for (const field of ["institution", "branch", "account"]) assert.ok(flawed.body.includes(`href="#${field}"`), field);
  assert.equal((await site.post(path, lin, { ...good, attempt: "of-yesterday" })).status, 409);
  assert.equal((await site.payment(numbers["1004"]!)).state, "rejected");
});

test("an account the bank confirms is used once, whatever is clicked twice; an officer releases it and it arrives", async () => {
  const path = await mine("1004", "/account");
  const form = { attempt: attemptOn((await site.get(path, lin)).body), ...good };
  assert.match((await site.post(path, lin, form)).location, /done=account/);
  assert.match((await site.post(path, lin, form)).location, /done=account/);
  const payment = (await paymentFor(payments, numbers["1004"]!))!;
  assert.deepEqual([payment.attempt, payment.state, payment.approvedBy], [2, "approved-once", lin.id]);
  const release = `/desk/payments/${payment.instructionId}/release`;
  const page = (await site.get(release, chen)).body;
  const binding = /name="binding" value="([^"]+)"/.exec(page)![1]!;
  assert.equal(
    (await site.post(release, chen, { binding: "0".repeat(64), attempt: payment.instructionId })).status,
    409,
  );
  assert.match((await site.post(release, chen, { binding, attempt: payment.instructionId })).location, /done=release/);
  await site.settle();
  assert.equal((await site.payment(numbers["1004"]!)).state, "settled");
  assert.match((await site.get(await mine("1004"), lin)).body, /Sent another way|You gave another account/);
});

test("whoever is asked may take a cheque", async () => {
  const { id } = await site.payment(numbers["1001"]!);
  assert.ok((await askPerson(payments, { instructionId: id, by: wang.id })).ok);
  const path = await mine("1001", "/cheque");
  const attempt = attemptOn((await site.get(path, lin)).body);
  const flawed = await site.post(path, lin, { attempt, postal: "1", address: "" });
  assert.equal(flawed.status, 422);
  const done = await site.post(path, lin, { attempt, postal: "106", address: "臺北市大安區龍淵里\r\n信義路三段" });
  assert.match(done.location, /done=cheque/);
});

test("what is asked back stands with its reason, law, day, way to pay and how to object", async () => {
  const { entitlement } = await site.payment(numbers["0600"]!);
  const opened = await openRecovery(payments, {
    entitlementId: entitlement,
    person: lin.id,
    amount: 200n,
    reason: "The device cost less than granted.",
    legalBasis: "Article 9",
    decisionHash: "a".repeat(64),
    dueOn: site.portal.country.dayOf(new Date(site.clock.now().getTime() + 30 * 86_400_000)),
    by: wang.id,
    confirmedBy: chen.id,
  });
  assert.ok(opened.ok);
  const page = (await site.get(await mine("0600"), lin)).body;
  for (const said of [
    opened.value.reference,
    "NT$200",
    "Article 9",
    "cost less than granted",
    "0120009",
    "If you disagree",
  ])
    assert.ok(page.includes(said), said);
});
