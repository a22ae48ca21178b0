import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { taiwan } from "#countries/taiwan";
import { playOthers, playStory } from "#demo";
import { paymentFor } from "#payments";
import { openCase, type Case } from "#services";
import { logEntries, storyCountry, temporaryFolder, titleOf, type Visitor } from "./country.ts";

// The evening before the new rule's first day, in Taipei. It lies behind the real time, so that certificates hold already.
const hour = 3_600_000;
const evening = new Date(`${taiwan.dayOf(new Date(Date.now() - 26 * hour))}T23:00:00${taiwan.utcOffset}`).getTime();
let behind = evening - Date.now();
const clock = { now: () => new Date(Date.now() + behind) };
const country = await storyCountry(12_400, { clock });
const { portal } = country.running.portal;
const firstDay = taiwan.dayOf(new Date(evening + 2 * hour));
const model = taiwan.models["assistive-device-subsidy"]![0]!;
const changed = model.replace("<text>0.75</text>", "<text>0.8</text>");
const summary = await playStory(country.running, () => undefined);
await playOthers(country.running);
const number = summary.case.number;

const tu = await country.visitor().signIn("officer-tu");
const yan = await country.visitor().signIn("officer-yan");

async function upload(who: Visitor, xml: string, fields: Readonly<Record<string, string>> = {}): Promise<Response> {
  const page = await who.open("/desk/rules/new");
  const form = new FormData();
  form.set("csrf", /name="csrf" value="([^"]+)"/.exec(page.html)![1]!);
  const given = {
    model: "assistive-device-subsidy",
    from: firstDay,
    version: "1.1.0",
    note: "府社障字第 1 號",
    ...fields,
  };
  for (const [name, value] of Object.entries(given)) form.set(name, value);
  form.set("file", new Blob([xml], { type: "application/xml" }), "change.dmn");
  return fetch(`${country.running.portalUrl}/desk/rules/new`, {
    method: "POST",
    body: form,
    redirect: "manual",
    headers: {
      cookie: [...who.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      "accept-language": "en",
    },
  });
}

async function until<Value>(look: () => Promise<Value | undefined>, what: string): Promise<Value> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${what} did not come`);
}

async function caseOf(id: string): Promise<Case> {
  return (await openCase(portal.database, id))!.state;
}

const step = async (who: Visitor, path: string, action: string) =>
  who.ask(path, { form: await who.fill(path, path, { step: action }) });

let draft = "";

test("a lawyer uploads a changed share and sees which past cases would have got another amount, without names", async () => {
  const sent = await upload(tu, changed);
  assert.equal(sent.status, 303, titleOf(await sent.text()));
  draft = sent.headers.get("location")!;
  const page = await until(async () => {
    const { html } = await tu.open(draft, { language: "en" });
    return html.includes("Trying it out") ? undefined : html;
  }, "the trial");
  assert.match(page, /<code>0\.75<\/code>/);
  assert.match(page, /<code>0\.8<\/code>/);
  const sums = Object.fromEntries(
    [...page.matchAll(/<dt>([^<]+)<\/dt>\s*<dd>([^<]+)<\/dd>/g)].map(([, name, value]) => [name!, value!.trim()]),
  );
  assert.equal(sums["Cases tried"], "6");
  assert.ok(page.includes(number));
  assert.match(page, /75%[\s\S]{0,40}80%/);
  const csv = (await tu.ask(`${draft}/cases.csv`)).html;
  const line = csv.split("\r\n").find((one) => one.startsWith(number))!;
  assert.match(line, /,600,640,/);
  assert.equal(String(csv.split("\r\n").length - 2), sums["Would change"]);
  for (const { surname, givenName } of country.running.people) assert.ok(!csv.includes(surname + givenName), "a name");
});

test("the same is said without a browser, from the two files and the portal's database", async () => {
  const folder = temporaryFolder("taroko-rules-");
  const [before, after] = [join(folder, "before.dmn"), join(folder, "after.dmn")];
  writeFileSync(before, model);
  writeFileSync(after, changed);
  const compared = await taroko("rules", "compare", before, after, "--database", portal.database.url);
  assert.equal(compared.status, 1, compared.stderr);
  assert.match(compared.stdout, /row 2, Share that is paid: 0\.75 → 0\.8/);
  assert.ok(compared.stdout.includes(`${number}: 600 → 640`), compared.stdout);
  assert.match(compared.stdout, /^6 cases: \d would change \(0 newly entitled, 0 no longer, 0 not to be judged\)/m);
});

test("whoever drafted it cannot put it into force, a caseworker cannot even see it; a colleague can", async () => {
  const own = await step(tu, draft, "activate").catch(() => undefined);
  // The page has no button for it; sent by hand it is refused.
  const csrf = /name="csrf" value="([^"]+)"/.exec((await tu.open(draft)).html)![1]!;
  const refused = own?.status === 403 ? own : await tu.ask(draft, { form: { csrf, step: "activate" } });
  assert.equal(refused.status, 403, titleOf(refused.html));
  assert.match(refused.html, /提出修正的人不能啟用它/);
  const wang = await country.visitor().signIn("officer-wang");
  assert.equal((await wang.ask(draft)).status, 403);
  const done = await step(yan, draft, "activate");
  assert.equal(done.status, 303, titleOf(done.html));
  const again = await yan.ask(draft, {
    form: { csrf: /name="csrf" value="([^"]+)"/.exec((await yan.open(draft)).html)![1]!, step: "activate" },
  });
  assert.equal(again.status, 409);
  const entries = await logEntries(country, "portal");
  const logged = entries.filter(({ t }) => t === "rule.changed");
  assert.deepEqual(
    logged.map(({ change, name, ver, day }) => [change, name, ver, day]),
    [["activated", "assistive-device-subsidy", "1.1.0", firstDay]],
  );
  const visitor = await country.visitor().open("/rules/assistive-device-subsidy", { language: "en" });
  assert.match(visitor.html, /To come/);
  assert.match(
    (await country.visitor().open("/rules/assistive-device-subsidy/compare?from=1.0.0&to=1.1.0")).html,
    /0\.75/,
  );
});

test("an activated version is taken back before its first day, and is then as if it had never been", async () => {
  const later = taiwan.dayOf(new Date(evening + 72 * hour));
  const sent = await upload(yan, model.replace("<text>0.5</text>", "<text>0.1</text>"), {
    from: later,
    version: "9.0.0",
  });
  const path = sent.headers.get("location")!;
  await until(async () => ((await yan.open(path)).html.includes("試算中") ? undefined : true), "the trial");
  assert.equal((await step(tu, path, "activate")).status, 303);
  assert.ok((await country.visitor().open("/rules/assistive-device-subsidy")).html.includes("9.0.0"));
  assert.equal((await step(yan, path, "withdraw")).status, 303);
  assert.ok(!(await country.visitor().open("/rules/assistive-device-subsidy")).html.includes("9.0.0"));
});

test("what cannot be a rule is refused with the reason beside the field", async () => {
  const bomb = `<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><definitions>&b;</definitions>`;
  const cases: readonly [string, string, Readonly<Record<string, string>>, RegExp][] = [
    ["a DTD", bomb, {}, /without a DTD/],
    ["an external entity", `<!DOCTYPE d SYSTEM "file:///etc/passwd"><definitions/>`, {}, /without a DTD/],
    ["not XML", "hello", {}, /cannot be read/],
    ["larger than it may be", `${changed}<!--${"x".repeat(1_000_000)}-->`, {}, /larger than 1 MB/],
    ["today", changed, { from: taiwan.dayOf(clock.now()) }, /tomorrow at the earliest/],
    ["a day that is none", changed, { from: "2027-02-30", version: "2.0.0" }, /cannot be used/],
    ["a day that is taken", changed, { version: "2.0.0" }, /version from that day/],
    ["a version that is taken", changed, { version: "1.0.0", from: "2030-01-01" }, /of that name/],
    [
      "a missing input",
      changed
        .replaceAll('name="already bought"', 'name="bought"')
        .replaceAll("<text>already bought</text>", "<text>bought</text>"),
      { version: "2.0.0", from: "2030-01-01" },
      /already bought/,
    ],
    [
      "a missing decision",
      changed
        .replaceAll('name="outcome" label', 'name="result" label')
        .replace('<variable id="variable-outcome" name="outcome"', '<variable id="variable-outcome" name="result"'),
      { version: "2.0.0", from: "2030-01-01" },
      /outcome/,
    ],
    [
      "an unreadable cell",
      changed.replace("<text>0.8</text>", "<text>0.8 +</text>"),
      { version: "2.0.0", from: "2030-01-01" },
      /rate/,
    ],
  ];
  for (const [name, xml, fields, expected] of cases) {
    const answer = await upload(tu, xml, fields);
    assert.equal(answer.status, 422, name);
    assert.match((await answer.text()).replaceAll("&quot;", '"'), expected, name);
  }
});

test("from its first day on the new amount is decided, entitled and paid; the old case stays and replays", async () => {
  behind += 2 * hour;
  assert.equal(taiwan.dayOf(clock.now()), firstDay);
  const lin = await country.visitor().signIn("lin-meihui");
  await lin.actForFirst();
  const id = await lin.draft();
  await lin.submit(id, "lin-meihui");
  const ruling = (await caseOf(id)).ruling!;
  assert.deepEqual([ruling.amount, ruling.model.version], [640, "1.1.0"]);

  const wang = await country.visitor().signIn("officer-wang");
  const decide = await decideAction(wang, id, "/decide");
  assert.equal((await wang.ask(decide.path, { form: { ...decide.form, decision: "approve" } })).status, 303);
  const chen = await country.visitor().signIn("officer-chen");
  const release = await decideAction(chen, id, "/release");
  assert.equal((await chen.ask(release.path, { form: { ...release.form, release: "yes" } })).status, 303);
  const paid = await until(async () => {
    const state = await caseOf(id);
    return state.phase === "paid" ? state : undefined;
  }, "the payment");
  assert.equal((await paymentFor(portal.payments, paid.number!))!.amount, 640n);
  const files = await country.database("bank").query<{ xml: string }>("select xml from bank.file");
  const file = files.find(({ xml }) => xml.includes(paid.number!))!;
  assert.match(file.xml, /<InstdAmt Ccy="TWD">640(?:\.00)?<\/InstdAmt>/);

  const old = await caseOf(summary.case.id);
  assert.deepEqual([old.decision!.ruling.amount, old.decision!.ruling.model.version], [600, "1.0.0"]);
  for (const [which, amount] of [
    [number, 600],
    [paid.number!, 640],
  ] as const) {
    const replayed = await taroko("rules", "replay", which, "--database", portal.database.url, "--json");
    assert.equal(replayed.status, 0, replayed.stderr);
    const said = JSON.parse(replayed.stdout) as { same: boolean; model: { version: string } };
    assert.deepEqual([said.same, said.model.version], [true, amount === 600 ? "1.0.0" : "1.1.0"]);
  }
  const text = (hash: string) => country.visitor().ask(`/rules/assistive-device-subsidy/model.dmn?hash=${hash}`);
  assert.equal((await text(old.decision!.ruling.model.hash)).html, model, "the very text, for anybody");
  const [laid] = await country
    .database("portal")
    .query<{ hash: string }>("select hash from services.rule_draft where state = 'withdrawn'");
  assert.equal((await text(laid!.hash)).status, 404, "what never was in force");
  const account = await wang.open(`/desk/${summary.case.id}/rule?again=yes`, { language: "en" });
  assert.match(account.html, /comes out exactly the same/);
  assert.match(account.html, /middle-low-income/);
});

test("a ruling whose stored amount was changed does not replay", async () => {
  const { id } = summary.case;
  await country
    .database("portal")
    .run(
      "update services.case_event set input = jsonb_set(input, '{ruling,amount}', '6000') where case_id = $1 and type in ('approved', 'submitted')",
      [id],
    );
  const replayed = await taroko("rules", "replay", number, "--database", portal.database.url);
  assert.equal(replayed.status, 1);
  assert.match(replayed.stdout, /amount: 6000 → 600/);
});

async function decideAction(
  who: Visitor,
  id: string,
  end: string,
): Promise<{ path: string; form: Record<string, string> }> {
  const page = await who.open(`/desk/${id}`);
  const path = new RegExp(`action="(/desk/${id}${end}[^"]*)"`).exec(page.html)![1]!.replaceAll("&amp;", "&");
  return { path, form: await who.fill(`/desk/${id}`, path, {}) };
}

/** Not synchronous: the country runs in this process, and its connections would die of the wait. */
function taroko(...words: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const cli = new URL("../../src/cli.ts", import.meta.url).pathname;
  return new Promise((done) => {
    execFile(process.execPath, [cli, ...words], (fault, stdout, stderr) =>
      done({ status: fault ? Number(fault.code) : 0, stdout, stderr }),
    );
  });
}
