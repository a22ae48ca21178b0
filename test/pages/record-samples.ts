/** The pages of the public record, with an invented log. One entry tries to be markup. */
import { both } from "#ui";
import {
  checkReceiptPage,
  entryPage,
  findingsPage,
  logPage,
  recordPage,
  troublePage,
  type EntryPageView,
  type FindingKind,
  type FindingsView,
  type LogPageView,
  type RecordView,
} from "../../src/services/pages/index.ts";
import { explainedKinds } from "../../src/sites/portal/entry-words.ts";
import { agencies, at } from "./sample-facts.ts";
import type { Sample } from "./samples.ts";

const now = at("14:12");
const witnesses = [
  { name: both("審計機關", "Audit office"), at: at("14:10") },
  { name: both("大學", "University"), at: at("13:02") },
];
const vkey = "taroko.example/log/interior-2026+5b0e2f6f+AQLWcRkLJ2k9uQm0xUgq3b4n1N0cVwD4h6m4N8g0Zk1x";
const policy = `log ${vkey} https://log.taroko.example/interior\nwitness audit audit.example+1c2d3e4f+BA…\nwitness nthu nthu.example+9a8b7c6d+BA…\ngroup both all audit nthu\nquorum both\n`;
const hashes = [
  "nyxB0HvjqVUmwfCOfWtKM5DMXh8qiEe21eVTwCR/casX",
  "mQ2l1vH0nV0s5Yw8b1dE3JmF9k2r7TqLx4uZ6cP0aS8=",
  "Zk9b3Qm7cW1xT5rV8yN2pL4uE6sH0jA3dF7gB9iK1oM=",
];

const record: RecordView = {
  now,
  policyHref: "/record/policy.txt",
  checkHref: "/record/check",
  findingsHref: "/record/findings",
  lookedAt: at("14:11"),
  policy,
  logs: [
    {
      name: agencies.interior,
      origin: "taroko.example/log/interior-2026",
      href: "/record/interior-2026",
      size: 48_213,
      witnesses,
      findings: 0,
    },
    {
      name: agencies.social,
      origin: "taroko.example/log/social-2026",
      href: "/record/social-2026",
      size: 1203,
      witnesses: [witnesses[0]!, { name: both("大學", "University") }],
      findings: 2,
    },
    {
      name: both("入口網站", "Portal"),
      origin: "taroko.example/log/portal-2026",
      href: "/record/portal-2026",
      witnesses: [],
      trouble: { kind: "unavailable", detail: "connect ECONNREFUSED" },
    },
  ],
};

const title = both("機關之間的一次資料交換", "One exchange of data between agencies");
const log: LogPageView = {
  name: agencies.interior,
  origin: "taroko.example/log/interior-2026",
  now,
  head: { size: 48_213, root: hashes[0]!, readAt: now, quorum: true, witnesses },
  rate: {
    by: "hour",
    bars: Array.from({ length: 24 }, (_, hour) => ({
      from: new Date(now.getTime() - (24 - hour) * 3_600_000),
      count: (hour * 37) % 91,
    })),
    hourHref: "?rate=hour",
    dayHref: "?rate=day",
  },
  list: {
    entries: [
      {
        index: 48_212,
        href: "/record/interior-2026/48212",
        title,
        at: at("14:11"),
        parties: both("衛生福利部向內政部要資料", "Health asked Interior"),
      },
      { index: 48_211, href: "/record/interior-2026/48211", at: at("14:10"), parties: both("—", "–") },
    ],
    kinds: [
      { title: both("全部", "All"), href: "?", chosen: true },
      { title, href: "?kind=exchange.call", chosen: false },
    ],
    looked: { from: 48_188, to: 48_213 },
    olderHref: "?before=48188",
  },
  goTo: "/record/interior-2026/entry",
  files: {
    vkey,
    keyHref: "/record/interior-2026/key.txt",
    policyHref: "/record/policy.txt",
    checkpointHref: "/record/interior-2026/checkpoint.txt",
    address: "https://log.taroko.example/interior",
  },
  anchors: {
    records: 1204,
    newest: [{ name: "tsa-example", at: at("14:05"), size: 48_190 }],
    listHref: "https://log.taroko.example/interior/anchors/index.json",
  },
  findings: 0,
  findingsHref: "/record/findings",
  listHref: "/record",
};

/** The way from leaf `index` to the root of `size` entries, with invented hashes. */
function stepsOf(index: number, size: number): EntryPageView["tree"]["steps"] {
  const steps: EntryPageView["tree"]["steps"][number][] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + 2 ** (Math.ceil(Math.log2(to - from)) - 1);
    const left = index < middle;
    const [mine, theirs] = left
      ? [
          [from, middle],
          [middle, to],
        ]
      : [
          [middle, to],
          [from, middle],
        ];
    const node = ([low, high]: number[], hash: string) => ({ from: low!, to: high!, hash });
    steps.push({ own: node(mine, hashes[1]!), sibling: node(theirs, hashes[2]!), side: left ? "right" : "left" });
    [from, to] = mine as [number, number];
  }
  return steps.toReversed();
}

function entry(index: number, size: number): EntryPageView {
  return {
    log: agencies.interior,
    logHref: "/record/interior-2026",
    index,
    title,
    fields: [
      {
        name: "at",
        meaning: both("時間（世界協調時間）", "When, in UTC"),
        said: both("115 年 11 月 22 日 14:11", "22 Nov 2026, 14:11"),
        value: "2026-11-22T06:11:00Z",
        sealed: false,
      },
      {
        name: "member",
        meaning: both("寫入者的公開代碼", "The member that writes"),
        said: agencies.interior,
        value: "TW/GOV/MOI",
        sealed: false,
      },
      {
        name: "req",
        meaning: both("要求內容的承諾值", "Commitment to the request"),
        value: "mQ2l1vH0nV0s5Yw8b1dE3JmF9k2r7TqLx4uZ6cP0aS8",
        sealed: true,
      },
    ],
    raw: '{"at":"2026-11-22T06:11:00Z","member":"TW/GOV/MOI","t":"exchange.call","v":1}',
    bytes: 612,
    tree: {
      index,
      size,
      leaf: hashes[1]!,
      root: hashes[0]!,
      steps: stepsOf(index, size),
      log: agencies.interior,
      signedBy: witnesses,
    },
    counterpart: { state: "found", log: agencies.social, index: 1201, href: "/record/social-2026/1201" },
    quorum: true,
    hrefs: {
      proof: "/record/interior-2026/5/entry.tlog-proof",
      receipt: "/record/interior-2026/5/receipt.json",
      raw: "/record/interior-2026/5/entry.bin",
      check: "/record/check",
      findings: "/record/findings",
      newer: "/record/interior-2026/6",
      older: "/record/interior-2026/4",
    },
  };
}

const { title: _known, counterpart: _other, ...unknown } = entry(0, 1);
const kinds: readonly FindingKind[] = [
  "unavailable",
  "broken-file",
  "bad-signature",
  "quorum-missing",
  "stale",
  "shrunk",
  "fork",
  "mismatch",
  "schema",
  "merge-delay",
  "orphan-consumer",
  "orphan-provider",
  "index-key-changed",
  "index-went-back",
  "index-missing",
  "configuration-split",
];
const quiet: NonNullable<FindingsView["round"]> = {
  at: now,
  logs: [
    { name: agencies.interior, href: "/record/interior-2026", size: 48_213, complete: true, kinds: [] },
    { name: agencies.social, href: "/record/social-2026", size: 1203, complete: true, kinds: [] },
  ],
  pairs: { paired: 812, waiting: 3, undelivered: 1 },
  members: [{ name: agencies.interior, entries: 900, paired: 812, apart: 0, missing: 0 }],
  findings: [],
  more: 0,
};
const findings: Omit<FindingsView, "round"> = { every: 60, exportHref: "/record/findings.json", listHref: "/record" };

export const recordSamples: readonly Sample[] = [
  { name: "record", as: "nobody", render: (l, c) => recordPage(record, l, c) },
  { name: "record-log", as: "nobody", render: (l, c) => logPage(log, l, c) },
  {
    name: "record-log-silent",
    as: "nobody",
    render: (l, c) => {
      const { head: _head, rate: _rate, list: _list, ...rest } = log;
      return logPage(
        { ...rest, trouble: { kind: "broken-file", detail: "tile/0/000.p/3 does not lead to the root" } },
        l,
        c,
      );
    },
  },
  { name: "record-entry", as: "nobody", render: (l, c) => entryPage(entry(37_001, 48_213), l, c) },
  {
    name: "record-entry-alone",
    as: "nobody",
    render: (l, c) =>
      entryPage({ ...entry(5, 8), explained: explainedKinds["index.root"]!, counterpart: { state: "absent" } }, l, c),
  },
  {
    name: "record-entry-unknown",
    as: "nobody",
    render: (l, c) => entryPage({ ...unknown, fields: [], raw: "<script>alert(1)</script>" }, l, c),
  },
  {
    name: "record-trouble",
    as: "nobody",
    render: (l, c) =>
      troublePage(
        {
          log: agencies.interior,
          logHref: "/record/interior-2026",
          trouble: { kind: "unavailable", detail: "no answer in time" },
        },
        l,
        c,
      ),
  },
  {
    name: "record-check",
    as: "nobody",
    render: (l, c) => checkReceiptPage({ policyHref: "/record/policy.txt", listHref: "/record" }, l, c),
  },
  { name: "record-findings", as: "nobody", render: (l, c) => findingsPage({ ...findings, round: quiet }, l, c) },
  { name: "record-findings-first", as: "nobody", render: (l, c) => findingsPage(findings, l, c) },
  {
    name: "record-findings-many",
    as: "nobody",
    render: (l, c) =>
      findingsPage(
        {
          ...findings,
          fault: { at: now, code: "monitor-state-unreadable" },
          round: {
            ...quiet,
            logs: [{ ...quiet.logs[0]!, complete: false, kinds }],
            more: 4,
            findings: kinds.map((kind, index) => ({
              kind,
              log: agencies.interior,
              since: at("14:00"),
              detail: `<b>${kind}</b>`,
              ...(index % 2 ? { index, href: `/record/interior-2026/${index}` } : { until: now }),
              ...(kind === "fork" ? { notes: ["log\n1\n…\n", "log\n1\n…\n"] as const } : {}),
            })),
          },
        },
        l,
        c,
      ),
  },
];
