import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium, type Browser } from "playwright-core";
import { passkeySite, pin1 } from "../identity/passkey-site.ts";
import { findChromium } from "./chromium.ts";
import { phone, picture, useCard } from "./phone.ts";

const executablePath = findChromium();
if (!executablePath && process.env["TAROKO_BROWSER"] === "required")
  throw Object.assign(new Error("browser tests are required and no Chromium was found"), { code: "no-chromium" });
const skip = executablePath ? false : "no Chromium on this machine";

const site = executablePath ? await passkeySite() : (undefined as never);
let browser: Browser;
before(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(() => browser?.close());

const list = () => `${site.origin}/account/passkeys`;

for (const [lang, width, name] of [
  ["zh-Hant", 360, "我的手機"],
  ["en", 1280, "My laptop"],
] as const)
  test(`a passkey is bound after the card, signs in ever after, and goes: ${lang}`, { skip }, async () => {
    const { page, context, devices, authenticator } = await phone(browser, lang, width);
    const look = (what: string): Promise<void> => picture(page, `passkeys-${lang}-${width}-${what}`);
    await page.goto(list());
    await look("sign-in");
    await page.click("form[action^='/sign-in?'] button");
    await useCard(page, "lin", pin1, site.origin);
    assert.equal(page.url(), list());
    await look("none");
    await page.fill("#name", name);
    await Promise.all([page.waitForURL(/done=1/), page.click("passkey-form button")]);
    assert.match(await page.locator("table").innerText(), new RegExp(name));
    await look("one");
    const { credentials } = await devices.send("WebAuthn.getCredentials", { authenticatorId: authenticator });
    assert.deepEqual(
      credentials.map(({ rpId, isResidentCredential }) => [rpId, isResidentCredential]),
      [["localhost", true]],
    );

    await context.clearCookies();
    await page.goto(list());
    await Promise.all([page.waitForURL(list()), page.click("passkey-form button")]);
    assert.match(await page.locator("table").innerText(), new RegExp(name));
    assert.equal(await page.locator("passkey-form").count(), 0, "another one needs the card");
    await look("by-passkey");

    await page.click("table details:last-of-type summary");
    await look("remove");
    await Promise.all([page.waitForURL(/done=1/), page.click("button[value=remove]")]);
    assert.equal(await page.locator("table").count(), 0);
    await context.clearCookies();
    await page.goto(list());
    await Promise.all([page.waitForEvent("framenavigated"), page.click("passkey-form button")]);
    await page.waitForSelector("[role=alert]");
    await look("refused");
    await context.close();
  });

test("who does not unlock the device stays where they were, and reads what to do", { skip }, async () => {
  const { page, context, devices, authenticator } = await phone(browser, "zh-Hant");
  await page.goto(`${site.origin}/sign-in`);
  await devices.send("WebAuthn.setUserVerified", { authenticatorId: authenticator, isUserVerified: false });
  await page.click("passkey-form button");
  await page.getByText("沒有完成").waitFor();
  assert.equal(page.url(), `${site.origin}/sign-in`);
  await context.close();
});

test("without JavaScript no passkey is offered, and the card is", { skip }, async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${site.origin}/sign-in`);
  assert.equal(await page.locator("passkey-form").isVisible(), false);
  assert.ok(await page.locator("form[action^='/sign-in?'] button").first().isVisible());
  await context.close();
});
