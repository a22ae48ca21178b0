/**
 * Pictures of pages at 360 and 1280 pixels:
 * `node scripts/screenshots.ts <out> <file or address>… [--dark]`. Uses the Chromium found on this machine.
 */
import { mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { findChromium } from "../test/browser/chromium.ts";

const [out, ...rest] = process.argv.slice(2);
const dark = rest.includes("--dark");
const pages = rest.filter((argument) => argument !== "--dark");
const executablePath = findChromium();
if (!out || pages.length === 0 || !executablePath) {
  console.error("usage: node scripts/screenshots.ts <out folder> <page>… [--dark]   (needs Chromium)");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const width of [1280, 360]) {
  const context = await browser.newContext({
    viewport: { width, height: width === 360 ? 740 : 800 },
    colorScheme: dark ? "dark" : "light",
  });
  const tab = await context.newPage();
  for (const page of pages) {
    await tab.goto(/^https?:/.test(page) ? page : pathToFileURL(resolve(page)).href);
    const overflow = await tab.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (overflow > 0) console.warn(`${page} is ${overflow} px too wide at ${width}`);
    const name = `${basename(page, ".html")}-${width}${dark ? "-dark" : ""}.png`;
    await tab.screenshot({ path: join(out, name), fullPage: true });
  }
  await context.close();
}
await browser.close();
