import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium, type Browser, type Page } from "playwright-core";
import { demoPins } from "#demo";
import { storyCountry } from "../story/country.ts";
import { findChromium } from "./chromium.ts";
import { picture, useCard } from "./phone.ts";

const executablePath = findChromium();
const skip = executablePath ? false : "no Chromium on this machine";
const country = executablePath ? await storyCountry(12_900) : (undefined as never);
let browser: Browser;
before(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(() => browser?.close());

const at = (path: string): string => country.running.portalUrl + path;

async function visitor(lang: "zh-Hant" | "en" = "zh-Hant", width: number = 360): Promise<Page> {
  const locale = lang === "en" ? "en-GB" : "zh-TW";
  return (await browser.newContext({ viewport: { width, height: 800 }, locale })).newPage();
}

/** Presses what leads to the agency's provider, chooses an account there, and is back at the portal. */
async function chooseAccount(page: Page, button: string, login: string, look?: string): Promise<void> {
  await Promise.all([page.waitForURL(/interaction/), page.click(button)]);
  if (look) await picture(page, look);
  await Promise.all([page.waitForURL(at("/**")), page.click(`button[value="${login}"]`)]);
}

/** From the desk's sign-in page by the agency's account to where one was going. */
async function signIn(page: Page, login: string, look?: string): Promise<void> {
  await page.goto(at("/desk"));
  if (look) await picture(page, `${look}-sign-in`);
  await page.click("a[href^='/desk/sign-in']");
  if (look) await picture(page, `${look}-agencies`);
  await chooseAccount(page, "form[action^='/desk/sign-in/taipei-social'] button", login, look && `${look}-accounts`);
}

/** Binds an account after the card was shown. */
async function bind(page: Page, card: string, login: string): Promise<void> {
  await page.goto(at("/desk/office"));
  if (await page.locator("form[action^='/sign-in?']").count()) {
    await page.click("form[action^='/sign-in?'] button");
    await useCard(page, card, demoPins.pin1, country.running.portalUrl);
  }
  await chooseAccount(page, "form[action='/desk/office/account'] button", login);
  assert.equal(page.url(), at("/desk/office"));
}

test("an official binds the agency's account once, and is on duty by it ever after", { skip }, async () => {
  const first = await visitor();
  await bind(first, "officer-wang", "wang.yc");
  await picture(first, "staff-account-bound");
  for (const [lang, width] of [
    ["zh-Hant", 360],
    ["en", 1280],
  ] as const) {
    const page = await visitor(lang, width);
    await signIn(page, "wang.yc", `staff-account-${lang}-${width}`);
    assert.equal(page.url(), at("/desk"), "where they were going");
    await picture(page, `staff-account-${lang}-${width}-desk`);
    // On duty, and nothing of the official's own.
    await page.goto(at("/account"));
    assert.ok(await page.locator("form[action^='/sign-in?']").count(), "the own account asks for the own proof");
    await page.context().close();
  }
  await first.context().close();
});

test("a second account takes the first one's place; an account that is nobody's opens nothing", { skip }, async () => {
  const page = await visitor();
  await bind(page, "officer-wang", "wang.yc");
  // An account belongs to one office: somebody else's is not taken.
  const other = await visitor();
  await other.goto(at("/desk/office"));
  await other.click("form[action^='/sign-in?'] button");
  await useCard(other, "officer-chen", demoPins.pin1, country.running.portalUrl);
  await chooseAccount(other, "form[action='/desk/office/account'] button", "wang.yc");
  assert.match(await other.innerText("main"), /沒有登入|登入沒有|重新登入|再登入/);
  await bind(page, "officer-wang", "wang.yc.test");
  for (const login of ["wang.yc", "intern"]) {
    const stranger = await visitor();
    await signIn(stranger, login, login === "intern" ? "staff-account-nobody" : undefined);
    assert.equal(stranger.url(), at("/desk/sign-in/taipei-social/code"), login);
    await stranger.goto(at("/desk"));
    assert.ok(await stranger.locator("form[action^='/sign-in?']").count(), "not signed in");
    await stranger.context().close();
  }
  const second = await visitor();
  await signIn(second, "wang.yc.test");
  assert.equal(second.url(), at("/desk"));
});

test(
  "who left the agency, and who has no role left, is refused; while it is down, the card works",
  { skip },
  async () => {
    const { agencyAccounts } = country.running;
    const page = await visitor();
    await bind(page, "officer-chen", "chen.kh");

    // The agency's own word: the account is gone from its directory.
    agencyAccounts.set({ left: { login: "chen.kh", is: true } });
    const gone = await visitor();
    await gone.goto(at("/desk/sign-in"));
    await Promise.all([
      gone.waitForURL(/interaction/),
      gone.click("form[action^='/desk/sign-in/taipei-social'] button"),
    ]);
    assert.equal(await gone.locator('button[value="chen.kh"]').count(), 0);
    await Promise.all([gone.waitForURL(at("/**")), gone.click('button[value=""]')]);
    await picture(gone, "staff-account-left");
    assert.match(await gone.innerText("h1"), /登入/);
    agencyAccounts.set({ left: { login: "chen.kh", is: false } });

    // Ours: the managers took every role away.
    const manager = await visitor("zh-Hant", 1280);
    await manager.goto(at("/desk/staff?search=陳國華"));
    await manager.click("form[action^='/sign-in?'] button");
    await useCard(manager, "officer-tsai", demoPins.pin1, country.running.portalUrl);
    await manager.click("a:has-text('陳國華')");
    for (const role of ["caseworker", "approver"]) await manager.click(`button[value="end:${role}"]`);
    const none = await visitor();
    await signIn(none, "chen.kh");
    await picture(none, "staff-account-no-role");
    await none.goto(at("/desk"));
    assert.ok(await none.locator("form[action^='/sign-in?']").count(), "not signed in");

    agencyAccounts.set({ down: true });
    const stuck = await visitor();
    await stuck.goto(at("/desk/sign-in"));
    await Promise.all([
      stuck.waitForURL((url) => url.href.startsWith(agencyAccounts.url)),
      stuck.click("form[action^='/desk/sign-in/taipei-social'] button"),
    ]);
    await picture(stuck, "staff-account-down");
    await stuck.click("a");
    await stuck.click("form[action^='/sign-in?'] button");
    await useCard(stuck, "officer-wang", demoPins.pin1, country.running.portalUrl);
    assert.equal(stuck.url(), at("/desk"));
    agencyAccounts.set({ down: false });
  },
);
