import { both, problemPage } from "#ui";
import { casePage, queuePage, releasePage } from "../../src/services/pages/index.ts";
import { at, facts, subsidyWhy } from "./sample-facts.ts";
import type { Sample } from "./samples.ts";

const left = (
  zh: string,
  en: string,
  tone: "wait" | "bad" | "info",
): { tone: "wait" | "bad" | "info"; text: ReturnType<typeof both<string>> } => ({
  tone,
  text: both(zh, en),
});

const items = [
  {
    number: "AT-115-000119",
    text: both("張○明，電動代步車", "張○明, mobility scooter"),
    state: left("剩 2 天", "2 days left", "bad"),
    href: "/desk/cases/119",
  },
  {
    number: "AT-115-000123",
    text: both("林陳秀英，助行器-一般型", "林陳秀英, walking frame"),
    state: left("剩 7 天", "7 days left", "wait"),
    href: "/desk/cases/123",
  },
  {
    number: "AT-115-000111",
    text: both("李○華，輪椅-B款", "李○華, wheelchair B"),
    state: left("剩 8 天", "8 days left", "wait"),
    href: "/desk/cases/111",
  },
  {
    number: "AT-115-000117",
    text: both("陳○玲，擴視機", "陳○玲, video magnifier"),
    state: left("待補件", "Waiting for papers", "info"),
    href: "/desk/cases/117",
  },
];

const queue = {
  queues: [
    { name: both("待審", "To decide"), count: 24, href: "/desk", current: true },
    { name: both("待放行", "To release"), count: 3, href: "/desk?queue=release" },
    { name: both("已結", "Closed"), count: 118, href: "/desk?queue=closed" },
  ],
  items,
  pages: { page: 1, pages: 3, href: (to: number) => `/desk?page=${to}` },
  order: both("依期限排序，最急的在上面", "By due date, most urgent first"),
};

const open = {
  queue: { ...queue, items: items.map((item) => ({ ...item, current: item.number === "AT-115-000123" })) },
  number: "AT-115-000123",
  title: both("林陳秀英，助行器-一般型", "林陳秀英, walking frame, standard"),
  state: left("第 3 天／10 天", "Day 3 of 10", "wait"),
  summary: both(
    "代理人：林美惠（女兒，戶政資料確認）。115 年 11 月 22 日 14:05 送件，卡片簽章有效。",
    "Represented by 林美惠 (daughter, confirmed by the household register). Sent 22 Nov 2026, 14:05; card signature valid.",
  ),
  facts: [
    ...facts,
    { label: both("兩年內補助", "In two years"), value: both("1 項（上限 4 項）", "1 device (of at most 4)") },
  ],
  ruling: { eligible: true, amount: 600, why: { ...subsidyWhy(44, 800), sources: [] } },
  history: [
    { at: at("14:05"), title: both("送件", "Sent"), by: "林美惠", state: "done" as const },
    {
      at: at("14:20"),
      title: both("開啟案件", "Case opened"),
      by: both("王科員", "Officer Wang"),
      state: "now" as const,
      text: both("已記入紀錄，申請人看得到。", "Entered in the record; the applicant can see it."),
    },
  ],
};

const reasons = [
  { code: "bought-before", text: both("申請前已經購買（第 5 條）", "Bought before applying (article 5)") },
  { code: "too-many", text: both("兩年內已達 4 項（第 4 條）", "Four devices in two years already (article 4)") },
  { code: "other", text: both("其他，請在補充說明寫明", "Another, to be explained below") },
];

const approved = {
  by: both("王科員", "Officer Wang"),
  at: at("15:20"),
  amount: 600,
  account: "700 ****0042",
  payee: "林陳秀英",
};
const digest = "9f2c41d07be3a95526c1f08e7d6b4a3390cc5e1f2a8847b6d15e93c0247f71ab";

export const deskSamples: readonly Sample[] = [
  { name: "desk-queue", as: "officer", render: (l, c) => queuePage(queue, l, c) },
  {
    name: "desk-queue-empty",
    as: "officer",
    render: (l, c) =>
      queuePage(
        { ...queue, queues: [{ name: both("待審", "To decide"), count: 0, href: "/desk", current: true }], items: [] },
        l,
        c,
      ),
  },
  {
    name: "desk-case",
    as: "officer",
    render: (l, c) => casePage({ ...open, decide: { action: "/desk/cases/123/decide", reasons } }, l, c),
  },
  {
    name: "desk-case-refusing",
    as: "officer",
    render: (l, c) =>
      casePage(
        {
          ...open,
          decide: { action: "/desk/cases/123/decide", reasons },
          errors: [{ field: "reason", text: both("請選擇理由", "Choose a reason") }],
        },
        l,
        c,
      ),
  },
  {
    name: "desk-release",
    as: "officer",
    render: (l, c) => releasePage({ ...open, approved, digest, action: "/desk/cases/123/release" }, l, c),
  },
  {
    name: "desk-release-returning",
    as: "officer",
    render: (l, c) =>
      releasePage(
        {
          ...open,
          approved,
          digest,
          action: "/desk/cases/123/release",
          errors: [
            {
              field: "remark",
              text: both("請寫明要承辦人再看什麼。", "Say what the caseworker should look at again."),
            },
          ],
        },
        l,
        c,
      ),
  },
  {
    name: "desk-release-own",
    as: "officer",
    render: (l, c) =>
      releasePage(
        {
          ...open,
          approved,
          digest,
          notAllowed: both(
            "您核定了這件，須由另一位同仁放行。",
            "You approved this case; a colleague must release it.",
          ),
        },
        l,
        c,
      ),
  },
  {
    name: "desk-problem",
    as: "officer",
    render: (l, c) =>
      problemPage(
        {
          code: "already-decided",
          area: "desk",
          reference: "01JDA7-9K1M",
          entry: {
            status: 409,
            title: both("這件案件已經核定", "This case has already been approved"),
            action: both("請重新開啟案件看最新狀態。", "Open the case again to see where it stands."),
            when: "A decision exists.",
          },
        },
        l,
        c,
      ),
  },
];
