import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium, type Browser, type Page } from "playwright-core";
import { securityHeaders } from "#http";
import { toBase64 } from "#kernel";
import { generateLogKey, generateWitnessKey, logVkey, witnessVkey } from "#ledger";
import { formatCheckpoint, formatNote, formatPolicy, formatTlogProof, leafHash } from "#ledger/contract";
import { assets } from "#ui";
import { cosign, signAsLog } from "../../src/ledger/keys.ts";
import { sampleChrome, samples } from "../pages/samples.ts";
import { findChromium } from "./chromium.ts";

const executablePath = findChromium();
const skip = executablePath ? false : "no Chromium on this machine";
const site = "https://taroko.test";

const key = generateLogKey("log.example/portal");
const witnesses = ["audit.example", "uni.example"].map((name) => generateWitnessKey(name));
const policy = formatPolicy({
  logs: [logVkey(key)],
  witnesses: witnesses.map((witness) => ({ name: witness.name.split(".")[0]!, vkey: witnessVkey(witness) })),
  quorum: 2,
});
const entry = Buffer.from(JSON.stringify({ v: 1, t: "sample" }));

/** The receipt of the only entry of a log; `cosigners` witnesses signed it. */
async function receiptOf(bytes: Buffer, cosigners: number): Promise<string> {
  const text = formatCheckpoint(key.name, 1n, await leafHash(entry));
  const lines = [
    signAsLog(key, text),
    ...witnesses.slice(0, cosigners).map((one) => cosign(one, text, 1_780_000_000n)),
  ];
  return JSON.stringify({ v: 1, entry: toBase64(bytes), proof: formatTlogProof(0n, [], formatNote(text, lines)) });
}

let browser: Browser | undefined;
before(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(async () => browser?.close());

/** The page "who used my data", with `receipt` behind its first line. */
async function openUsage(receipt: string, javaScriptEnabled = true): Promise<Page> {
  const context = await browser!.newContext({ javaScriptEnabled });
  const usage = samples.find(({ name }) => name === "usage")!;
  await context.route(`${site}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const file = assets().find(pathname);
    if (file) return route.fulfill({ body: Buffer.from(file.bytes), contentType: file.contentType });
    if (pathname === "/record/policy") return route.fulfill({ body: policy, contentType: "text/plain" });
    if (pathname.startsWith("/receipts/")) return route.fulfill({ body: receipt, contentType: "application/json" });
    const body = String(usage.render("en", sampleChrome(usage, "en")));
    return route.fulfill({ body, contentType: "text/html; charset=utf-8", headers: securityHeaders({ https: true }) });
  });
  const tab = await context.newPage();
  await tab.goto(site);
  await tab.click("tr.below summary");
  return tab;
}

for (const [name, receipt, expected] of [
  [
    "a good receipt",
    () => receiptOf(entry, 2),
    /^Checked: .*audit signed at .*uni signed at .*Entry 0, counted from 0, of 1 in log.example\/portal/s,
  ],
  ["one witness too few", () => receiptOf(entry, 1), /^The check failed/],
  ["another entry", () => receiptOf(Buffer.from('{"v":2}'), 2), /^The check failed/],
  ["no receipt at all", () => Promise.resolve("{}"), /^The check failed/],
  ["no JSON", () => Promise.resolve("<html>"), /^The receipt or the witness policy could not be loaded/],
] as const)
  test(`the browser's own check says what it found: ${name}`, { skip }, async () => {
    const tab = await openUsage(await receipt());
    const check = tab.locator("receipt-check").first();
    await check.locator("button").click();
    const result = check.locator("[role=status]");
    await result.filter({ hasNotText: "Calculating" }).waitFor();
    assert.match((await result.innerText()).trim(), expected);
    await tab.context().close();
  });

/** The page where a receipt is dropped. Answers what the browser asked for besides. */
async function openDrop(lang: "zh-Hant" | "en", javaScriptEnabled = true): Promise<{ tab: Page; asked: string[] }> {
  const context = await browser!.newContext({ javaScriptEnabled });
  const sample = samples.find(({ name }) => name === "record-check")!;
  const asked: string[] = [];
  await context.route("**/*", async (route) => {
    const { pathname } = new URL(route.request().url());
    const file = assets().find(pathname);
    if (file) return route.fulfill({ body: Buffer.from(file.bytes), contentType: file.contentType });
    asked.push(`${route.request().method()} ${pathname} ${route.request().postData() ?? ""}`.trim());
    if (pathname === "/record/policy.txt") return route.fulfill({ body: policy, contentType: "text/plain" });
    const body = String(sample.render(lang, sampleChrome(sample, lang)));
    return route.fulfill({ body, contentType: "text/html; charset=utf-8", headers: securityHeaders({ https: true }) });
  });
  const tab = await context.newPage();
  await tab.goto(site);
  return { tab, asked };
}

for (const [name, lang, receipt, expected] of [
  ["a good one", "en", () => receiptOf(entry, 2), /Checked: .*Holds: Enough independent witnesses signed/s],
  [
    "one witness too few",
    "zh-Hant",
    () => receiptOf(entry, 1),
    /驗證沒有通過.*沒有通過：足夠的獨立見證者簽了章.*請過一會兒重新下載[^a-z]*witnesses-too-few還沒驗/s,
  ],
  [
    "another entry",
    "en",
    () => receiptOf(Buffer.from('{"v":2}'), 2),
    /Fails: The entry stands in the signed record.*does not lead to the signed root.*root-differs the proof leads to.*Not reached/s,
  ],
  [
    "another log's",
    "zh-Hant",
    async () => (await receiptOf(entry, 2)).replaceAll("log.example/portal", "log.example/portaX"),
    /沒有通過：紀錄的保管者簽了章.*見證規則裡沒有這份紀錄.*log-not-in-policy/,
  ],
  [
    "a picture",
    "en",
    () => Promise.resolve("\u0089PNG"),
    /Fails: The receipt is well formed.*This file is no receipt/s,
  ],
] as const)
  test(`a chosen file is checked step by step, and goes nowhere: ${name}`, { skip }, async () => {
    const { tab, asked } = await openDrop(lang);
    const buffer = Buffer.from(await receipt());
    await tab.setInputFiles("receipt-drop input[type=file]", {
      name: "receipt.json",
      mimeType: "application/json",
      buffer,
    });
    await tab.waitForSelector("receipt-drop .checks");
    assert.match((await tab.locator("receipt-drop [role=status]").textContent()) ?? "", expected);
    assert.deepEqual(asked, ["GET /", "GET /record/policy.txt"]);
    await tab.context().close();
  });

test("a receipt can be dropped, and the keyboard reaches the place", { skip }, async () => {
  const { tab } = await openDrop("en");
  await tab.locator(".back").focus();
  await tab.keyboard.press("Tab");
  assert.equal(await tab.evaluate(() => (document.activeElement as HTMLInputElement | null)?.type), "file");
  const data = await tab.evaluateHandle(
    (text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "kept.json"));
      return transfer;
    },
    await receiptOf(entry, 2),
  );
  await tab.dispatchEvent(".drop-zone", "drop", { dataTransfer: data });
  await tab.waitForSelector("receipt-drop .checks");
  assert.match(
    await tab.locator("receipt-drop").innerText(),
    /kept\.json[\s\S]*Checked: this entry stands in the record/,
  );
  await tab.context().close();
});

test("without script the page of the check offers the command", { skip }, async () => {
  const { tab } = await openDrop("en", false);
  assert.match(await tab.locator("receipt-drop").innerText(), /needs JavaScript[\s\S]*npx taroko verify receipt\.json/);
  await tab.context().close();
});

test("without script there is the receipt to download and the command, and no dead button", { skip }, async () => {
  const tab = await openUsage("{}", false);
  const check = tab.locator("receipt-check").first();
  assert.equal(await check.locator("button").count(), 0);
  assert.match(await check.innerText(), /Download the receipt[\s\S]*npx taroko verify receipt\.json/);
  await tab.context().close();
});
