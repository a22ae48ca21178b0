import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { freePort } from "#kernel";
import { formFields } from "../../demo/browser.ts";
import { findChromium } from "../browser/chromium.ts";
import { storyCountry, titleOf, type Visitor } from "../story/country.ts";

// The example is run as its README says, against the whole country: real cards, real registers behind gateways.
const country = await storyCountry(26_300);
const program = new URL("../../examples/relying-party/relying-party.mjs", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "taroko-rp-"));
const executablePath = findChromium();
const skip = executablePath ? false : "no Chromium on this machine";
const running: ChildProcess[] = [];
after(() => running.forEach((child) => child.kill()));

const fields = {
  nameZh: "範例",
  nameEn: "Example",
  purposeZh: "示範登入",
  purposeEn: "To show signing in",
  retentionZh: "不保存",
  retentionEn: "Not kept",
  minAcr: "urn:taroko:loa:low",
};

/** Registers a client on the page; answers its id. */
async function register(visitor: Visitor, port: number, more: Readonly<Record<string, string>>): Promise<string> {
  const page = await visitor.send("/developers/register", {
    ...fields,
    redirectUris: `http://localhost:${port}/callback`,
    postLogoutRedirectUris: `http://localhost:${port}/`,
    ...more,
  });
  return page.url.pathname.split("/").at(-1)!;
}

async function run(env: Readonly<Record<string, string>>, argument: readonly string[] = []): Promise<string> {
  const child = spawn(process.execPath, [program, ...argument], { env: { ...process.env, ...env }, cwd: folder });
  running.push(child);
  let said = "";
  return new Promise((done, fail) => {
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("signs people in")) done(said);
    });
    child.on("exit", (code) => (code === 0 ? done(said) : fail(new Error(said))));
  });
}

/** The person's browser at the site and at the portal: follows every redirect, with the cookies of each. */
async function visit(visitor: Visitor, site: Map<string, string>, start: string, form?: URLSearchParams) {
  let url = new URL(start);
  let body = form;
  for (let hop = 0; hop < 20; hop += 1) {
    const atPortal = url.origin === country.running.portalUrl;
    const jar = atPortal ? visitor.cookies : site;
    const answer = await fetch(url, {
      method: body ? "POST" : "GET",
      ...(body && { body }),
      redirect: "manual",
      headers: {
        accept: "text/html",
        "accept-language": "en",
        cookie: [...jar].map((pair) => pair.join("=")).join("; "),
      },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0]!.split(/=(.*)/s) as [string, string];
      if (/1970/.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    body = undefined;
    const location = answer.headers.get("location");
    if (!location) return { url, status: answer.status, html: await answer.text() };
    url = new URL(location, url);
  }
  throw new Error("a redirect without end");
}

async function agree(visitor: Visitor, site: Map<string, string>, start: string) {
  const consent = await visit(visitor, site, start);
  assert.match(consent.html, /Let Example know/, titleOf(consent.html));
  const csrf = /name="csrf" value="([^"]+)"/.exec(consent.html)![1]!;
  return { consent, page: await visit(visitor, site, `${consent.url.href}/consent`, new URLSearchParams({ csrf })) };
}

test("the example signs a person in by the simple profile, and out again", async () => {
  const visitor = await country.visitor().signIn("lin-meihui");
  const port = await freePort();
  const id = await register(visitor, port, { profile: "plain" });
  await run({ ISSUER: `${country.running.portalUrl}/oidc`, CLIENT_ID: id, PORT: String(port) });
  const site = new Map<string, string>();
  const { page } = await agree(visitor, site, `http://localhost:${port}/sign-in`);
  assert.match(page.html, /Hello, <b>林美惠<\/b>/);
  assert.match(page.html, /urn:taroko:loa:high/);
  const out = await visit(visitor, site, `http://localhost:${port}/sign-out`);
  assert.match(out.html, /Sign out\?/, titleOf(out.html));
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(out.html)![1]!;
  const confirm = `${country.running.portalUrl}/oidc/session/end/confirm`;
  const gone = await visit(visitor, site, confirm, new URLSearchParams({ xsrf, logout: "yes" }));
  assert.match(gone.html, /Sign in with Taroko/);
  assert.equal((await visitor.ask("/developers")).status, 303, "signed out of the portal too");
});

test("the example gets attributes from the registers by the government profile", async () => {
  const visitor = await country.visitor().signIn("zhang-zhiming");
  const port = await freePort();
  const jwks = await run({}, ["--make-key"]);
  const scopes = "birth_date\naddress.registered\nincome.class";
  const id = await register(visitor, port, { profile: "fapi", jwks, scopes });
  const env = { CLIENT_ID: id, PORT: String(port), CLIENT_KEY: join(folder, "key.json") };
  const scope = "openid name birth_date address.registered income.class";
  await run({ ...env, ISSUER: `${country.running.portalUrl}/oidc`, SCOPE: scope });
  const { consent, page } = await agree(visitor, new Map(), `http://localhost:${port}/sign-in`);
  assert.match(consent.html, /1961-09-23/, "the person sees the value before they give it");
  assert.match(page.html, /Hello, <b>張志明/);
  for (const value of ["1961-09-23", "龍坡里", "low-income", "source_register", "last_updated"])
    assert.ok(page.html.includes(value), `${value} is missing in ${page.html}`);
});

test(
  "a real browser goes the whole way and back: no policy of ours stops a form on its way to the site",
  { skip },
  async () => {
    const visitor = await country.visitor().signIn("lin-meihui");
    const port = await freePort();
    const id = await register(visitor, port, { profile: "plain" });
    const portal = country.running.portalUrl;
    await run({ ISSUER: `${portal}/oidc`, CLIENT_ID: id, PORT: String(port) });
    const browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox"] });
    try {
      const context = await browser.newContext({ locale: "en" });
      await context.addCookies([...visitor.cookies].map(([name, value]) => ({ name, value, url: portal })));
      const tab = await context.newPage();
      await tab.goto(`http://localhost:${port}/`);
      await tab.click("text=Sign in with Taroko");
      await tab.click("text=Agree and continue");
      await tab.waitForSelector("text=Hello");
      assert.equal(new URL(tab.url()).origin, `http://localhost:${port}`);
      await tab.click("text=Sign out");
      await tab.click("button:has-text('Sign out') >> nth=-1");
      await tab.waitForSelector("text=Sign in with Taroko");
      assert.equal(new URL(tab.url()).origin, `http://localhost:${port}`);
    } finally {
      await browser.close();
    }
  },
);

test("two officers let a client into production: each with a card, listed and logged then", async () => {
  const visitor = await country.visitor().signIn("lin-meihui");
  const jwks = await run({}, ["--make-key"]);
  const id = await register(visitor, 3000, {
    profile: "fapi",
    jwks,
    redirectUris: "https://trial.example/back",
    postLogoutRedirectUris: "",
  });
  const own = `/developers/${id}`;
  const page = await visitor.open(own);
  const sent = await visitor.open(`${own}/ask`, { form: { ...formFields(page, `${own}/ask`), owner: "TW/GOV/TRIAL" } });
  const production = sent.url.pathname.split("/").at(-1)!;
  assert.match(production, /^client-/);
  const decide = "/relying-parties/decide";
  assert.equal((await visitor.ask(decide)).status, 403, "nobody but an officer with the role");
  const listed = async () => (await visitor.ask("/relying-parties.json")).html.includes(production);
  for (const card of ["officer-xu", "officer-gao"]) {
    assert.equal(await listed(), false);
    const officer = await country.visitor().signIn(card);
    const waiting = await officer.open(decide);
    assert.ok(waiting.html.includes(production));
    const form = { ...formFields(waiting, decide), client: production, answer: "approve" };
    assert.equal((await officer.open(decide, { form })).status, 200);
  }
  assert.equal(await listed(), true);
  const { log } = country.running.portal.portal;
  for (let tries = 0; tries < 50; tries += 1) {
    const entries = await log.entries(0n, 1000);
    const published = entries.filter(({ entry }) => entry.includes('"relying-party"'));
    if (published.length > 0) {
      const entry = JSON.parse(published[0]!.entry) as Record<string, string>;
      assert.equal(entry["name"], production);
      return;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  assert.fail("the log has no entry about it");
});

test("a register that does not answer takes only its own attributes with it", async () => {
  await country.stop("gateway of TPE-DOSW");
  const visitor = await country.visitor().signIn("zhang-zhiming");
  const port = await freePort();
  const jwks = await run({}, ["--make-key"]);
  const id = await register(visitor, port, { profile: "fapi", jwks, scopes: "birth_date\nincome.class" });
  const env = { CLIENT_ID: id, PORT: String(port), CLIENT_KEY: join(folder, "key.json") };
  await run({ ...env, ISSUER: `${country.running.portalUrl}/oidc`, SCOPE: "openid birth_date income.class" });
  const { consent, page } = await agree(visitor, new Map(), `http://localhost:${port}/sign-in`);
  assert.match(consent.html, /cannot answer now/);
  assert.match(page.html, /1961-09-23/);
  assert.match(page.html, /source-unavailable/);
  assert.match(page.html, /retry_after/);
});
