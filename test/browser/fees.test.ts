import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium, type Browser, type Page } from "playwright-core";
import { storyCountry, type StoryCountry, type Visitor } from "../story/country.ts";
import { findChromium } from "./chromium.ts";

const executablePath = findChromium();
if (!executablePath && process.env["TAROKO_BROWSER"] === "required")
  throw Object.assign(new Error("browser tests are required and no Chromium was found"), { code: "no-chromium" });
const skip = executablePath ? false : "no Chromium on this machine";

let browser: Browser;
const country: StoryCountry = executablePath ? await storyCountry(29_000) : (undefined as never);
before(async () => {
  if (!executablePath) return;
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(async () => browser?.close());

/** A telephone without script, signed in as the visitor is. */
async function phoneOf(visitor: Visitor): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    javaScriptEnabled: false,
    locale: "zh-TW",
  });
  const url = country.running.portalUrl;
  await context.addCookies([...visitor.cookies].map(([name, value]) => ({ name, value, url })));
  return context.newPage();
}

async function appliedFor(visitor: Visitor, card: string): Promise<string> {
  const start = await visitor.open("/services/household-transcript/start?for=self");
  const id = start.url.pathname.split("/")[2]!;
  await visitor.send(`/apply/${id}/consent`, { answer: "agree" });
  await visitor.send(`/apply/${id}/question/english`, { english: "yes" });
  await visitor.send(`/apply/${id}/question/copies`, { copies: "2" });
  await visitor.submit(id, card);
  return (await visitor.open(`/apply/${id}/receipt`)).url.pathname;
}

const heading = async (page: Page): Promise<string> => (await page.locator("h1").innerText()).trim();

test(
  "on a telephone without script: declined, stopped, paid by card, receipt and document fetched; refunded by an officer",
  { skip },
  async () => {
    const visitor = await country.visitor().signIn("lin-meihui");
    const fee = await appliedFor(visitor, "lin-meihui");
    const page = await phoneOf(visitor);
    await page.goto(country.running.portalUrl + fee);
    assert.equal(await heading(page), "繳規費");
    await page.click("text=去繳費");
    assert.ok(
      page.url().startsWith(country.running.payUrl),
      `the policy of our page lets the browser go on: ${page.url()}`,
    );
    await page.click("text=餘額不足");
    await page.click("text=用這張卡付款");
    assert.match(await page.locator("main").innerText(), /可用餘額不足/);

    await page.click("text=再繳一次");
    await page.goBack();
    await page.reload();
    await page.click("text=回到繳費頁");
    await page.click("text=不付了");
    assert.match(await page.locator("main").innerText(), /沒有扣款/);

    await page.click("text=再繳一次");
    await page.click("text=4000 0000 0000 0203");
    await page.click("text=用這張卡付款");
    assert.equal(await heading(page), "繳費完成");
    for (const text of ["下載戶籍謄本", "下載收據"]) {
      const [download] = await Promise.all([page.waitForEvent("download"), page.click(`text=${text}`)]);
      assert.match(download.suggestedFilename(), /^taroko-HT-.*\.pdf$/);
    }

    const officer = await phoneOf(await country.visitor().signIn("officer-he"));
    await officer.goto(`${country.running.portalUrl}/desk/fees?state=succeeded`);
    await officer.click("table a");
    await officer.click("text=決定退費");
    assert.match(await officer.locator(".error-summary").innerText(), /理由/);
    await officer.fill("#reason", "申請人重複申請");
    await officer.click("text=決定退費");
    assert.match(await officer.locator("main").innerText(), /繳費服務已退款/);
    await page.reload();
    assert.match(await page.locator("main").innerText(), /申請人重複申請/);
  },
);
