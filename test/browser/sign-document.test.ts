import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PDF } from "@libpdf/core";
import { chromium, type Browser, type Page } from "playwright-core";
import { demoPins } from "#demo";
import { storyCountry, temporaryFolder } from "../story/country.ts";
import { findChromium } from "./chromium.ts";
import { picture, useCard } from "./phone.ts";

const executablePath = findChromium();
const skip = executablePath ? false : "no Chromium on this machine";
const country = executablePath ? await storyCountry(13_300) : (undefined as never);
const folder = executablePath ? temporaryFolder("taroko-sign-document-") : "";
let browser: Browser;
before(async () => {
  if (!executablePath) return;
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const pdf = PDF.create();
  pdf.addPage({ size: "a4" }).drawText("I rent my room to nobody.", { x: 60, y: 700 });
  writeFileSync(join(folder, "租約.pdf"), await pdf.save());
  writeFileSync(join(folder, "no.pdf"), "this is no PDF");
});
after(() => browser?.close());

const at = (path: string): string => country.running.portalUrl + path;
const site = (): string => country.running.portalUrl;

async function visitor(lang: "zh-Hant" | "en", width: number): Promise<Page> {
  const locale = lang === "en" ? "en-GB" : "zh-TW";
  const page = await (await browser.newContext({ viewport: { width, height: 800 }, locale })).newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(at("/check-signature"));
  await page.click("a[href='/sign-document']");
  await page.click("form[action^='/sign-in?'] button");
  await useCard(page, "lin-meihui", demoPins.pin1, site());
  assert.equal(page.url(), at("/sign-document"));
  return page;
}

async function choose(page: Page, file: string): Promise<void> {
  await page.setInputFiles("#file", join(folder, file));
  await page.click("form[enctype] button");
  await page.waitForLoadState();
}

for (const [lang, width] of [
  ["zh-Hant", 360],
  ["en", 1280],
] as const)
  test(`a person signs a PDF with the card, and anybody can check it: ${lang}`, { skip }, async () => {
    const page = await visitor(lang, width);
    await picture(page, `sign-document-${lang}-${width}-choose`);
    await choose(page, "no.pdf");
    assert.equal(await page.locator(".error-summary").count(), 1, "what is no PDF is said at its field");
    await choose(page, "租約.pdf");
    await picture(page, `sign-document-${lang}-${width}-confirm`);
    assert.match(await page.innerText("main"), /租約\.pdf/);
    await page.click("a.button.sun");
    assert.doesNotMatch(decodeURIComponent(page.url()), /租約/, "the file's name is in no address");
    await useCard(page, "lin-meihui", demoPins.pin2, site());
    await picture(page, `sign-document-${lang}-${width}-done`);
    const done = page.url();
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[href$='/file']")]);
    assert.equal(download.suggestedFilename(), "租約-signed.pdf");
    const signed = join(folder, `signed-${lang}.pdf`);
    await download.saveAs(signed);

    // By the portal's own page, and by a program of somebody else's.
    await page.goto(at("/check-signature"));
    await choose(page, `signed-${lang}.pdf`);
    await picture(page, `sign-document-${lang}-${width}-checked`);
    assert.match(await page.innerText("main"), /林美惠/);
    const pdfsig = spawnSync("pdfsig", ["-nocert", signed], { encoding: "utf8" });
    if (pdfsig.error === undefined) assert.match(pdfsig.stdout, /Signature Validation: Signature is Valid/);
    assert.ok(readFileSync(signed).length > readFileSync(join(folder, "租約.pdf")).length);

    // Somebody else gets nothing of it.
    const other = await (await browser.newContext()).newPage();
    const answer = await other.goto(`${done}/file`);
    assert.notEqual(answer?.headers()["content-type"], "application/pdf");
    await other.context().close();
    await page.context().close();
  });
