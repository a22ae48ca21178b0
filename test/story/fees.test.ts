import assert from "node:assert/strict";
import { test } from "node:test";
import { proveFees } from "#payments";
import { assertRefused, storyCountry, titleOf, type StoryCountry, type Visitor } from "./country.ts";

const country: StoryCountry = await storyCountry(27_000);
const { portal } = country.running.portal;

/** Applies for a transcript and signs; answers where that leads. */
async function apply(visitor: Visitor, card: string, answers: { english: string; copies: string }) {
  const start = await visitor.open("/services/household-transcript/start?for=self");
  const id = start.url.pathname.split("/")[2]!;
  if (start.url.pathname.endsWith("/consent")) await visitor.send(`/apply/${id}/consent`, { answer: "agree" });
  await visitor.send(`/apply/${id}/question/english`, { english: answers.english });
  await visitor.send(`/apply/${id}/question/copies`, { copies: answers.copies });
  const check = await visitor.open(`/apply/${id}/check`);
  await visitor.submit(id, card);
  const after = await visitor.open(`/apply/${id}/receipt`);
  return { id, check: check.html, after };
}

/** Begins to pay and does at the provider what the payer does; answers the page to which the browser comes back. */
async function pay(visitor: Visitor, feePage: string, ending: string, method: string = "card") {
  const form = await visitor.fill(feePage, `${feePage}/pay`, {});
  const begun = await visitor.ask(`${feePage}/pay`, { form });
  assert.equal(begun.status, 303, titleOf(begun.html));
  const there = begun.headers.get("location")!;
  assert.ok(there.startsWith(country.running.payUrl), there);
  const chosen = await fetch(there, {
    method: "POST",
    body: new URLSearchParams({ method, ending }),
    redirect: "manual",
  });
  const back = chosen.headers.get("location")!;
  return back.startsWith("/pay/") ? visitor.open(`${feePage}/back`) : visitor.open(back);
}

test("a transcript is applied for, paid, and provided in one go; a second click pays nothing twice", async () => {
  const visitor = await country.visitor().signIn("lin-meihui");
  const { id, check, after } = await apply(visitor, "lin-meihui", { english: "yes", copies: "2" });
  assert.match(check, /要繳的規費[\s\S]*115 元/, "the fee is shown before signing");
  assert.match(after.url.pathname, /^\/my\/fees\//);
  assert.match(after.html, /戶政規費收費標準第 2 條/);
  assert.match(after.html, /不會扣真的錢/);
  const fee = after.url.pathname;
  assert.equal(
    (await visitor.ask(`/applications/${id}/provided.pdf`)).status,
    404,
    "nothing is provided before it is paid",
  );
  await assertRefused(visitor, "form-tampered", `${fee}/pay`, { provider: "sandbox" });

  const declined = await pay(visitor, fee, "0002");
  assert.match(declined.html, /可用餘額不足/);
  const paid = await pay(visitor, fee, "0000");
  assert.equal(titleOf(paid.html), "繳費完成");
  const again = await visitor.open((await visitor.ask(`${fee}/back`)).headers.get("location")!);
  assert.equal(titleOf(again.html), "繳費完成", "the way back and a reload change nothing");

  for (const path of [`${fee}/receipt.pdf`, `/applications/${id}/provided.pdf`]) {
    const file = await visitor.ask(path);
    assert.equal(file.status, 200, path);
    assert.match(file.html, /^%PDF[\s\S]*\/ByteRange/, `${path} is a sealed PDF`);
  }
  const application = await visitor.open(`/applications/${id}`, { language: "en" });
  assert.match(application.html, /Fee paid, transcript provided/);
  const stranger = await country.visitor().signIn("zhang-zhiming");
  for (const path of [fee, `${fee}/receipt.pdf`]) await assertRefused(stranger, "fee-unknown", path);
  await assertRefused(stranger, "case-unknown", `/applications/${id}/provided.pdf`);
});

test("a low-income household owes nothing: the transcript is there at once", async () => {
  const visitor = await country.visitor().signIn("zhang-zhiming");
  const { id, check, after } = await apply(visitor, "zhang-zhiming", { english: "no", copies: "3" });
  assert.match(check, /低收入戶免收/);
  assert.equal(after.url.pathname, `/applications/${id}`);
  assert.match(after.html, /免收規費，謄本已提供/);
  assert.equal((await visitor.ask(`/applications/${id}/provided.pdf`)).status, 200);
  assert.match((await visitor.open("/my/fees")).html, /沒有規費/);
});

test("a code for the store: pending, then paid; the notification alone moves the case on", async () => {
  const visitor = await country.visitor().signIn("wu-rare");
  const { id, after } = await apply(visitor, "wu-rare", { english: "no", copies: "1" });
  const pending = await pay(visitor, after.url.pathname, "pay-soon", "convenience-store");
  assert.match(pending.html, /請不要再繳一次/);
  for (let tries = 0; tries < 60; tries += 1) {
    const { html } = await visitor.open(`/applications/${id}`);
    if (html.includes("可以下載")) return;
    await new Promise((next) => setTimeout(next, 250));
  }
  assert.fail("the case was not moved on");
});

test("who withdraws owes nothing, and money taken all the same goes back", async () => {
  const visitor = await country.visitor().signIn("cai-full");
  const { id, after } = await apply(visitor, "cai-full", { english: "no", copies: "1" });
  const fee = after.url.pathname;
  const form = await visitor.fill(fee, `${fee}/pay`, {});
  const there = (await visitor.ask(`${fee}/pay`, { form })).headers.get("location")!;
  const { csrf } = form;
  assert.equal((await visitor.ask(`/applications/${id}/withdraw`, { form: { csrf: csrf! } })).status, 303);
  await fetch(there, {
    method: "POST",
    body: new URLSearchParams({ method: "card", ending: "0000" }),
    redirect: "manual",
  });
  await visitor.open(`${fee}/back`);
  for (let tries = 0; tries < 40; tries += 1) {
    const { html } = await visitor.open(fee);
    if (html.includes("已退還")) return;
    await new Promise((next) => setTimeout(next, 250));
  }
  assert.fail("the money did not go back");
});

test("an officer finds a charge, gives a reason and refunds it; the payer reads why, and the document is gone", async () => {
  const payer = await country.visitor().signIn("li-nothing");
  const { id, after } = await apply(payer, "li-nothing", { english: "yes", copies: "1" });
  const fee = after.url.pathname;
  await pay(payer, fee, "0000");
  const officer = await country.visitor().signIn("officer-he");
  const number = /HT-\d+-\d+/.exec(after.html)![0];
  const list = await officer.open(`/desk/fees?search=${number}`);
  const charge = new RegExp(`href="(/desk/fees/[0-9a-f-]{36})">${number}`).exec(list.html)?.[1];
  assert.ok(charge, "the charge is found by its application");
  const bare = await officer.ask(`${charge}/refund`, {
    form: await officer.fill(charge, `${charge}/refund`, { reason: "" }),
  });
  assert.equal(bare.status, 422);
  await officer.send(charge, { reason: "申請人重複繳費" }, `${charge}/refund`);
  assert.match((await officer.open(charge)).html, /繳費服務已退款/);
  const told = await payer.open(fee);
  assert.match(told.html, /申請人重複繳費/);
  assert.equal((await payer.ask(`/applications/${id}/provided.pdf`)).status, 404);
  const csv = await officer.ask("/desk/fees/list.csv?state=refunded");
  assert.match(csv.html, new RegExp(`${number},100,100,TWD,refunded,card,sandbox`));
  const other = await country.visitor().signIn("officer-wang");
  await assertRefused(other, "charge-unknown", charge);
  assert.doesNotMatch((await other.open("/desk/fees")).html, new RegExp(number));
  await assertRefused(payer, "not-an-officer", "/desk/fees");
});

test("above the limit one officer proposes and another agrees; the proposer cannot", async () => {
  const payer = await country.visitor().signIn("huang-newtaipei");
  const { after } = await apply(payer, "huang-newtaipei", { english: "yes", copies: "10" });
  await pay(payer, after.url.pathname, "0000");
  const number = /HT-\d+-\d+/.exec(after.html)![0];
  const clerk = await country.visitor().signIn("officer-he");
  const list = await clerk.open(`/desk/fees?search=${number}`);
  const charge = /href="(\/desk\/fees\/[0-9a-f-]{36})"/.exec(list.html)![1]!;
  assert.match((await clerk.open(charge)).html, /另一位同仁同意/);
  await clerk.send(charge, { reason: "申請錯了" }, `${charge}/refund`);
  assert.match((await clerk.open(charge)).html, /等第二人同意退費/);
  const { csrf } = await clerk.fill(charge, `${charge}/answer`, {});
  await assertRefused(clerk, "not-permitted", `${charge}/answer`, { csrf: csrf!, reason: "x", answer: "yes" });
  const approver = await country.visitor().signIn("officer-peng");
  await approver.send(charge, { reason: "同意", answer: "yes" }, `${charge}/answer`);
  assert.match((await approver.open(charge)).html, /繳費服務已退款/);
  assert.match((await payer.open(after.url.pathname)).html, /已退還|會退還給您/);
});

test("the desk opens the case of a fee, and the rule behind it is public", async () => {
  const officer = await country.visitor().signIn("officer-he");
  const closed = await officer.open("/desk?queue=closed");
  const path = /href="(\/desk\/[0-9a-f-]{36})[^"]*"/.exec(closed.html)?.[1];
  assert.ok(path, "the desk has a closed case");
  const page = await officer.open(path);
  assert.equal(page.status, 200);
  assert.match(page.html, /HT-/);
  const rule = await country.visitor().open("/rules/household-transcript-fee");
  assert.equal(rule.status, 200, titleOf(rule.html));
});

test("the day's settlement: fetched by who may, compared line by line, and proven in the books", async () => {
  const clerk = await country.visitor().signIn("officer-he");
  const day = portal.country.dayOf(new Date());
  const path = `/desk/fees/settlement?day=${day}`;
  assert.doesNotMatch((await clerk.open(path)).html, /取回對帳檔/);
  const approver = await country.visitor().signIn("officer-peng");
  const before = await approver.open(path);
  assert.match(before.html, /我們記了、對帳檔沒有的/);
  const target = `/desk/fees/settlement?day=${day}&provider=sandbox`;
  const form = await approver.fill(path, target.replaceAll("&", "&amp;"), {});
  assert.equal((await approver.ask(target, { form })).status, 303);
  assert.match((await approver.open(path)).html, /兩邊一致，沒有差異/);
  assert.deepEqual(await proveFees(portal.fees), []);
});

test("a notification that nobody signed is refused, whoever sends it", async () => {
  const url = `${country.running.portalUrl}/fees/notify/sandbox`;
  const body = JSON.stringify({
    charge: "00000000-0000-4000-8000-000000000000",
    state: "paid",
    amount: "1",
    currency: "TWD",
    method: "card",
  });
  assert.equal((await fetch(url, { method: "POST", body })).status, 401);
  const stale = { "webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA" };
  assert.equal((await fetch(url, { method: "POST", body, headers: stale })).status, 401);
  assert.equal((await fetch(url.replace("sandbox", "nobody"), { method: "POST", body })).status, 422);
});
