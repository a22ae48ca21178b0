import assert from "node:assert/strict";
import { test } from "node:test";
import type { Chrome } from "#ui";
import { applicationPage, type ApplicationView } from "./applications.ts";

const chrome: Chrome = { path: "/applications/1", languageUrl: () => "/language" };
const text = { "zh-Hant": "字", en: "words" };
const decision = {
  outcome: "refused" as const,
  at: new Date("2026-11-22T06:00:00Z"),
  reasons: [text],
  remedies: text,
  proofHref: "/applications/1/proof/7",
};
const view: ApplicationView = {
  number: "AT-115-000001",
  service: text,
  subject: text,
  state: { tone: "bad", text },
  now: text,
  events: [],
  decision,
  facts: [],
  usageHref: "/my-data/usage",
  receiptHref: "/applications/1/proof/3",
};

test("the proof of a decision is offered as what it is, a file and no notice", () => {
  const page = String(applicationPage(view, "en", chrome));
  assert.match(page, /<a href="\/applications\/1\/proof\/7" download>Download the proof of this decision<\/a>/);
  assert.doesNotMatch(page, /notice/i);
});

test("a last day for an appeal stands only where the service sets a time", () => {
  assert.doesNotMatch(String(applicationPage(view, "en", chrome)), /At the latest/);
  const objectUntil = new Date("2026-12-22T06:00:00Z");
  const dated = String(applicationPage({ ...view, decision: { ...decision, objectUntil } }, "en", chrome));
  assert.match(dated, /At the latest on 22 December 2026/);
});
