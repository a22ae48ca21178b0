import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type Browser, type Page } from "playwright-core";
import { securityHeaders } from "#http";
import type { Language } from "#kernel";
import { assets } from "#ui";
import { sampleChrome, samples } from "../pages/samples.ts";
import { findChromium } from "./chromium.ts";

const executablePath = findChromium();
if (!executablePath && process.env["TAROKO_BROWSER"] === "required")
  throw Object.assign(new Error("browser tests are required and no Chromium was found"), { code: "no-chromium" });
const skip = executablePath ? false : "no Chromium on this machine";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const site = "https://taroko.test";

let browser: Browser | undefined;
before(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(async () => browser?.close());

/** A tab that gets the sample pages under the real security headers. */
async function open(width: number, colorScheme: "light" | "dark"): Promise<Page> {
  const context = await browser!.newContext({ viewport: { width, height: 800 }, colorScheme, reducedMotion: "reduce" });
  await context.route(`${site}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const file = assets().find(pathname);
    if (file) return route.fulfill({ body: Buffer.from(file.bytes), contentType: file.contentType });
    const [, lang, name] = pathname.split("/");
    const sample = samples.find((one) => one.name === name);
    if (!sample || (lang !== "en" && lang !== "zh-Hant")) return route.fulfill({ status: 404, body: "" });
    const body = String(sample.render(lang, sampleChrome(sample, lang)));
    return route.fulfill({ body, contentType: "text/html; charset=utf-8", headers: securityHeaders({ https: false }) });
  });
  return context.newPage();
}

async function violations(tab: Page): Promise<string[]> {
  await tab.evaluate(axe);
  return tab.evaluate(async () => {
    const runner = (
      globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    ).axe;
    const { violations } = await runner.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
  });
}

const looks: readonly { lang: Language; width: number; scheme: "light" | "dark" }[] = [
  { lang: "zh-Hant", width: 1280, scheme: "light" },
  { lang: "en", width: 360, scheme: "dark" },
];
for (const { lang, width, scheme } of looks) {
  test(`axe finds nothing on any page: ${lang}, ${width} pixels, ${scheme}`, { skip }, async () => {
    const tab = await open(width, scheme);
    const refused: string[] = [];
    tab.on("console", (message) => {
      if (message.type() === "error") refused.push(message.text());
    });
    const found: string[] = [];
    for (const sample of samples) {
      await tab.goto(`${site}/${lang}/${sample.name}`);
      for (const violation of await violations(tab)) found.push(`${sample.name}: ${violation}`);
      const wide = await tab.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (wide > 0) found.push(`${sample.name}: ${wide} pixels too wide`);
    }
    assert.deepEqual([...found, ...refused], []);
    await tab.context().close();
  });
}

test("the focus goes to the error summary, and from there to the control", { skip }, async () => {
  const tab = await open(1280, "light");
  await tab.goto(`${site}/en/account`);
  assert.equal(await tab.evaluate(() => document.activeElement?.className), "error-summary");
  await tab.click(".error-summary a");
  assert.equal(await tab.evaluate(() => document.activeElement?.id), "account");
  await tab.context().close();
});

test("the case fits one screen of 1280 × 800", { skip }, async () => {
  const tab = await open(1280, "light");
  for (const name of ["desk-case", "desk-release"]) {
    await tab.goto(`${site}/zh-Hant/${name}`);
    const end = await tab.evaluate(() =>
      [...document.querySelectorAll(".work button")]
        .filter((one) => one.checkVisibility())
        .map((one) => one.getBoundingClientRect().bottom),
    );
    const visible = end.filter((bottom) => bottom > 0);
    assert.ok(visible.length > 0 && Math.max(...visible) <= 800, `${name}: buttons end at ${visible.join(", ")}`);
  }
  await tab.context().close();
});
