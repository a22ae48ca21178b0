import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openAuthority, openOperators } from "#exchange";
import { uuidV7, type Language } from "#kernel";
import { testDatabase } from "#store/testing";
import { both } from "#ui";
import { putInvitation, putMember } from "../../src/exchange/authority/store.ts";
import { putRequest } from "../../src/exchange/membership/store.ts";
import { authorityLog, named, testFolder } from "../../src/exchange/testing.ts";
import { authorityDesk } from "../../src/sites/authority-desk/authority-desk.ts";
import { findFlaws } from "./page-flaws.ts";

const now = new Date("2026-11-23T08:00:00Z");
const clock = { now: () => now };
const database = await testDatabase();
const log = await authorityLog(database, clock);
const authority = await openAuthority({ database, log, keysFolder: testFolder(), instance: "TW", clock });
after(() => authority.close());
const operators = openOperators({ database, clock });
const logger = { info: () => undefined, error: () => undefined };
const desk = authorityDesk({ title: both("主管機關", "Authority"), database, operators, clock, logger, authority });

const link = await operators.link("Lin Mei", "test");
assert.ok(link.ok);
const opened = await operators.signIn(link.value.token);
assert.ok(opened.ok);
const cookie = `taroko-operator=${opened.value.token}`;
const csrf = (await operators.session(opened.value.token))?.csrf ?? "";

/** A page in both languages, without flaws; the English one is answered. */
async function page(path: string): Promise<string> {
  let text = "";
  for (const lang of ["zh-Hant", "en"] satisfies Language[]) {
    const answer = await desk.request(path, { headers: { cookie: `${cookie}; taroko-lang=${lang}` } });
    text = await answer.text();
    assert.equal(answer.status, 200, path);
    assert.deepEqual(findFlaws(text, lang), [], path);
  }
  return text;
}
const rows = (text: string): number => text.split('<tr role="row"').length - 2;
const post = async (path: string, form: Readonly<Record<string, string>>): Promise<number> => {
  const body = new URLSearchParams({ csrf, ...form });
  return (await desk.request(path, { method: "POST", body, headers: { cookie } })).status;
};

const code = (at: number): string => `A${String(at).padStart(2, "0")}`;
for (let at = 0; at < 52; at += 1) {
  const name = both(`第${at}機關`, `Agency ${code(at)}`);
  const member = `TW/GOV/${code(at)}`;
  await putMember(database, { id: member, name, subsystems: [] });
  const digest = Buffer.alloc(32, at);
  await putInvitation(database, { id: uuidV7(), member, digest, by: "Lin Mei", now, expires: new Date("2026-12-01") });
}
const asked: string[] = [];
for (let at = 0; at < 203; at += 1) {
  const id = uuidV7();
  asked.push(id);
  const content = { kind: "subsystem.add", code: `s${at}`, name: named(`System ${at}`) } as const;
  const member = `TW/GOV/${code(at % 52)}`;
  const gateway = `${member}/gw1`;
  await putRequest(database, {
    id,
    kind: content.kind,
    member,
    gateway,
    keyid: "k",
    content,
    digest: "d".repeat(42) + "A",
    jws: "j",
    now,
  });
}

test("long lists have pages and a search: nothing is cut silently", async () => {
  assert.match(await page("/members"), /52 found[^]*Page 1 of 2/);
  assert.match(await page("/members?page=2"), /TW\/GOV\/A51/);
  for (const word of ["a51", "Agency A51", "第51機"]) {
    const found = await page(`/members?q=${encodeURIComponent(word)}`);
    assert.match(found, /1 found/);
    assert.match(found, /TW\/GOV\/A51/);
  }
  assert.match(await page("/members?q=nobody&page=9"), /No agency found/);
  const first = await page("/invitations");
  assert.match(first, /52 found[^]*Page 1 of 2/);
  assert.equal(rows(first), 50);
  assert.match(await page("/invitations?q=A00"), /1 found/);
  assert.match(await page("/requests"), /203 found[^]*Page 1 of 5/);
  assert.equal(rows(await page("/requests?page=5")), 3);
  assert.match(await page("/requests?q=System%20202"), /1 found/);
  assert.match(await page("/requests?q=%25"), /No request found/);
  assert.match(await page("/requests?state=decided"), /Nothing was decided yet/);
});

test("what cannot be undone takes two presses, and approving says what it does", async () => {
  const invitations = await page("/invitations?q=A07");
  assert.match(invitations, /<summary>Withdraw<\/summary>[^]*stops working[^]*Withdraw for good/);
  const [invitation] = (await authority.invitations()).filter(({ member }) => member === "TW/GOV/A07");
  assert.equal(await post("/invitations/withdraw", { id: invitation!.id }), 303);
  assert.match(await page("/invitations?q=A07"), /withdrawn/);
  const path = `/requests/${asked[0]}`;
  const request = await page(path);
  assert.match(
    request,
    /With the press the subsystem is registered\.[^]*value="approved"[^]*<summary>Reject this request</,
  );
  assert.doesNotMatch(request.slice(0, request.indexOf("Reject this request")), /value="rejected"/);
  assert.equal(await post(path, { decision: "rejected", reason: "" }), 422);
  assert.equal(await post(path, { decision: "rejected", reason: "not ours" }), 303);
  assert.match(await page("/requests?state=decided"), /1 found/);
  assert.equal(await post(`/requests/${asked[1]}`, { decision: "approved" }), 303);
});
