import assert from "node:assert/strict";
import { test } from "node:test";
import { openOperators } from "#exchange";
import type { Language } from "#kernel";
import { both } from "#ui";
import { newestExchange } from "../../src/exchange/test-store.ts";
import { peopleServices, testCountry } from "../../src/exchange/testing.ts";
import { deskApp } from "../../src/sites/desk/app.ts";
import type { GatewayDeskContext } from "../../src/sites/gateway-desk/context.ts";
import { rightsRoutes } from "../../src/sites/gateway-desk/rights-routes.ts";
import { findFlaws } from "./page-flaws.ts";

const { person } = await peopleServices();
const { provider, call, clock } = await testCountry({
  services: [person("open"), person("closed")],
  grants: [{ serviceCode: "open", purposes: ["subsidy"], legalBases: ["tw:law"], fields: ["name"] }],
});
const { gateway, database, log } = provider;
const operators = openOperators({ database, clock });
const silent = { info: () => undefined, error: () => undefined };
const title = both("戶政", "Households");
const member = { instance: "TW", memberClass: "GOV", memberCode: "REG" };
const { agencyUrl } = provider;
const context: GatewayDeskContext = {
  agencyUrl,
  title,
  database,
  operators,
  clock,
  logger: silent,
  member,
  gateway,
  log,
};
const place = { href: "/rights", text: both("權限", "Rights") };
const app = deskApp(context, [{ place, routes: rightsRoutes(context) }]);

interface Person {
  readonly cookie: string;
  readonly csrf: string;
}

async function signIn(name: string): Promise<Person> {
  const link = await operators.link(name, "test");
  assert.ok(link.ok);
  const opened = await operators.signIn(link.value.token);
  assert.ok(opened.ok);
  const session = await operators.session(opened.value.token);
  return { cookie: `taroko-operator=${opened.value.token}`, csrf: session?.csrf ?? "" };
}
const [lin, chen] = [await signIn("Lin Mei"), await signIn("Chen Yu")];

/** A page in both languages, without flaws; the English one is answered. */
async function page(path: string, status = 200): Promise<string> {
  let text = "";
  for (const lang of ["zh-Hant", "en"] satisfies Language[]) {
    const answer = await app.request(path, { headers: { cookie: `${lin.cookie}; taroko-lang=${lang}` } });
    text = await answer.text();
    assert.equal(answer.status, status, `${path}: ${text.slice(0, 300)}`);
    assert.deepEqual(findFlaws(text, lang), [], path);
  }
  return text;
}

async function post(path: string, form: Readonly<Record<string, string>>, who: Person = lin): Promise<Response> {
  const body = new URLSearchParams({ csrf: who.csrf, ...form });
  return app.request(path, { method: "POST", body, headers: { cookie: who.cookie } });
}

const proposal = {
  service: "people/closed",
  subject: "TW/GOV/PORTAL/app",
  method: "POST",
  path: "/v1/*",
  purposes: "subsidy tax",
  legalBases: "tw:law",
  fields: "name",
  consent: "none",
  quota: "1000/day+50",
  people: "20",
  until: "2027-12-31",
  owner: "Household registration",
  note: "For the subsidy",
  as: "proposed",
};

test("one operator proposes, another approves, and the next call passes", async () => {
  assert.match(await page("/rights/new"), /people\/closed/);
  const wrong = await post("/rights/new", { ...proposal, quota: "many", subject: "<b>" });
  assert.equal(wrong.status, 422);
  const text = await wrong.text();
  assert.match(text, /There is a problem|請先修正/);
  assert.match(text, /&lt;b&gt;/);
  for (const [change, near] of [
    [{ service: "people/close" }, "people/closed"],
    [{ subject: "TW/GOV/PORTAL/ap" }, "TW/GOV/PORTAL/app"],
  ] as const) {
    const unknown = await post("/rights/new", { ...proposal, ...change });
    assert.equal(unknown.status, 422);
    assert.ok((await unknown.text()).includes(`是不是「${near}」？`));
  }
  const made = await post("/rights/new", proposal);
  assert.equal(made.status, 303);
  const path = made.headers.get("location") ?? "";
  assert.match(await page(path), /1000\/day\+50, at most 20 people a day/);
  assert.match(await page("/rights/review"), /waits for approval/);
  const headers = { "taroko-purpose": "subsidy", "taroko-legal-basis": "tw:law" };
  assert.equal((await call("closed", { headers })).status, 500);
  assert.match(await page(`${path}/simulate?do=approve`), /allowed/);

  const own = await page(path);
  assert.doesNotMatch(own, /value="approve"/);
  assert.match(own, /another operator approves it: Chen Yu</);
  const theirs = await (await app.request(path, { headers: { cookie: `${chen.cookie}; taroko-lang=en` } })).text();
  assert.match(theirs, /value="approve"/);
  assert.equal((await post(path, { act: "approve", seen: "1" })).status, 403);
  assert.equal((await post(path, { act: "approve", seen: "7" }, chen)).status, 409);
  assert.equal((await post(path, { act: "approve", seen: "1" }, { ...chen, csrf: lin.csrf })).status, 422);
  assert.equal((await post(path, { act: "approve", seen: "1" }, chen)).status, 303);
  assert.equal((await call("closed", { headers })).status, 200);
  assert.match(await page(path), /Chen Yu/);
  assert.match(await page(`${path}/simulate?do=revoke`), /refused/);
  assert.equal((await post(path, { act: "revoke", note: "no longer needed" }, chen)).status, 303);
  assert.equal((await call("closed", { headers })).status, 500);
  assert.match(await page(path), /no longer needed/);
});

test("asking what an agency offers needs no right, and is not called refused", async () => {
  const answer = await fetch(`${agencyUrl}/r1/TW/GOV/REG/people/listMethods`, {
    headers: { "x-road-client": "TW/GOV/REG/people", accept: "application/json" },
  });
  assert.equal(answer.status, 200);
  const id = answer.headers.get("x-road-request-id") ?? "";
  const explained = await gateway.rights.explain(id);
  assert.equal(explained.ok && explained.value.decision, "no-right-needed");
  const text = await page(`/rights/ask?id=${id}`);
  assert.match(text, /no right needed/);
  assert.doesNotMatch(text, /refused</);
});

test("what was left empty is asked for, not called wrong", async () => {
  for (const field of ["service", "subject"]) {
    const answer = await post("/rights/new", { ...proposal, [field]: "" });
    assert.equal(answer.status, 422);
    assert.match(await answer.text(), /請選擇或填寫這一項/);
  }
});

test("revoking is folded away from what can be undone", async () => {
  const [right] = await gateway.rights.list("people");
  const text = await page(`/rights/right/${right!.id}`);
  assert.match(text, /<h1 class="wrap-any">Right of \S+ on people\/\w+<\/h1>/);
  assert.match(text, /<summary>Revoke this right<\/summary>[^]*does not come back[^]*value="revoke"/);
  assert.doesNotMatch(text.slice(0, text.indexOf("Revoke this right")), /value="revoke"/);
});

test("rights are found by state and by any word in them, and a strange word finds nothing", async () => {
  assert.match(await page("/rights"), /2 rights/);
  assert.match(await page("/rights?state=revoked&q=TAX"), /1 right</);
  assert.match(await page("/rights?q=%3Cscript%3E"), /No right found/);
  assert.match(await page("/rights?state=nonsense&page=99"), /2 rights/);
});

test("a call is explained, a field's readers are named, and a supposed call is reckoned", async () => {
  await call("open");
  const id = await newestExchange(database);
  assert.match(await page(`/rights/ask?id=${id}`), /purpose-missing/);
  assert.match(await page("/rights/ask?id=nothing%27%22"), /No record with this id/);
  assert.match(await page("/rights/ask?field=name"), /Unknown: the service[\s\S]*TW\/GOV\/PORTAL\/app/);
  assert.match(await page("/rights/ask?field=/address/city"), /Nobody could read/);
  const suppose =
    "client=TW/GOV/PORTAL/app&service=people/open&method=POST&path=/v1/lookup&legalBasis=tw:law&consent=no";
  assert.match(await page(`/rights/ask?${suppose}&purpose=subsidy`), /allowed/);
  assert.match(await page(`/rights/ask?${suppose}&purpose=x`), /does not name this purpose/);
  await page("/rights/ask");
});

test("groups are made and changed by forms of one's own only", async () => {
  assert.match(await page("/rights/groups"), /No group yet/);
  assert.equal((await post("/rights/groups", { act: "define", code: "cities", title: "直轄市" })).status, 303);
  const joining = { act: "join", code: "cities", client: "TW/GOV/PORTAL/app" };
  assert.equal((await post("/rights/groups", { ...joining, csrf: "x" })).status, 422);
  assert.equal((await post("/rights/groups", joining)).status, 303);
  assert.match(await page("/rights/groups"), /LOCALGROUP:cities[\s\S]*TW\/GOV\/PORTAL\/app/);
  assert.equal((await post("/rights/groups", { ...joining, code: "no" })).status, 404);
});

test("a right in force is renewed and confirmed from its page; a draft is amended", async () => {
  const [open] = await gateway.rights.list("people", "open");
  const path = `/rights/right/${open!.id}`;
  assert.equal((await post(path, { act: "review", review: "soon" })).status, 422);
  assert.equal((await post(path, { act: "review", review: "2027-06-30" })).status, 303);
  assert.equal((await post(path, { act: "renew", until: "2020-01-01" })).status, 422);
  const renewal = await post(path, { act: "renew", until: "2028-01-31", review: "" });
  assert.match(await page(renewal.headers.get("location") ?? ""), new RegExp(open!.id));
  assert.match(await page(`/rights/new?like=${open!.id}`), /value="subsidy"/);
  const draft = await post("/rights/new", { ...proposal, as: "draft" });
  const amend = (draft.headers.get("location") ?? "").split("/").at(-1)!;
  assert.match(await page(`/rights/new?amend=${amend}`), /value="1000\/day\+50"/);
  assert.equal((await post("/rights/new", { ...proposal, amend, quota: "", people: "" })).status, 303);
  assert.equal((await gateway.rights.find(amend))?.state, "proposed");
});

test("nobody without a session, and nothing that is not there", async () => {
  const answer = await app.request("/rights");
  assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/sign-in"]);
  for (const path of [
    "/rights/right/x",
    "/rights/right/0199f0a2-0000-7000-8000-000000000000/simulate",
    "/rights/new?like=x",
  ]) {
    await page(path, 404);
  }
  assert.equal((await post("/rights/right/x", { act: "approve" })).status, 404);
  assert.equal((await post("/rights/right/x", { act: "everything" })).status, 422);
});
