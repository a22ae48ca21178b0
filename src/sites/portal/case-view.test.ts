import assert from "node:assert/strict";
import { test } from "node:test";
import { taiwan } from "#countries/taiwan";
import type { DataNeed } from "#services";
import { factText } from "./case-view.ts";

const title = { "zh-Hant": "欄", en: "Field" };
const need: DataNeed = {
  ...taiwan.services[0]!.dataNeeds[0]!,
  fields: [
    { path: "count", title, kind: "number" },
    { path: "born", title, kind: "date" },
    { path: "granted", title, kind: "list", schedule: "assistive-devices" },
    { path: "device_ids", title, kind: "list" },
    { path: "class", title, kind: "choice", values: { low: { "zh-Hant": "低收入戶", en: "low income" } } },
  ],
};

test("a fetched value reads as its definition says, not as its name would suggest", () => {
  const item = taiwan.schedules["assistive-devices"]![0]!;
  for (const [path, value, zh, en] of [
    ["count", 2, "2", "2"],
    ["granted", [item.id], item.name["zh-Hant"], item.name.en],
    ["granted", ["no-such-item"], "no-such-item", "no-such-item"],
    ["granted", [], "無", "none"],
    ["device_ids", [item.id], item.id, item.id],
    ["class", "low", "低收入戶", "low income"],
    ["class", "other", "other", "other"],
    ["class", null, "沒有資料", "no record"],
    ["nowhere", "x", "沒有資料", "no record"],
    ["born", "1948-03-02", "37 年 3 月 2 日（1948-03-02）", "2 March 1948"],
  ] as const)
    assert.deepEqual(factText(taiwan, need, path, value), { "zh-Hant": zh, en });
});

test("a day is the country's day, not the one of another place", () => {
  const far = { ...taiwan, utcOffset: "+14:00" };
  assert.equal(factText(far, need, "born", "1948-03-02").en, "1 March 1948");
});
