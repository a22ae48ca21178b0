import assert from "node:assert/strict";
import { test } from "node:test";
import type { Language } from "#kernel";
import { html, jsonBlock } from "#ui";
import { findFlaws } from "./page-flaws.ts";
import { sampleChrome, samples } from "./samples.ts";

const languages: readonly Language[] = ["zh-Hant", "en"];
const render = (name: string, lang: Language): string => {
  const sample = samples.find((one) => one.name === name)!;
  return String(sample.render(lang, sampleChrome(sample, lang)));
};

for (const sample of samples) {
  for (const lang of languages) {
    test(`${sample.name} in ${lang} is sound`, () => {
      assert.deepEqual(findFlaws(render(sample.name, lang), lang), []);
    });
  }
}

test("the flaws are found when they are there", () => {
  const sound = render("about", "en");
  const plant = (bad: string): string[] => findFlaws(sound.replace("</main>", `${bad}</main>`), "en");
  assert.deepEqual(plant(""), []);
  for (const [bad, expected] of [
    ["<p><div></div></p>", "<div> inside <p>"],
    ["<b>", "</main> closes <b>"],
    ['<p style="color:red">x</p>', "inline style"],
    ['<a onclick="x()">x</a>', "inline handler"],
    ["<script>x()</script>", "inline script"],
    ["<p>中文</p>", "Chinese without lang"],
    ["<p>undefined</p>", "leftover"],
    ['<p id="x"></p><p id="x"></p>', "twice"],
    ['<label for="nowhere">x</label>', "points nowhere"],
    ["<h1>two</h1>", "h1"],
    ['<form method="post"></form>', "without csrf"],
  ] as const)
    assert.ok(
      plant(bad).some((flaw) => flaw.includes(expected)),
      `${expected}: ${plant(bad).join("; ")}`,
    );
});

test("what people type is text, never markup", () => {
  const page = render("search-nothing", "zh-Hant");
  assert.ok(page.includes("&lt;script&gt;飛船&lt;/script&gt;"));
  assert.ok(!page.includes("<script>飛船"));
  assert.equal(String(html`<p title="${'"><b>'}">${"<i>&"}</p>`), '<p title="&quot;&gt;&lt;b&gt;">&lt;i&gt;&amp;</p>');
  assert.ok(!String(jsonBlock({ name: "</script><script>x" })).includes("</script><script>"));
});

test("a character beyond the basic plane survives, marked as Chinese in English text", () => {
  assert.ok(render("act-for", "zh-Hant").includes("林𡘙"));
  assert.ok(render("act-for", "en").includes('<span lang="zh-Hant-TW">林𡘙</span>'));
});

test("identity numbers never stand on a page whole", () => {
  for (const sample of samples) assert.doesNotMatch(render(sample.name, "zh-Hant"), /[A-Z][0-9]{9}/);
  assert.ok(render("act-for", "zh-Hant").includes("A7*****002"));
});

test("the title says when a page shows errors", () => {
  assert.match(render("account", "en"), /<title>Error: /);
  assert.match(render("account", "zh-Hant"), /<title>錯誤：/);
  assert.doesNotMatch(render("check", "en"), /<title>Error: /);
});

test("agreeing and refusing are one press each, and nothing is ticked beforehand", () => {
  const page = render("agree", "en");
  assert.match(page, /name="answer" value="agree"/);
  assert.match(page, /name="answer" value="refuse"/);
  assert.doesNotMatch(page, /checked/);
});
