import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium, type Browser, type Page } from "playwright-core";
import { demoPins, personas } from "#demo";
import { storyCountry } from "../story/country.ts";
import { findChromium } from "./chromium.ts";
import { installExtension } from "./web-eid-extension.ts";

const executablePath = findChromium();
const skip = executablePath ? false : "no Chromium on this machine";
const pictures = process.env["TAROKO_PICTURES"];
const country = executablePath ? await storyCountry(10_460) : (undefined as never);
let browser: Browser;
before(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(() => browser?.close());

const daughter = personas.find(({ key }) => key === "lin-meihui")!;

async function visit(look: { lang?: "en" | "zh-Hant"; width?: number; script?: boolean } = {}): Promise<Page> {
  const { lang = "en", width = 1280, script = true } = look;
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    locale: lang === "en" ? "en-GB" : "zh-TW",
    javaScriptEnabled: script,
  });
  return context.newPage();
}

async function picture(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

/** Opens the sign-in page and chooses one of the other ways. */
async function choose(page: Page, way: string, typed: { number?: string; birthDate?: string } = {}): Promise<void> {
  await page.goto(`${country.running.portalUrl}/sign-in?next=/account`);
  const form = page.locator(`form[action^='/sign-in?way=${way}']`);
  await page.locator("details", { has: form }).locator("summary").click();
  if (typed.number) await form.locator("input[name=number]").fill(typed.number);
  if (typed.birthDate) await form.locator("input[name=birthDate]").fill(typed.birthDate);
  await form.locator("button").click();
}

test("the sign-in page and the steps fit the screen, in both languages", { skip }, async () => {
  for (const lang of ["zh-Hant", "en"] as const) {
    for (const width of [360, 1280]) {
      const page = await visit({ lang, width });
      const narrow = async (name: string) => {
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(wide <= 0, `${name}, ${lang}, ${width}: ${wide} pixels too wide`);
        await picture(page, `${name}-${lang}-${width}`);
      };
      await page.goto(`${country.running.portalUrl}/sign-in?next=/account`);
      for (const way of await page.locator("main details:has(form) summary").all()) await way.click();
      await narrow("sign-in");
      await choose(page, "hipki");
      await page.locator("#hipki-pin").waitFor();
      await narrow("hipki");
      await choose(page, "fido", { number: "A700000009" });
      await narrow("fido");
      await choose(page, "web-eid");
      await narrow("web-eid");
      await page.goto(`${country.running.readerUrl}/office?lang=${lang}`);
      await page.locator("button[name=officer]").first().click();
      await narrow("office");
      await page.fill("#number", (await country.running.cards.list())[0]!.number);
      await page.locator("form[action^='/office/find'] button").click();
      await page.locator("button[name=act]").first().waitFor();
      await narrow("office-card");
      await page.context().close();
    }
  }
});

test("by the Web eID extension; and each way in which it does not answer is said in words", { skip }, async () => {
  const cases: [Parameters<typeof installExtension>[1]["mode"], RegExp][] = [
    ["cancelled", /cancelled/i],
    ["missing", /card software was not found/i],
    ["old", /card software is too old/i],
  ];
  for (const [mode, said] of cases) {
    const page = await visit();
    await installExtension(page, { cards: country.running.cards, card: daughter.key, pin: demoPins.pin1, mode });
    await choose(page, "web-eid");
    await page.getByRole("button", { name: "Sign in with the card" }).click();
    await page.locator(".error-summary").waitFor();
    assert.match(await page.locator(".error-summary").innerText(), said, mode);
    await page.context().close();
  }
  const page = await visit();
  await installExtension(page, { cards: country.running.cards, card: daughter.key, pin: demoPins.pin1, mode: "works" });
  await choose(page, "web-eid");
  await page.getByRole("button", { name: "Sign in with the card" }).click();
  await page.waitForURL(/\/account/);
  await page.context().close();
});

test(
  "by HiPKI's component in its window: bound once by the household register, and the PIN never leaves the machine",
  { skip },
  async () => {
    const page = await visit();
    const posted: string[] = [];
    page.on("request", (request) => {
      if (request.url().startsWith(country.running.portalUrl)) posted.push(request.postData() ?? "");
    });
    for (const card of await country.running.cards.list())
      await country.running.cards.place(card.id, card.id === daughter.key);
    const sign = async (typed: Parameters<typeof choose>[2]) => {
      await choose(page, "hipki", typed);
      await page.fill("#hipki-pin", demoPins.pin1);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
    };
    await sign({});
    await page.locator(".error-summary").waitFor();
    assert.match(await page.locator(".error-summary").innerText(), /first time/);
    await sign({ number: daughter.nationalId, birthDate: "1900-01-01" });
    await page.locator(".error-summary").waitFor();
    assert.match(await page.locator(".error-summary").innerText(), /could not confirm/);
    await sign({ number: daughter.nationalId, birthDate: daughter.birthDate });
    await page.waitForURL(/\/account/);
    assert.ok(posted.some((body) => body.includes("signature=")));
    assert.ok(!posted.some((body) => body.includes(demoPins.pin1)), "the PIN is in no request to the portal");
    await page.context().close();
  },
);

test("by phone, with script and without", { skip }, async () => {
  for (const script of [true, false]) {
    const page = await visit({ script });
    await page.goto(`${country.running.portalUrl}/sign-in?next=/account`);
    await choose(page, "fido", { number: daughter.nationalId, birthDate: daughter.birthDate });
    const code = await page.locator("h2 strong").innerText();
    const phone = await visit({ script: false });
    await phone.goto(country.running.portalUrl.replace(/\d+$/, (port) => String(Number(port) + 24)));
    await phone.locator("form", { hasText: code }).locator("button[value=approve]").click();
    if (!script) await page.locator("form[action='/sign-in/wait'] button").click();
    await page.waitForURL(/\/account/);
    await phone.context().close();
    await page.context().close();
  }
});
