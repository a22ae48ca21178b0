import { mkdirSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";

/** A folder for pictures of the pages, for people who want to look. */
const pictures = process.env["TAROKO_PICTURES"];

/** A phone: a browser with an authenticator built in, whose finger is always right. */
export interface Phone {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly devices: CDPSession;
  readonly authenticator: string;
}

/** Opens one. The authenticator is Chromium's own, virtual, spoken to over the DevTools protocol. */
export async function phone(browser: Browser, lang: "zh-Hant" | "en", width: number = 360): Promise<Phone> {
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

/** Nothing is wider than the screen; and a picture, if they are wanted. */
export async function picture(page: Page, name: string): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name} is ${wide} pixels too wide`);
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

/** At the reader's page: chooses the card, types the PIN, and is back at the site. */
export async function useCard(page: Page, card: string, pin: string, site: string): Promise<void> {
  await page.check(`input[value="${card}"]`);
  await page.fill("input[type=password]", pin);
  await page.click("form button");
  await page.waitForURL((url) => url.origin === site);
}
