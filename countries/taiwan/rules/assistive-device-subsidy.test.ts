import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { explainLines, loadModel, type Decided, type FeelInput } from "#rules";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const loaded = loadModel(read("./assistive-device-subsidy.dmn"));
assert.ok(loaded.ok, JSON.stringify(loaded));
const model = loaded.value;

interface Item {
  readonly id: string;
  readonly item_number: number | null;
  readonly cap_twd: number;
  readonly name_zh: string;
  readonly name_en: string;
}
const schedule = JSON.parse(read("../data/assistive-devices.json")) as {
  readonly items: readonly Item[];
  readonly household_rates: readonly { readonly id: string; readonly share_of_cap: number }[];
  readonly rules: readonly {
    readonly id: string;
    readonly max_items?: number;
    readonly exclude_each_other?: string[];
  }[];
};

function device(id: string): FeelInput {
  const item = schedule.items.find((one) => one.id === id);
  if (!item) return { id, "item number": null, cap: 25_000, name: { "zh-Hant": "電動輪椅", en: "Power wheelchair" } };
  const name = { "zh-Hant": item.name_zh, en: item.name_en };
  return { id, "item number": item.item_number, cap: item.cap_twd, name };
}

const walker = {
  device: device("walker-standard"),
  "income class": "middle-low-income",
  certificate: { categories: ["7"], severity: "mild", valid_until: "2029-03-31" },
  today: "2026-11-22",
  "items in two years": 1,
  "already bought": false,
  "household in city": true,
  "other grants": [],
} satisfies Record<string, FeelInput>;
const scooter = {
  ...walker,
  device: device("mobility-scooter"),
  certificate: { ...walker.certificate, severity: "severe" },
};

function decide(changes: Record<string, FeelInput>, base: Record<string, FeelInput> = walker): Decided {
  return model.decide("outcome", { ...base, ...changes });
}

test("every device of the schedule and every class is paid cap × share", () => {
  const shares = Object.fromEntries(schedule.household_rates.map(({ id, share_of_cap }) => [id, share_of_cap]));
  assert.deepEqual(shares, { "low-income": 1, "middle-low-income": 0.75, general: 0.5 });
  for (const { id, cap_twd } of schedule.items) {
    for (const [incomeClass, share] of Object.entries(shares)) {
      const { value, messages } = decide({ device: device(id), "income class": incomeClass }, scooter);
      // every product is whole in the schedule, so the test needs no rounding of its own
      assert.deepEqual(value, { eligible: true, amount: String(cap_twd * share), reasons: [] }, `${id} ${incomeClass}`);
      assert.deepEqual(messages, []);
    }
  }
});

describe("each condition, on its boundary", () => {
  const cases: readonly [string, Record<string, FeelInput>, readonly string[]][] = [
    ["certificate on its last day", { today: "2029-03-31" }, []],
    ["certificate the day after", { today: "2029-04-01" }, ["certificate-valid"]],
    ["no certificate", { certificate: null }, ["certificate-valid"]],
    ["certificate without a date", { certificate: { categories: ["7"], severity: "mild" } }, ["certificate-valid"]],
    ["the 4th device in two years", { "items in two years": 3 }, []],
    ["the 5th device in two years", { "items in two years": 4 }, ["item-limit"]],
    ["number of devices unknown", { "items in two years": null }, ["item-limit"]],
    ["a negative number of devices", { "items in two years": -1 }, ["item-limit"]],
    ["bought already", { "already bought": true }, ["apply-first"]],
    ["purchase unknown", { "already bought": null }, ["apply-first"]],
    ["registered elsewhere", { "household in city": false }, ["household-in-city"]],
    ["registration unknown", { "household in city": null }, ["household-in-city"]],
    ["an income class that does not exist", { "income class": "rich" }, ["income-class-known"]],
    ["no device", { device: null }, ["device-in-schedule"]],
    ["a cap of nothing", { device: { ...(walker.device as object), cap: 0 } }, ["device-in-schedule"]],
  ];
  for (const [name, changes, reasons] of cases) {
    test(name, () => {
      const { value } = decide(changes);
      const amount = reasons.length === 0 ? "600" : "0";
      assert.deepEqual(value, { eligible: reasons.length === 0, amount, reasons });
    });
  }
});

describe("the mobility scooter", () => {
  const cases: readonly [string, Record<string, FeelInput>, readonly string[]][] = [
    ["severe limb disability", {}, []],
    [
      "profound loss of an organ's function",
      { certificate: { ...scooter.certificate, severity: "profound", categories: ["4"] } },
      [],
    ],
    [
      "multiple disabilities including one of these",
      { certificate: { ...scooter.certificate, categories: ["2", "7"] } },
      [],
    ],
    ["moderate limb disability", { certificate: { ...scooter.certificate, severity: "moderate" } }, ["device-covered"]],
    ["severe loss of sight", { certificate: { ...scooter.certificate, categories: ["2"] } }, ["device-covered"]],
    ["a power wheelchair was granted", { "other grants": ["power-wheelchair"] }, ["not-excluded"]],
    ["grants unknown", { "other grants": null }, ["not-excluded"]],
    [
      "the other way round",
      { device: device("power-wheelchair"), "other grants": ["cane-custom", "mobility-scooter"] },
      ["not-excluded"],
    ],
    ["a walking stick was granted", { "other grants": ["cane-custom"] }, []],
  ];
  for (const [name, changes, reasons] of cases) {
    test(name, () => {
      const { value } = decide(changes, scooter);
      assert.deepEqual((value as { reasons: unknown }).reasons, reasons);
    });
  }
});

test("an amount between two dollars is rounded half up, in decimal", () => {
  const amount = (cap: FeelInput) => {
    const { value } = decide({ device: { id: "x", "item number": 1, cap, name: null }, "income class": "general" });
    return (value as { amount: unknown }).amount;
  };
  assert.equal(amount(333), "167");
  assert.equal(amount("332.98"), "166");
  assert.equal(amount("9007199254740993"), "4503599627370497");
});

test("the caseworker's lines, in both languages", () => {
  const { explanation } = decide({});
  assert.deepEqual(explainLines(explanation, "zh-Hant"), [
    { label: "基準表第 44 項上限", value: "800" },
    { label: "中低收入戶比例", value: "75%" },
    { label: "身心障礙證明有效", value: "✓", ok: true },
    { label: "設籍本市", value: "✓", ok: true },
    { label: "兩年內不超過 4 項", value: "✓", ok: true },
    { label: "未先行購買", value: "✓", ok: true },
    { label: "障礙類別與等級符合", value: "✓", ok: true },
    { label: "未與已補助輔具重複", value: "✓", ok: true },
    { label: "補助金額", value: "600" },
  ]);
  const english = explainLines(explanation, "en");
  assert.deepEqual(english[0], { label: "Cap of schedule item 44", value: "800" });
  assert.deepEqual(english.at(-1), { label: "Subsidy", value: "600" });
});

test("a refusal names every failing condition, and the law of each row", () => {
  const { explanation, value } = decide({ "items in two years": 5, "already bought": true, today: "2030-01-01" });
  assert.deepEqual((value as { reasons: unknown }).reasons, ["certificate-valid", "item-limit", "apply-first"]);
  const failed = explainLines(explanation, "zh-Hant").filter(({ ok }) => ok === false);
  assert.deepEqual(
    failed.map(({ label }) => label),
    ["沒有有效的身心障礙證明", "兩年內已補助 5 項，加上本項超過 4 項", "核定前已先購買"],
  );
  const step = explanation.steps.find(({ name }) => name === "eligibility");
  const table = step?.tables[0];
  assert.equal(table?.rules.length, 17, "a refusal shows all rows");
  const row = table?.rules.find(({ outputs }) => outputs?.["condition"] === "item-limit");
  assert.deepEqual(
    row?.cells.filter(({ test }) => test !== "-"),
    [{ label: "兩年內已補助項數｜Devices in the last two years", test: "< 0, >= 4", value: "5", passed: true }],
  );
  assert.match(row?.law?.["zh-Hant"] ?? "", /輔具費用補助辦法/);
  assert.match(step?.law[0]?.uri ?? "", /pcode=D0050060/);
  assert.deepEqual(JSON.parse(JSON.stringify(explanation)), explanation, "it can be stored");
});

test("what is not known is said so, in both languages", () => {
  const unknown = { "items in two years": null, "income class": null, certificate: null };
  const { explanation } = decide(unknown);
  for (const language of ["zh-Hant", "en"] as const) {
    const lines = explainLines(explanation, language);
    // the three conditions, and the table of rates with its three classes of which none fits
    assert.equal(lines.filter(({ ok }) => ok === false).length, 3 + 1 + 3);
    assert.doesNotMatch(JSON.stringify(lines), /null|undefined/);
  }
});

test("the model and the data say the same", () => {
  const rule = (id: string) => schedule.rules.find((one) => one.id === id);
  assert.equal(rule("item-limit")?.max_items, 4);
  assert.deepEqual(rule("one-powered-vehicle")?.exclude_each_other, ["power-wheelchair", "mobility-scooter"]);
});

test("an ordinary DMN editor opens and draws the model: DMN 1.3, a shape for each element, a line for each requirement", () => {
  const xml = read("./assistive-device-subsidy.dmn");
  assert.match(xml, /<definitions xmlns="https:\/\/www\.omg\.org\/spec\/DMN\/20191111\/MODEL\/"/);
  const ids = (pattern: RegExp) => [...xml.matchAll(pattern)].map((match) => match[1]!).toSorted();
  const elements = ids(/<(?:decision|inputData|knowledgeSource|businessKnowledgeModel) id="([^"]+)"/g);
  assert.equal(elements.length, 18);
  assert.deepEqual(ids(/<dmndi:DMNShape id="[^"]+" dmnElementRef="([^"]+)"/g), elements);
  const requirements = ids(/<(?:information|authority|knowledge)Requirement id="([^"]+)"/g);
  assert.equal(requirements.length, 30);
  assert.deepEqual(ids(/<dmndi:DMNEdge id="[^"]+" dmnElementRef="([^"]+)"/g), requirements);
});

test("the model knows who it is", () => {
  assert.equal(model.id, "assistive-device-subsidy");
  assert.equal(model.version, "1.0.0");
  assert.deepEqual(model.faults, []);
  assert.match(model.hash, /^[0-9a-f]{64}$/);
  const changed = loadModel(read("./assistive-device-subsidy.dmn").replace("<text>0.75</text>", "<text>0.8</text>"));
  assert.ok(changed.ok && changed.value.hash !== model.hash);
});
