import assert from "node:assert/strict";
import { test } from "node:test";
import type { Chrome } from "#ui";
import { usagePage, type UsageEntry, type UsageView } from "./usage.ts";

const chrome: Chrome = { path: "/my-data/usage", languageUrl: () => "/language" };
const agency = { "zh-Hant": "內政部", en: "Ministry of the Interior" };
const entry: UsageEntry = {
  at: new Date("2026-11-22T06:00:00Z"),
  reader: agency,
  data: agency,
  fields: agency,
  purpose: agency,
  basis: agency,
};
const proof = {
  log: "example/log",
  index: 6,
  topic: "readings:X",
  receiptHref: "/receipt",
  entryHref: "/record/log/1",
  witnesses: [],
};
const view = (entries: readonly UsageEntry[], more: Partial<UsageView> = {}): UsageView => ({
  groups: entries.length > 0 ? [{ reader: agency, occasion: agency, entries }] : [],
  asOf: new Date("2026-11-22T06:00:00Z"),
  witnesses: [agency],
  silent: [],
  unfinished: [],
  filter: { own: "shown", shownHref: "/a", hiddenHref: "/b" },
  policyHref: "/record/policy.txt",
  ...more,
});

test("the head of the page claims only what the lines on it and the agencies' answers bear out", () => {
  const proven = "Each line on this page is proven.";
  for (const [shown, tone, says, keepsSilentAbout] of [
    [view([{ ...entry, proof }]), "good", proven, "waits"],
    [view([{ ...entry, proof }, entry]), "wait", "1 line waits", proven],
    [
      view([{ ...entry, proof }], { silent: [agency] }),
      "wait",
      "No answer just now from: Ministry",
      "The list is long",
    ],
    [view([{ ...entry, proof }], { unfinished: [agency] }), "wait", "The list is long at: Ministry", "No answer"],
    [view([]), "info", "No reading is listed here yet", proven],
    [view([], { silent: [agency] }), "wait", "No answer just now from", proven],
  ] as const) {
    const page = String(usagePage(shown, "en", chrome));
    assert.ok(page.includes(`class="note ${tone}"`), `${says}: tone ${tone}`);
    assert.ok(page.includes(says), says);
    assert.ok(!page.includes(keepsSilentAbout), `${says}, and not: ${keepsSilentAbout}`);
    assert.doesNotMatch(page, /entries in the record|this month/);
  }
});

test("no time is named while no agency has answered", () => {
  const { asOf: _, ...unasked } = view([], { silent: [agency] });
  assert.doesNotMatch(String(usagePage(unasked, "en", chrome)), /As of/);
});
