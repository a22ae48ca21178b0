import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assets,
  formatDate,
  formatDateTime,
  formatMoney,
  formatShortDate,
  html,
  maskIdentityNumber,
  page,
  pagination,
  show,
} from "#ui";

test("dates are those of Taipei, in both calendars", () => {
  const evening = new Date("2026-12-01T16:30:00Z");
  for (const [got, expected] of [
    [formatDate(evening, "zh-Hant"), "115 年 12 月 2 日（2026-12-02）"],
    [formatDate(evening, "en"), "2 December 2026"],
    [formatShortDate(evening, "zh-Hant"), "115 年 12 月 2 日"],
    [formatDateTime(evening, "zh-Hant"), "115 年 12 月 2 日 00:30"],
    [formatDateTime(evening, "en"), "2 Dec 2026, 00:30"],
    [formatMoney(2250, "zh-Hant"), "2,250 元"],
    [formatMoney(600, "en"), "NT$600"],
    [maskIdentityNumber("A700000001"), "A7*****001"],
    [maskIdentityNumber("A70"), "***"],
  ])
    assert.equal(got, expected);
});

test("Chinese inside English is marked, and everything is escaped", () => {
  assert.equal(String(show("Lin 林美惠 <b>", "en")), 'Lin <span lang="zh-Hant-TW">林美惠</span> &lt;b&gt;');
  assert.equal(String(show("林 <b>", "zh-Hant")), "林 &lt;b&gt;");
});

test("a page keeps its place when the language changes, and shows whom one acts for", () => {
  const made = String(
    page({
      path: "/x?y=1",
      languageUrl: (lang) => `/x?y=1&lang=${lang}`,
      lang: "en",
      title: "T",
      area: "citizen",
      active: "usage",
      session: { name: "林美惠", actingFor: { name: "林陳秀英", relation: "mother" } },
      csrf: "t",
      body: html`<h1>T</h1>`,
    }),
  );
  assert.match(made, /href="\/x\?y=1&amp;lang=zh-Hant"/);
  assert.match(made, /You are acting for\s+<b><span lang="zh-Hant-TW">林陳秀英/);
  assert.match(made, /aria-current="true"/);
});

test("assets carry their hash, and only theirs are found", () => {
  const files = assets();
  assert.match(files.style.url, /^\/assets\/style-[0-9a-f]{10}\.css$/);
  assert.equal(files.find(files.script.url), files.script);
  assert.equal(files.find("/assets/../package.json"), undefined);
  // Whatever the script loads, at once or later, is served too, and so is what that loads.
  const named = new Set<string>();
  const follow = (bytes: Uint8Array): void => {
    for (const [, name = ""] of Buffer.from(bytes)
      .toString()
      .matchAll(/["']\.\/([\w-]+\.js)["']/g)) {
      if (named.has(name)) continue;
      named.add(name);
      const part = files.find(`/assets/${name}`);
      assert.ok(part, name);
      follow(part.bytes);
    }
  };
  follow(files.script.bytes);
  assert.ok(
    [...named].some((name) => name.startsWith("ml-dsa-")) && [...named].some((name) => name.startsWith("lists-")),
  );
  assert.ok(Buffer.from(files.script.bytes).includes("receipt-check"));
});

test("one page of a list needs no pagination", () => {
  const href = (at: number): string => `?p=${at}`;
  assert.equal(pagination({ page: 1, pages: 1, href }, "en"), "");
  const second = String(pagination({ page: 2, pages: 3, href }, "en"));
  assert.match(second, /rel="prev" href="\?p=1"/);
  assert.match(second, /rel="next" href="\?p=3"/);
});
