import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { openOperators, verifyEvidenceFile } from "#exchange";
import type { Language } from "#kernel";
import { both } from "#ui";
import { listActs } from "../../src/exchange/acts/store.ts";
import { peopleServices, testCountry } from "../../src/exchange/testing.ts";
import { gatewayDesk } from "../../src/sites/gateway-desk/gateway-desk.ts";
import { findFlaws } from "./page-flaws.ts";

const { person } = await peopleServices();
const { at, provider, call, clock } = await testCountry({
  services: [person("open")],
  grants: [{ serviceCode: "open" }],
});
const { gateway, database, log, agencyUrl } = provider;
const operators = openOperators({ database, clock });
const desk = gatewayDesk({
  agencyUrl,
  title: both("戶政", "Households"),
  database,
  operators,
  clock,
  logger: { info: () => undefined, error: () => undefined },
  member: { instance: "TW", memberClass: "GOV", memberCode: "REG" },
  gateway,
  log,
});
await call("open");
await call("absent");
await gateway.operation.collector.flush();

const token = async (name: string): Promise<string> => {
  const link = await operators.link(name, "test");
  assert.ok(link.ok);
  return link.value.token;
};

/** Presses the button of a link, as a browser does. */
async function press(link: string): Promise<Response> {
  return desk.request("/sign-in", { method: "POST", body: new URLSearchParams({ link }) });
}

async function signIn(name: string): Promise<string> {
  const answer = await press(await token(name));
  assert.equal(answer.status, 303);
  return answer.headers.get("set-cookie")!.split(";")[0]!;
}

test("without a session every page leads to the sign-in; what machines watch needs none", async () => {
  for (const path of ["/", "/traffic", "/acts", "/diagnosis", "/monitoring/records", "/rights", "/nowhere"]) {
    const answer = await desk.request(path);
    assert.deepEqual([path, answer.status, answer.headers.get("location")], [path, 303, "/sign-in"]);
  }
  for (const path of ["/health", "/ready", "/metrics"]) assert.equal((await desk.request(path)).status, 200, path);
});

test("looking at a link does not use it up, pressing it once does, and an old one opens nothing", async () => {
  const link = await token("Lin Mei");
  assert.equal((await desk.request(`/sign-in?link=${link}`)).status, 200);
  const answer = await press(link);
  assert.match(answer.headers.get("set-cookie") ?? "", /^taroko-operator=[^;]+; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.equal((await press(link)).status, 403);
  const old = await token("Lin Mei");
  clock.advance(16 * 60_000);
  assert.equal((await press(old)).status, 403);
});

test("a session ends after idle minutes, when it is signed out, and when the operator is removed", async () => {
  const get = async (cookie: string): Promise<number> => (await desk.request("/acts", { headers: { cookie } })).status;
  const first = await signIn("Lin Mei");
  assert.equal(await get(first), 200);
  clock.advance(31 * 60_000);
  assert.equal(await get(first), 303);
  const second = await signIn("Lin Mei");
  const csrf = (await operators.session(second.split("=")[1]!))!.csrf;
  const out = (form: Record<string, string>): Promise<Response> =>
    Promise.resolve(
      desk.request("/sign-out", { method: "POST", body: new URLSearchParams(form), headers: { cookie: second } }),
    );
  await out({ csrf: "forged" });
  assert.equal(await get(second), 200);
  await out({ csrf });
  assert.equal(await get(second), 303);
  const third = await signIn("Lin Mei");
  assert.equal(await operators.remove("Lin Mei", "test"), true);
  assert.equal(await get(third), 303);
  assert.equal(await operators.remove("Lin Mei", "test"), false);
});

test("names that are none get no link", async () => {
  for (const name of ["", " Lin", "a".repeat(81), "<b>", "Lin\nMei"]) {
    const link = await operators.link(name, "test");
    assert.equal(link.ok, false, name);
  }
  assert.equal((await operators.link("林美惠", "test")).ok, true);
});

test("the pages of traffic, diagnosis and acts are without flaws in both languages", async () => {
  const cookie = await signIn("Chen Hao");
  const csrf = (await operators.session(cookie.split("=")[1]!))!.csrf;
  const body = new URLSearchParams({ csrf });
  assert.equal((await desk.request("/diagnosis", { method: "POST", body, headers: { cookie } })).status, 303);
  for (const lang of ["zh-Hant", "en"] satisfies Language[]) {
    for (const path of ["/traffic", "/traffic?window=month", "/diagnosis", "/acts", "/sign-in"]) {
      const answer = await desk.request(path, { headers: { cookie: `${cookie}; taroko-lang=${lang}` } });
      assert.deepEqual(findFlaws(await answer.text(), lang), [], `${path} ${lang}`);
    }
  }
  const traffic = await (await desk.request("/traffic", { headers: { cookie } })).text();
  assert.match(traffic, /people\/open/);
  assert.match(traffic, /class="flow bad"/);
  const english = await (await desk.request("/traffic", { headers: { cookie: `${cookie}; taroko-lang=en` } })).text();
  assert.match(english, />answered<\/span>\s*<code>200</);
  assert.match(english, />There is no such data service[^<]*<\/span>\s*<code>service-unknown</);
});

test("a command at the machine opens a session by one name and one act, and is nobody who could approve", async () => {
  const before = (await operators.list()).map(({ name }) => name);
  const { token: command } = await operators.openForCommand("cli:root");
  const cookie = `taroko-operator=${command}`;
  assert.equal((await desk.request("/acts", { headers: { cookie } })).status, 200);
  const acts = await listActs(database, { about: "cli:root" });
  assert.deepEqual(
    acts.map(({ by, act }) => `${by} ${act}`),
    ["cli:root operator.signed-in"],
  );
  assert.deepEqual(
    (await operators.list()).map(({ name }) => name),
    before,
  );
});

test("acts are told in words: what, who and each detail, with a way to the right", async () => {
  const cookie = `${await signIn("Chen Hao")}; taroko-lang=en`;
  const text = await (await desk.request("/acts", { headers: { cookie } })).text();
  assert.match(text, /signed in <small>/);
  const [right] = await gateway.rights.list("people");
  assert.match(text, new RegExp(`right given by the site’s file[^]*href="/rights/right/${right!.id}"`));
  assert.match(text, /service<\/span>\s*<code[^>]*>open</);
  assert.doesNotMatch(text, /\{&quot;|\{"/);
});

test("a refusal leads back to a page that is there", async () => {
  const lost = await desk.request("/nowhere", { headers: { cookie: await signIn("Chen Hao") } });
  assert.equal(lost.status, 404);
  assert.match(await lost.text(), /class="button" href="\/traffic"/);
  const stranger = await press("used or forged");
  assert.match(await stranger.text(), /class="button" href="\/sign-in"/);
});

test("records come as JSON and as CSV; a spreadsheet gets no formula and a wrong question a clear answer", async () => {
  const cookie = await signIn("Chen Hao");
  const get = async (path: string): Promise<Response> => desk.request(path, { headers: { cookie } });
  const json = (await (await get("/monitoring/records?window=day")).json()) as { recordsCount: number };
  assert.equal(json.recordsCount, 2);
  const csv = await (await get("/monitoring/records.csv?window=day")).text();
  assert.equal(csv.trimEnd().split("\r\n").length, 3);
  assert.match(csv, /^monitoringDataTs,securityServerType,/);
  for (const wrong of ["from=yesterday", "cursor=1;drop", "limit=-1"])
    assert.equal((await get(`/monitoring/records?${wrong}`)).status, 400, wrong);
});

test("no other site's page can start a diagnosis", async () => {
  const cookie = await signIn("Chen Hao");
  const headers = { cookie, "content-type": "text/plain" };
  assert.equal((await desk.request("/monitoring/diagnosis", { method: "POST", body: "{}", headers })).status, 415);
  const cross = { cookie, "content-type": "application/json", "sec-fetch-site": "cross-site" };
  assert.equal(
    (await desk.request("/monitoring/diagnosis", { method: "POST", body: "{}", headers: cross })).status,
    422,
  );
});

test("a single call leads to why it was allowed, and to its evidence under the operator's name", async () => {
  const cookie = await signIn("Chen Hao");
  const get = async (path: string): Promise<string> =>
    (await desk.request(path, { headers: { cookie: `${cookie}; taroko-lang=en` } })).text();
  const [, id = ""] = /href="\/rights\/ask\?id=([0-9a-f-]{36})"/.exec(await get("/traffic")) ?? [];
  const page = await get(`/rights/ask?id=${id}`);
  assert.deepEqual(findFlaws(page, "en"), []);
  assert.match(page, new RegExp(`name="id"\\s+value="${id}"`));
  const csrf = (await operators.session(cookie.split("=")[1]!))!.csrf;
  const ask = (form: Record<string, string>) =>
    desk.request("/evidence", { method: "POST", body: new URLSearchParams(form), headers: { cookie } });
  assert.equal((await ask({ id, side: "provider" })).status, 422, "a form of nobody");
  assert.equal((await ask({ csrf, id: "0b7a4f7e-2f0e-4a30-8f55-7f5f3a6c9e21" })).status, 404);
  const given = await ask({ csrf, id, side: "provider" });
  assert.equal(given.headers.get("content-disposition"), `attachment; filename="${id}-provider.asice"`);
  const file = join(mkdtempSync(join(tmpdir(), "taroko-test-")), "exchange.asice");
  after(() => rmSync(dirname(file), { recursive: true }));
  writeFileSync(file, Buffer.from(await given.arrayBuffer()));
  const { verdict, facts, findings } = await verifyEvidenceFile(file, { anchor: at.authority.anchor });
  assert.deepEqual([verdict, facts.exchangeId], ["indeterminate", id], JSON.stringify(findings));
  assert.match(await get("/acts"), new RegExp(`evidence\\.exported[\\s\\S]*${id}`));
});
