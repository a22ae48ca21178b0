import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { demoPins, portsOf, runCountry, type CountryOptions, type RunningCountry } from "#demo";
import { openDatabase, startPostgres, type Database } from "#store";
import { formFields, type Page } from "../../demo/browser.ts";
import { databaseNamesOf } from "../../demo/run-country.ts";
import { problemTables } from "#sites";

/** A demonstration country for one test file, on ports and databases of its own. */
export interface StoryCountry {
  readonly running: RunningCountry;
  readonly folder: string;
  readonly port: number;
  /** A database of one site, as its operator sees it: `portal`, `moda`, `moi_register` … */
  database(site: string): Database;
  /** A visitor of the portal, with cookies of their own. */
  visitor(): Visitor;
  /** Stops one site, as an operator does; the rest runs on. */
  stop(site: string): Promise<void>;
  /** Starts again what was closed by `running.close()`, on the same data. */
  restart(): Promise<void>;
}

/** Starts a country; everything of it is removed when the test file is done. */
export async function storyCountry(
  firstPort: number,
  options: Partial<Pick<CountryOptions, "clock">> = {},
): Promise<StoryCountry> {
  const folder = temporaryFolder("taroko-story-");
  const port = await freeBlock(firstPort);
  const databaseUrl = process.env["TAROKO_TEST_POSTGRES"];
  const databasePrefix = `test_${randomBytes(4).toString("hex")}`;
  const start = () => runCountry({ folder, port, databaseUrl, databasePrefix, ...options });
  const opened = new Map<string, Database>();
  const country = {
    running: await start(),
    folder,
    port,
    database(site: string): Database {
      const url = country.running.portal.portal.database.url;
      const name = databaseNamesOf(databasePrefix, [site])[0]!;
      if (!opened.has(site))
        opened.set(site, openDatabase(Object.assign(new URL(url), { pathname: `/${name}` }).href, { max: 2 }));
      return opened.get(site)!;
    },
    visitor: () => new Visitor(country.running),
    async stop(name: string): Promise<void> {
      const site = country.running.sites.find((one) => one.name === name);
      assert.ok(site, `no site ${name}`);
      await site.close();
      Object.assign(site, { close: () => Promise.resolve() }); // the whole country closes it once more
    },
    async restart(): Promise<void> {
      for (const one of opened.values()) await one.close();
      opened.clear();
      country.running = await start();
    },
  };
  after(async () => {
    for (const one of opened.values()) await one.close();
    await country.running.close();
    if (!databaseUrl) return;
    const server = await startPostgres({ folder: "", url: databaseUrl });
    for (const name of databaseNamesOf(databasePrefix)) await server.drop(name);
  });
  return country;
}

/** A new folder that other users may pass through (as root, PostgreSQL runs as another one); removed at the end. */
export function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(folder, 0o755);
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The first block of free ports from `first` on. */
export async function freeBlock(first: number): Promise<number> {
  for (let at = first; at < first + 400; at += 30) {
    const free = await Promise.all(portsOf(at).map(isFree));
    if (free.every(Boolean)) return at;
  }
  throw new Error(`no free block of ports from ${first} on`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });
}

export interface Answer extends Page {
  readonly headers: Headers;
}

export interface Ask {
  readonly form?: Readonly<Record<string, string>> | string;
  readonly accept?: "text/html" | "application/json";
  readonly language?: "zh-Hant" | "en";
}

/** A person's browser, seen from outside: cookies, forms, no redirect followed unless asked. */
export class Visitor {
  readonly cookies: Map<string, string> = new Map<string, string>();
  readonly country: RunningCountry;
  /** How the browser describes itself. */
  agent: string = "node";

  constructor(country: RunningCountry) {
    this.country = country;
  }

  async ask(path: string, { form, accept = "text/html", language = "zh-Hant" }: Ask = {}): Promise<Answer> {
    const url = new URL(path, this.country.portalUrl);
    const response = await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      ...(form === undefined ? {} : { body: typeof form === "string" ? form : new URLSearchParams(form) }),
      redirect: "manual",
      headers: {
        accept,
        "accept-language": language,
        "user-agent": this.agent,
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(typeof form === "string" ? { "content-type": "application/x-www-form-urlencoded" } : {}),
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      if (/max-age=0/i.test(line)) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return { url, status: response.status, html: await response.text(), headers: response.headers };
  }

  /** Follows redirects of this site to a page. */
  async open(path: string, ask: Ask = {}): Promise<Answer> {
    let answer = await this.ask(path, ask);
    for (let hop = 0; hop < 10 && answer.status === 303; hop += 1)
      answer = await this.ask(new URL(answer.headers.get("location")!, answer.url).href);
    return answer;
  }

  /** The fields of the form on a page that is sent to `action`, with what the person fills in. */
  async fill(path: string, action: string, fields: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    return { ...formFields(await this.open(path), action), ...fields };
  }

  /** Opens the page at `path` and sends its own form, to the page's own address unless `action` says otherwise. */
  async send(path: string, fields: Readonly<Record<string, string>>, action: string = path): Promise<Answer> {
    const answer = await this.open(action, { form: await this.fill(path, action, fields) });
    assert.ok(answer.status < 400, `${action} answers ${answer.status}: ${titleOf(answer.html)}`);
    return answer;
  }

  /** Begins a sign-in, as the button on the page does; answers what the card is to sign. */
  async beginSignIn(next: string = "/"): Promise<URL> {
    const begun = await this.ask(`/sign-in?next=${encodeURIComponent(next)}`, { form: {} });
    return new URL(begun.headers.get("location")!);
  }

  /** Lets a card sign a begun sign-in; answers the form that the reader posts back. */
  async cardAnswer(reader: URL, card: string, pin: string = demoPins.pin1): Promise<Record<string, string>> {
    const said = await this.reader("/api/authenticate", {
      card,
      pin,
      challenge: reader.searchParams.get("challenge"),
      origin: reader.searchParams.get("origin"),
    });
    return { token: JSON.stringify(said["token"]), signingCertificate: String(said["signingCertificate"]) };
  }

  async signIn(card: string, next: string = "/"): Promise<this> {
    const form = await this.cardAnswer(await this.beginSignIn(next), card);
    const done = await this.ask("/sign-in/finish", { form });
    assert.equal(done.status, 303, `${card} cannot sign in: ${titleOf(done.html)}`);
    return this;
  }

  /** Asks the reader's simulator. @throws what the card says */
  async reader(path: string, body: object): Promise<Record<string, unknown>> {
    const answer = await fetch(this.country.readerUrl + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok) throw Object.assign(new Error(String(said["code"])), said);
    return said;
  }

  /** Chooses the first person whom the household register lets the visitor act for. */
  async actForFirst(): Promise<void> {
    const page = await this.open("/act-for");
    const [mandate] = mandateKeys(page.html);
    assert.ok(mandate, "the register confirms nobody");
    await this.send("/act-for", { for: mandate });
  }

  /** Applies up to the last page before the signature; answers the case's id. */
  async draft(answers: Answers = {}): Promise<string> {
    const start = await this.open("/services/assistive-device-subsidy/start?for=self");
    const id = start.url.pathname.split("/")[2]!;
    if (start.url.pathname.endsWith("/consent")) await this.send(`/apply/${id}/consent`, { answer: "agree" });
    const given = { ...defaultAnswers, ...answers };
    await this.send(`/apply/${id}/question/device`, { device: given.device });
    await this.send(`/apply/${id}/question/bought`, { bought: given.bought });
    await this.send(`/apply/${id}/question/account`, given.account);
    return id;
  }

  /** Ticks the declaration; answers where the card's signature is to be sent, and what it signs. */
  async prepareSignature(id: string): Promise<{ path: string; reader: URL }> {
    const form = await this.fill(`/apply/${id}/sign`, `/apply/${id}/sign`, { agree: "yes" });
    const answer = await this.ask(`/apply/${id}/sign`, { form });
    assert.equal(answer.status, 303, `nothing to sign: ${titleOf(answer.html)}`);
    const reader = new URL(answer.headers.get("location")!);
    return { path: new URL(reader.searchParams.get("return")!).pathname, reader };
  }

  /** Lets a card sign what was prepared. */
  async cardSignature(card: string, reader: URL): Promise<Record<string, string>> {
    const said = await this.reader("/api/sign", {
      card,
      pin: demoPins.pin2,
      hash: reader.searchParams.get("hash"),
      hashFunction: reader.searchParams.get("hashFunction"),
    });
    return { signature: String(said["signature"]), certificate: String(said["certificate"]) };
  }

  /** Signs a draft with a card and sends it. */
  async submit(id: string, card: string): Promise<void> {
    const { path, reader } = await this.prepareSignature(id);
    const sent = await this.ask(path, { form: await this.cardSignature(card, reader) });
    assert.equal(sent.status, 303, `not sent: ${titleOf(sent.html)}`);
  }
}

export interface Answers {
  readonly device?: string;
  readonly bought?: "yes" | "no";
  readonly account?: Readonly<Record<string, string>>;
}

const defaultAnswers = {
  device: "walker-standard",
  bought: "no",
  account: { institution: "012", branch: "0009", account: "00000000000118" },
} as const;

/** The mandates a page offers, without "for myself". */
export function mandateKeys(html: string): string[] {
  return [...html.matchAll(/name="for"\s+value="([^"]+)"/g)]
    .map((match) => match[1]!)
    .filter((value) => value !== "self");
}

export function titleOf(html: string): string {
  const title = /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1] ?? html.slice(0, 200);
  return title.replaceAll(/<[^>]+>/g, "").trim();
}

/**
 * Sends one refused request three times (for a program, and for a person in each language) and demands each time the
 * status, the type and the words of this problem.
 */
export async function assertRefused(
  visitor: Visitor,
  code: string,
  path: string,
  form?: Ask["form"] | (() => Promise<Ask["form"]>),
): Promise<void> {
  const entry = Object.values(problemTables)
    .map((table) => (Object.hasOwn(table, code) ? table[code] : undefined))
    .find((found) => found !== undefined);
  assert.ok(entry, `no table has ${code}`);
  const ask = async (more: Ask): Promise<Answer> => {
    const sent = typeof form === "function" ? await form() : form;
    return visitor.ask(path, { ...more, ...(sent === undefined ? {} : { form: sent }) });
  };
  const json = await ask({ accept: "application/json" });
  assert.equal(json.headers.get("content-type"), "application/problem+json", `${path}: ${titleOf(json.html)}`);
  const problem = JSON.parse(json.html) as { type: string; status: number; title: string };
  assert.equal(problem.type, `${visitor.country.portalUrl}/problems/${code}`);
  assert.equal(json.status, entry.status);
  assert.equal(problem.status, entry.status);
  for (const language of ["zh-Hant", "en"] as const) {
    const page = await ask({ language });
    assert.equal(page.status, entry.status, `${path} in ${language}: ${titleOf(page.html)}`);
    assert.match(page.html, new RegExp(`<html[^>]* lang="${language}`));
    for (const words of [entry.title[language], entry.action[language]])
      assert.ok(page.html.includes(escaped(words)), `${path} does not say "${words}" but "${titleOf(page.html)}"`);
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

/** How much the portal has written: cases, consents, payments, its log. Two equal answers mean that nothing happened. */
export async function written(country: StoryCountry): Promise<Record<string, number>> {
  const row = await country.database("portal").one<Record<string, number>>(`select
    (select count(*)::int from services.case) as cases,
    (select count(*)::int from services.case_event where type <> 'viewed') as events,
    (select count(*)::int from services.case_proof proof join services.case_event event using (case_id, seq)
      where event.type <> 'viewed') as proofs,
    (select count(*)::int from consent.record) as consents,
    (select count(*)::int from payments.entitlement) as entitlements,
    (select count(*)::int from payments.instruction) as instructions,
    (select count(*)::int from payments.instruction_event) as payment_events,
    (select count(*)::int from payments.file) as files`);
  return row!;
}

/** Demands that `work` leaves no trace in cases, consents, payments and their log. */
export async function changesNothing(country: StoryCountry, work: () => Promise<unknown>): Promise<void> {
  const before = await written(country);
  await work();
  assert.deepEqual(await written(country), before, "something was written");
}

/** All entries of a log, in order, as objects: of an agency's gateway (`MOI`), or of the portal (`portal`). */
export async function logEntries(country: StoryCountry, whose: string): Promise<Record<string, string>[]> {
  const log = whose === "portal" ? country.running.portal.portal.log : logOfGateway(country, whose);
  const database = country.database(whose === "TPE-DOSW" ? "taipei-social" : whose.toLowerCase());
  // A log gathers for a second while nobody waits for it.
  const staged = async (): Promise<number> =>
    (await database.one<{ n: number }>("select count(*)::int as n from ledger.staged"))!.n;
  for (let tries = 0; tries < 100 && (await staged()) > 0; tries += 1)
    await new Promise((next) => setTimeout(next, 50));
  const entries = await log.entries(0n, 10_000);
  return entries.map(({ entry }) => JSON.parse(entry) as Record<string, string>);
}

function logOfGateway(country: StoryCountry, agency: string): RunningCountry["portal"]["portal"]["log"] {
  const site = country.running.sites.find((one) => one.name === `gateway of ${agency}`);
  assert.ok(site && "log" in site, `no gateway of ${agency}`);
  return site.log as RunningCountry["portal"]["portal"]["log"];
}
