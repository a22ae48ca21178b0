import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { chromium, type Browser, type Page } from "playwright-core";
import { paymentSite, type Someone } from "../payments/payment-site.ts";
import { findChromium } from "./chromium.ts";
import { picture } from "./phone.ts";

const executablePath = findChromium();
if (!executablePath && process.env["TAROKO_BROWSER"] === "required")
  throw Object.assign(new Error("browser tests are required and no Chromium was found"), { code: "no-chromium" });
const skip = executablePath ? false : "no Chromium on this machine";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const site = executablePath ? await paymentSite() : (undefined as never);
let browser: Browser;
before(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(() => browser?.close());

/** Somebody's tab; without JavaScript unless told, since no page needs it. */
async function tabOf(
  who: Someone,
  o: {
    readonly width: number;
    readonly lang: "zh-Hant" | "en";
    readonly scheme: "light" | "dark";
    readonly script?: boolean;
  },
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: o.width, height: 800 },
    locale: o.lang === "en" ? "en-GB" : "zh-TW",
    colorScheme: o.scheme,
    javaScriptEnabled: o.script ?? false,
  });
  const [name, value] = who.cookie.split("=");
  await context.addCookies([{ name: name!, value: value!, url: site.origin }]);
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

test("axe finds nothing on any page of payments, narrow and wide, light and dark", { skip }, async () => {
  const wang = await site.person("王承辦", ["caseworker", "treasury"]);
  const chen = await site.person("陳放行", ["approver"]);
  const lin = await site.person("林美惠");
  const paid = (await site.released(lin, wang, chen, "0500")).number;
  const refused = (await site.released(lin, wang, chen, "1001")).number;
  await site.settle();
  const [one, other] = [await site.payment(paid), await site.payment(refused)];
  const pages: readonly [string, string, Someone][] = [
    ["list", "/desk/payments", wang],
    ["paid", `/desk/payments/${one.id}`, wang],
    ["correct", `/desk/payments/${one.id}/correct`, wang],
    ["reroute", `/desk/payments/${other.id}/reroute`, wang],
    ["files", "/desk/payments/files", wang],
    ["propose", "/desk/payments/batches/new", wang],
    ["reconcile", "/desk/payments/reconcile", wang],
    ["books", "/desk/payments/books?prove=yes", wang],
    ["states", "/desk/payments/states", wang],
    ["mine", "/my/payments", lin],
    ["mine-refused", `/my/payments/${other.entitlement}`, lin],
    ["mine-account", `/my/payments/${other.entitlement}/account`, lin],
    ["mine-cheque", `/my/payments/${other.entitlement}/cheque`, lin],
  ];
  const found: string[] = [];
  for (const look of [
    { width: 1280, lang: "zh-Hant", scheme: "light", script: true },
    { width: 360, lang: "en", scheme: "dark", script: true },
  ] as const)
    for (const who of [wang, lin]) {
      const tab = await tabOf(who, look);
      for (const [name, path] of pages.filter(([, , whose]) => whose === who)) {
        await tab.goto(site.origin + path);
        for (const violation of await violations(tab)) found.push(`${name}: ${violation}`);
        await picture(tab, `payments-${name}-${look.lang}-${look.width}`);
      }
      await tab.context().close();
    }
  assert.deepEqual(found, []);
});

test(
  "without JavaScript: refused money is sent to another account by the payee and released by an officer",
  { skip },
  async () => {
    const wang = await site.person("王承辦", ["caseworker"]);
    const chen = await site.person("陳放行", ["approver"]);
    const lin = await site.person("林美惠");
    const { number } = await site.released(lin, wang, chen, "1004");
    await site.settle();
    const mine = await tabOf(lin, { width: 360, lang: "zh-Hant", scheme: "light" });
    await mine.goto(`${site.origin}/my/payments`);
    await mine.getByRole("link", { name: "補助" }).first().click();
    await mine.getByRole("link", { name: "改用另一個帳戶" }).click();
    await mine.getByLabel("銀行或郵局").selectOption("700");
    await mine.getByLabel("分行代碼").fill("0021");
    await mine.getByLabel("帳號", { exact: true }).fill("00012340561101");
    await mine.getByRole("button", { name: /檢查並改用/ }).click();
    await mine.getByText("銀行說這個帳號不是您的").first().waitFor();
    assert.match(await mine.title(), /^錯誤：/);
    await mine.getByLabel("帳號", { exact: true }).fill("00012340560777");
    await mine.getByRole("button", { name: /檢查並改用/ }).click();
    await mine.getByText("已改用新的帳戶").waitFor();
    await mine.context().close();

    const desk = await tabOf(chen, { width: 1280, lang: "en", scheme: "light" });
    await desk.goto(`${site.origin}/desk/payments?search=${number}`);
    await desk.getByRole("link", { name: number }).first().click();
    await desk.getByRole("complementary").getByRole("link", { name: "Release" }).click();
    await desk.getByRole("button", { name: "Release this payment" }).click();
    await desk.getByText("Released.").first().waitFor();
    assert.equal((await site.payment(number)).state, "approved");
    await desk.context().close();
  },
);
