import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefused, storyCountry, titleOf } from "./country.ts";

const country = await storyCountry(10_700);
const phone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";

test("a person sees where they are signed in, ends one session or all others, and finds strangers in the list of events", async () => {
  const desktop = await country.visitor().signIn("zhang-zhiming");
  const first = await desktop.open("/account");
  assert.equal(first.status, 200);
  assert.match(first.html, /只有這一個/);
  assert.ok(!first.html.includes("新裝置"), "the first sign-in is no new device");

  const other = country.visitor();
  other.agent = phone;
  await other.signIn("zhang-zhiming");
  const third = await country.visitor().signIn("zhang-zhiming");
  const list = await desktop.open("/account");
  assert.match(list.html, /Safari, iPhone/);
  assert.match(list.html, /新裝置/);
  const ids = [...list.html.matchAll(/name="end" value="([0-9a-f-]{36})"/g)].map((match) => match[1]!);
  assert.equal(ids.length, 2, "the own one has no button");

  const stranger = await country.visitor().signIn("li-nothing");
  const csrf = /name="csrf" value="([^"]+)"/.exec((await stranger.open("/account")).html)![1]!;
  await stranger.ask("/account/sessions", { form: { csrf, end: ids[0]! } });
  for (const one of [desktop, other, third])
    assert.equal((await one.ask("/account")).status, 200, "nobody else ends it");
  await assertRefused(desktop, "form-tampered", "/account/sessions", { csrf, end: ids[0]! });

  const own = /name="csrf" value="([^"]+)"/.exec(list.html)![1]!;
  assert.equal((await desktop.ask("/account/sessions", { form: { csrf: own, end: ids[0]! } })).status, 303);
  const alive = [(await other.ask("/account")).status, (await third.ask("/account")).status].toSorted((a, b) => a - b);
  assert.deepEqual(alive, [200, 303]);
  assert.equal((await desktop.ask("/account/sessions", { form: { csrf: own, end: "others" } })).status, 303);
  for (const one of [other, third]) assert.equal((await one.ask("/account")).status, 303, "signed out at once");
  assert.equal((await desktop.ask("/account")).status, 200);
});

test("the list of events goes back page by page", async () => {
  const visitor = country.visitor();
  for (let n = 0; n < 32; n += 1) await visitor.signIn("li-nothing");
  const page = await visitor.open("/account");
  const older = /href="(\/account\?before=[^"#]+)/.exec(page.html)?.[1];
  assert.ok(older, titleOf(page.html));
  const past = await visitor.open(older.replaceAll("&amp;", "&"));
  assert.equal(past.status, 200);
  assert.match(past.html, /回到最新的/);
  assert.ok(!past.html.includes('action="/account/sessions"'), "sessions stand on the newest page alone");
});
