import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium, type Browser, type Page } from "playwright-core";
import { demoPins } from "#demo";
import { storyCountry } from "../story/country.ts";
import { findChromium } from "./chromium.ts";

const executablePath = findChromium();
const skip = executablePath ? false : "no Chromium on this machine";
/** A folder for a picture of every page, for people who want to look: `TAROKO_PICTURES=/tmp/pictures npm test -- browser/story`. */
const pictures = process.env["TAROKO_PICTURES"];

// At the top of the file: what starts it also takes it down, when the file is done.
const country = executablePath ? await storyCountry(9_860) : (undefined as never);
let browser: Browser;
before(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(() => browser?.close());

interface Look {
  readonly lang: "zh-Hant" | "en";
  readonly width: 360 | 1280;
  readonly script: boolean;
}

/** One person at one screen: goes through pages, and looks at each for what must hold on all of them. */
class Visitor {
  readonly #look: Look;
  #page: Page;
  #seen = 0;
  readonly refused: string[] = [];

  private constructor(look: Look, page: Page) {
    this.#look = look;
    this.#page = page;
    page.on("pageerror", (fault) => this.refused.push(String(fault)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of (?:4\d\d|503)/.test(message.text()))
        this.refused.push(message.text());
    });
  }

  static async at(look: Look): Promise<Visitor> {
    const context = await browser.newContext({
      viewport: { width: look.width, height: 800 },
      locale: look.lang === "en" ? "en-GB" : "zh-TW",
      javaScriptEnabled: look.script,
    });
    return new Visitor(look, await context.newPage());
  }

  get page(): Page {
    return this.#page;
  }

  async open(path: string): Promise<void> {
    await this.#page.goto(country.running.portalUrl + path);
  }

  /** The page as it must be: its language, one heading, nothing wider than the screen; and a picture if they are wanted. */
  async see(name: string, title: Readonly<Record<Look["lang"], RegExp>>): Promise<void> {
    const { lang, width, script } = this.#look;
    assert.match(await this.#page.title(), title[lang], name);
    assert.equal(await this.#page.getAttribute("html", "lang"), lang === "en" ? "en" : "zh-Hant-TW", name);
    assert.equal(await this.#page.locator("h1").count(), 1, `${name}: one h1`);
    if (script) {
      const wide = await this.#page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(wide <= 0, `${name} is ${wide} pixels wider than ${width}`);
      const crooked = await this.#page.evaluate(() =>
        [...document.querySelectorAll("table:has(thead)")]
          .filter((table) => getComputedStyle(table.querySelector("thead")!).position !== "absolute")
          .filter((table) => {
            const [heads, cells] = [
              table.querySelectorAll("thead th"),
              table.querySelectorAll("tbody tr:first-child > *"),
            ];
            const left = (of?: Element): number => Math.round(of?.getBoundingClientRect().left ?? 0);
            return heads.length === cells.length && [...heads].some((head, index) => left(head) !== left(cells[index]));
          })
          .map((table) => table.textContent?.slice(0, 60)),
      );
      assert.deepEqual(crooked, [], `${name}: heads stand over their columns`);
    }
    this.#seen += 1;
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    const file = `${lang}-${width}${script ? "" : "-no-script"}-${String(this.#seen).padStart(2, "0")}-${name}.png`;
    await this.#page.screenshot({ path: join(pictures, file), fullPage: true });
  }

  /** Presses the button and waits for the page it leads to. */
  async press(selector: string): Promise<void> {
    await Promise.all([this.#page.waitForEvent("framenavigated"), this.#page.click(selector)]);
    await this.#page.waitForLoadState();
  }

  /** At the reader's page: chooses a card, types the PIN; without script one more press hands the answer over. */
  async useCard(card: string, pin: string): Promise<void> {
    await this.#page.check(`input[value="${card}"]`);
    await this.#page.fill("input[type=password]", pin);
    await this.press("form button");
    if (!this.#look.script) await this.press("form button");
    await this.#page.waitForURL((url) => url.origin === country.running.portalUrl);
  }

  async signIn(card: string, next: string): Promise<void> {
    await this.open(`/sign-in?next=${encodeURIComponent(next)}`);
    await this.press("form[action^='/sign-in'] button");
    await this.useCard(card, demoPins.pin1);
  }
}

const question = { "zh-Hant": /助|輔具|買|帳戶/, en: /device|bought|account/i };

for (const look of [
  { lang: "zh-Hant", width: 1280, script: true },
  { lang: "en", width: 360, script: true },
  { lang: "zh-Hant", width: 360, script: false },
] satisfies Look[]) {
  const words = `${look.lang}, ${look.width} pixels${look.script ? "" : ", without JavaScript"}`;
  test(`the story can be walked in a browser: ${words}`, { skip }, async () => {
    const visitor = await Visitor.at(look);
    const { page } = visitor;
    await visitor.open("/");
    await visitor.see("home", { "zh-Hant": /首頁/, en: /Home/ });
    await page.fill("input[name=q]", look.lang === "en" ? "walking frame" : "媽媽需要助行器");
    await visitor.press("form[action='/search'] button");
    await visitor.see("search", { "zh-Hant": /找服務/, en: /Find a service/ });
    await visitor.press("main a[href='/services/assistive-device-subsidy']");
    await visitor.see("service", { "zh-Hant": /輔具費用補助/, en: /assistive device/ });
    await visitor.signIn("lin-meihui", "/services/assistive-device-subsidy/start");
    await visitor.see("act-for", { "zh-Hant": /替誰/, en: /Who is this for/ });
    await page.locator("input[name=for]").last().check();
    await visitor.press("main form button");
    await visitor.see("consent", { "zh-Hant": /三個機關/, en: /three agencies/ });
    await visitor.press("button[value=agree]");
    await visitor.see("fetched", { "zh-Hant": /到齊/, en: /All the data/ });
    const id = new URL(page.url()).pathname.split("/")[2]!;

    await visitor.open(`/apply/${id}`);
    await page.check("input[value=walker-standard]");
    await visitor.see("device", question);
    await visitor.press("main form[method=post] button");
    await visitor.press("main form[method=post] button"); // nothing chosen: the page says so and goes nowhere
    await visitor.see("bought-error", { "zh-Hant": /^錯誤/, en: /^Error/ });
    await page.check("input[value=no]");
    await visitor.press("main form[method=post] button");
    await visitor.see("account", question);
    await page.selectOption("#institution", "012");
    await page.fill("#branch", "0009");
    await page.fill("#account", "0000 0000 000118");
    await visitor.press("main form[method=post] button");
    await visitor.see("check", { "zh-Hant": /確認/, en: /Check/ });
    await visitor.press(`a[href='/apply/${id}/sign']`);
    await visitor.see("declaration", { "zh-Hant": /聲明/, en: /Declare/ });
    await page.check("input[type=checkbox]");
    await visitor.press("main form[method=post] button");
    await visitor.useCard("lin-meihui", demoPins.pin2);
    await visitor.see("receipt", { "zh-Hant": /已收到/, en: /We have your application/ });

    const caseworker = await Visitor.at(look);
    await caseworker.signIn("officer-wang", "/desk");
    await caseworker.see("desk", { "zh-Hant": /案件/, en: /Cases/ });
    await caseworker.open(`/desk/${id}`);
    await caseworker.see("desk-case", { "zh-Hant": /AT-115/, en: /AT-115/ });
    if (look.width === 1280) {
      const decide = await caseworker.page.locator("button[value=approve]").boundingBox();
      assert.ok(decide && decide.y + decide.height <= 800, "the decision is on the screen without scrolling");
    }
    await caseworker.press("button[value=approve]");
    const approver = await Visitor.at(look);
    await approver.signIn("officer-chen", "/desk");
    await approver.open(`/desk/${id}`);
    await approver.see("desk-release", { "zh-Hant": /放行/, en: /Release/ });
    await approver.press("button[value=yes]");

    await visitor.open("/applications");
    await visitor.see("applications", { "zh-Hant": /我的申請/, en: /My applications/ });
    await visitor.open(`/applications/${id}`);
    for (let tries = 0; tries < 100 && !/已付款|Paid/.test((await page.textContent("main")) ?? ""); tries += 1) {
      await page.waitForTimeout(100);
      await page.reload();
    }
    await visitor.see("application-paid", { "zh-Hant": /AT-115/, en: /AT-115/ });
    assert.match((await page.textContent("main"))!, /已付款|Paid/);

    const receipt = page.locator("receipt-check").first();
    const readings = 5; // three by the portal, two by officers who opened the case
    let shown = 0;
    for (let tries = 0; tries < 100 && shown < readings; tries += 1) {
      if (tries > 0) await page.waitForTimeout(200);
      await visitor.open("/my-data/usage");
      shown = await page.locator("receipt-check").count();
    }
    assert.ok(shown >= readings, `${shown} readings are shown with a receipt, of ${readings}`);
    await page.locator("details:has(receipt-check) > summary").first().click();
    if (look.script) {
      await receipt.locator("button").first().click();
      const verdict = receipt.getByText(/驗證通過|Checked:/);
      await verdict.waitFor({ timeout: 10_000 }).catch(async () => assert.fail((await receipt.textContent()) ?? "")); // says what it said instead
    }
    await visitor.see("data-use", { "zh-Hant": /誰用了/, en: /Who used/ });
    for (const [path, name, title] of [
      ["/my-data/agreements", "agreements", { "zh-Hant": /我的同意/, en: /My agreements/ }],
      ["/record", "record", { "zh-Hant": /公開紀錄/, en: /public record/i }],
      ["/record/MOI", "record-log", { "zh-Hant": /內政部/, en: /Interior/ }],
      ["/record/portal/1", "record-entry", { "zh-Hant": /第 1 筆/, en: /Entry 1/ }],
      ["/record/findings", "record-findings", { "zh-Hant": /檢查結果/, en: /Findings/ }],
      ["/record/check", "record-check", { "zh-Hant": /驗一份收據/, en: /Check a receipt/ }],
      ["/rules", "rules", { "zh-Hant": /規則/, en: /Rules/ }],
      ["/no-such-page", "not-found", { "zh-Hant": /找不到/, en: /cannot find/ }],
    ] as const) {
      await visitor.open(path);
      await visitor.see(name, title);
    }
    // The mother herself: a representative sees a part, so only she is shown that nothing was left out.
    const mother = await Visitor.at(look);
    await mother.signIn("lin-chen-xiuying", "/my-data/usage");
    const lists = mother.page.locator("list-check");
    for (let tries = 0; tries < 100 && (await lists.count()) < 4; tries += 1) {
      await mother.page.waitForTimeout(200);
      await mother.open("/my-data/usage");
    }
    assert.equal(
      await lists.count(),
      4,
      "each agency that was asked proves its list, the company register's keeper too",
    );
    for (const list of look.script ? await lists.all() : []) {
      await list.locator("button").click();
      const whole = list.getByText(/驗證通過|Checked:/);
      await whole.waitFor({ timeout: 10_000 }).catch(async () => assert.fail((await list.textContent()) ?? ""));
      // The company register was asked about the daughter alone: its list about the mother is shown to be empty.
      assert.match(
        (await list.textContent())!,
        /每一筆都在這一頁|Each of them stands on this page|\b0 are readings|0 筆/,
      );
    }
    await mother.see("data-use-own", { "zh-Hant": /誰用了/, en: /Who used/ });
    for (const person of [visitor, caseworker, approver, mother]) assert.deepEqual(person.refused, []);
  });
}
