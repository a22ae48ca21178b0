import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium, type Browser } from "playwright-core";
import { demoPins } from "#demo";
import { storyCountry } from "../story/country.ts";
import { findChromium } from "./chromium.ts";
import { phone, picture, useCard } from "./phone.ts";

const executablePath = findChromium();
if (!executablePath && process.env["TAROKO_BROWSER"] === "required")
  throw Object.assign(new Error("browser tests are required and no Chromium was found"), { code: "no-chromium" });
const skip = executablePath ? false : "no Chromium on this machine";

const country = executablePath ? await storyCountry(13_400) : (undefined as never);
let browser: Browser;
before(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(() => browser?.close());

for (const [lang, width] of [
  ["zh-Hant", 360],
  ["en", 1280],
] as const)
  test(`an application is filled in after a fingerprint, and sent after the card: ${lang}`, { skip }, async () => {
    const { page, context } = await phone(browser, lang, width);
    const site = country.running.portalUrl;
    const look = (what: string): Promise<void> => picture(page, `step-up-${lang}-${width}-${what}`);
    const press = async (selector: string): Promise<void> => {
      await Promise.all([page.waitForEvent("framenavigated"), page.click(selector)]);
      await page.waitForLoadState();
    };
    await page.goto(`${site}/account/passkeys`);
    await press("form[action^='/sign-in?'] button");
    await useCard(page, "lin-meihui", demoPins.pin1, site);
    await Promise.all([page.waitForURL(/done=1/), page.click("passkey-form button")]);
    await context.clearCookies();

    await page.goto(`${site}/sign-in?next=/services/assistive-device-subsidy/start`);
    await Promise.all([page.waitForURL(/notices/), page.click("passkey-form button")]);
    await look("notices");
    assert.ok((await page.locator("tbody tr").count()) > 0, "the new passkey is told");
    await Promise.all([page.waitForURL(/act-for/), page.click("main form button")]);
    await page.locator("input[name=for]").last().check();
    await press("main form button");
    if (new URL(page.url()).pathname.endsWith("/consent")) await press("button[value=agree]");
    const id = new URL(page.url()).pathname.split("/")[2]!;
    await page.goto(`${site}/apply/${id}`);
    await page.check("input[value=walker-standard]");
    await press("main form[method=post] button");
    await page.check("input[value=no]");
    await press("main form[method=post] button");
    await page.selectOption("#institution", "012");
    await page.fill("#branch", "0009");
    await page.fill("#account", "0000 0000 000118");
    await press("main form[method=post] button");
    await press(`a[href='/apply/${id}/sign']`);
    await page.check("input[type=checkbox]");
    await press("main form[method=post] button");

    assert.equal(new URL(page.url()).pathname, "/prove");
    assert.equal(await page.locator("passkey-form").count(), 0, "a passkey would not do");
    await look("prove");
    await press("form[action^='/sign-in?'] button");
    await useCard(page, "lin-meihui", demoPins.pin1, site);
    assert.match(new URL(page.url()).pathname, /^\/kept\//);
    await look("kept");
    await press("main form[method=post] button");
    await useCard(page, "lin-meihui", demoPins.pin2, site);
    assert.equal(new URL(page.url()).pathname, `/apply/${id}/receipt`);
    // Still for the mother, in whose name it was begun.
    assert.match((await page.textContent("body"))!, /林陳秀英/);
    await context.close();
  });
