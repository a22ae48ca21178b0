import { taiwan } from "#countries/taiwan";
import { analyseModel, compareModels, describeModel, loadModel, namesOf } from "#rules";
import { both } from "#ui";
import {
  accountOfRulingPage,
  comparePage,
  draftPage,
  draftsPage,
  modelPage,
  rulesPage,
  tablePage,
  uploadPage,
  type DraftView,
  type VersionLine,
} from "../../src/rules/pages/index.ts";
import type { Sample } from "./samples.ts";

const id = "assistive-device-subsidy";
const xml = taiwan.models[id]![0]!;
const changed = xml
  .replace("<text>0.75</text>", "<text>0.8</text>")
  .replace('<text>"general"</text>', '<text>"general", "low-income"</text>');
const described = describeModel(xml);
const loaded = loadModel(xml);
const compared = compareModels(xml, changed);
const found = analyseModel(changed);
if (!described.ok || !loaded.ok || !compared.ok || !found.ok) throw new Error("the country's model cannot be read");
const model = described.value;
const day = (text: string) => new Date(`${text}T00:00:00+08:00`);
const now: VersionLine = {
  version: "1.0.0",
  from: day("2026-01-01"),
  until: day("2026-12-31"),
  hash: loaded.value.hash,
  state: "in-force",
};
const next: VersionLine = { version: "1.1.0", from: day("2027-01-01"), hash: "c".repeat(64), state: "to-come" };
const name = model.name;
const tableNamed = (wanted: string) => model.tables.find((table) => table.id === wanted)!;
const one = { page: 1, pages: 1, href: () => "#" };

const draft: DraftView = {
  id: "d",
  model: { id, name },
  version: "1.1.0",
  from: day("2027-01-01"),
  note: "配合 116 年度預算，中低收入戶比例提高",
  state: "draft",
  drafted: { by: "涂立言", at: new Date("2026-11-23T02:00:00Z") },
  changes: compared.value,
  findings: found.value,
  trial: {
    state: "done",
    total: 1_312,
    done: 1_312,
    changed: 402,
    gained: 3,
    lost: 1,
    unclear: 0,
    before: 2_412_600n,
    after: 2_509_900n,
    plot: { "-1000": 1, "1": 120, "100": 200, "500": 78, "10000": 3 },
  },
  cases: [
    {
      number: "AT-115-000001",
      href: "/desk/c",
      at: new Date("2026-11-22T06:00:00Z"),
      before: 600n,
      after: 640n,
      why: [
        {
          label: both("中低收入戶比例", "Share for a middle-low-income household"),
          before: both("75%", "75%"),
          after: both("80%", "80%"),
        },
      ],
    },
    {
      number: "AT-115-000002",
      href: "/desk/c",
      at: new Date("2026-11-22T06:00:00Z"),
      before: 600n,
      after: null,
      why: [],
    },
  ],
  pages: { page: 1, pages: 9, href: (page) => `?page=${page}` },
  may: { activate: true, withdraw: false, discard: true },
};
const decided = loaded.value.decide(
  "outcome",
  {
    device: { id: "walker-standard", "item number": 44, cap: 800, name: { "zh-Hant": "助步車", en: "Walker" } },
    "income class": "middle-low-income",
    certificate: { categories: ["7"], severity: "mild", valid_until: "2029-03-31" },
    today: "2026-11-22",
    "items in two years": 5,
    "already bought": false,
    "household in city": true,
    "other grants": [],
  },
  { now: "2026-11-22T14:00:00+08:00" },
);
const account = {
  number: "AT-115-000001",
  backHref: "/desk/c",
  replayHref: "/desk/c/rule?again=yes",
  model: { id, version: "1.0.0", hash: loaded.value.hash, name },
  at: new Date("2026-11-22T06:00:00Z"),
  explanation: decided.explanation,
};

/** The pages of decision models, drawn from the country's own. */
export const ruleSamples: readonly Sample[] = [
  {
    name: "rules",
    as: "nobody",
    render: (l, c) =>
      rulesPage({ area: "public", models: [{ id, name, current: now, next, tables: model.tables }] }, l, c),
  },
  {
    name: "rule-model",
    as: "nobody",
    render: (l, c) => modelPage({ area: "public", model, shown: now, versions: [next, now], findings: [] }, l, c),
  },
  {
    name: "rule-table",
    as: "nobody",
    render: (l, c) =>
      tablePage(
        {
          area: "public",
          model: { id, name },
          table: tableNamed("decision-rate"),
          shown: now,
          findings: [],
          applied: {
            cases: 1_312,
            rows: new Map([
              [1, 300],
              [2, 402],
            ]),
          },
          names: namesOf(model),
        },
        l,
        c,
      ),
  },
  {
    name: "rule-table-wide",
    as: "officer",
    render: (l, c) =>
      tablePage(
        {
          area: "desk",
          model: { id, name },
          table: tableNamed("decision-eligibility"),
          shown: now,
          findings: [],
          names: namesOf(model),
        },
        l,
        c,
      ),
  },
  {
    name: "rule-compare",
    as: "nobody",
    render: (l, c) =>
      comparePage({ area: "public", model: { id, name }, from: "1.0.0", to: "1.1.0", changes: compared.value }, l, c),
  },
  {
    name: "rule-drafts",
    as: "officer",
    render: (l, c) =>
      draftsPage(
        {
          drafts: [
            {
              id: "d",
              model: name,
              version: "1.1.0",
              from: draft.from,
              state: "active",
              by: "涂立言",
              at: draft.drafted.at,
            },
          ],
          pages: one,
        },
        l,
        c,
      ),
  },
  { name: "rule-drafts-none", as: "officer", render: (l, c) => draftsPage({ drafts: [], pages: one }, l, c) },
  {
    name: "rule-upload",
    as: "officer",
    render: (l, c) =>
      uploadPage(
        {
          models: [{ id, name, version: "1.0.0" }],
          form: { model: id, from: "2026-11-23", version: "1.1.0", note: "" },
          errors: [
            { field: "file", text: both("請選一個檔案。", "Choose a file.") },
            { field: "from", text: both("施行日最早是明天。", "The first day is tomorrow at the earliest.") },
          ],
        },
        l,
        c,
      ),
  },
  { name: "rule-draft", as: "officer", render: (l, c) => draftPage(draft, l, c) },
  {
    name: "rule-draft-running",
    as: "officer",
    render: (l, c) =>
      draftPage(
        {
          ...draft,
          trial: { ...draft.trial!, state: "running", done: 400 },
          may: { activate: false, withdraw: false, discard: true },
          blocked: both("試算完成後才能啟用。", "It can be put into force when the trial is done."),
        },
        l,
        c,
      ),
  },
  { name: "rule-account", as: "officer", render: (l, c) => accountOfRulingPage(account, l, c) },
  {
    name: "rule-account-again",
    as: "officer",
    render: (l, c) =>
      accountOfRulingPage(
        { ...account, replay: { same: true, engine: { was: "taroko-dmn/1", is: "taroko-dmn/1" }, differences: [] } },
        l,
        c,
      ),
  },
];
