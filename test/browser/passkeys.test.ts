import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium, type Browser, type BrowserContext, type CDPSession, type Page } from "playwright-core";
import { passkeySite, pin1 } from "../identity/passkey-site.ts";
import { findChromium } from "./chromium.ts";

const executablePath = findChromium();
if (!executablePath && process.env["TAROKO_BROWSER"] === "required")
  throw Object.assign(new Error("browser tests are required and no Chromium was found"), { code: "no-chromium" });
const skip = executablePath ? false : "no Chromium on this machine";
/** A folder for pictures, for people who want to look. */
const pictures = process.env["TAROKO_PICTURES"];

const site = executablePath ? await passkeySite() : (undefined as never);
let browser: Browser;
before(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(() => browser?.close());

/** A phone: a browser with an authenticator built in, whose finger is always right. */
interface Phone {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly devices: CDPSession;
  readonly authenticator: string;
}

async function phone(lang: "zh-Hant" | "en", width = 360): Promise<Phone> {
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    locale: lang === "en" ? "en-GB" : "zh-TW",
  });
  const page = await context.newPage();
  const devices = await context.newCDPSession(page);
  await devices.send("WebAuthn.enable");
  const { authenticatorId } = await devices.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { context, page, devices, authenticator: authenticatorId };
}

async function picture(page: Page, name: string): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name} is ${wide} pixels too wide`);
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

const at = (path: string): string => site.origin + path;

/** Signs in at the reader, from wherever the page is that asks for the card. */
async function useCard(page: Page, card: string): Promise<void> {
  await page.click("form[action^='/sign-in?'] button");
  await page.check(`input[value="${card}"]`);
  await page.fill("input[type=password]", pin1);
  await page.click("form button");
  await page.waitForURL((url) => url.origin === site.origin);
}

test("a passkey is bound after the card, and signs in ever after", { skip, timeout: 120_000 }, async () => {
  const { page, context } = await phone("zh-Hant");
  await page.goto(at("/account/passkeys"));
  await picture(page, "zh-360-sign-in");
  await useCard(page, "lin");
  assert.equal(new URL(page.url()).pathname, "/account/passkeys");
  await picture(page, "zh-360-none");
  await page.fill("#name", "我的手機");
  await Promise.all([page.waitForURL(/done=1/, { timeout: 8000 }), page.click("passkey-form button")]);
  assert.match(await page.locator("table").innerText(), /我的手機/);
  await picture(page, "zh-360-one");

  await context.clearCookies();
  await page.goto(at("/account/passkeys"));
  await Promise.all([
    page.waitForURL((url) => url.pathname === "/account/passkeys"),
    page.click("passkey-form button"),
  ]);
  assert.match(await page.locator("table").innerText(), /我的手機/);
  await picture(page, "zh-360-by-passkey");
  await context.close();
});
