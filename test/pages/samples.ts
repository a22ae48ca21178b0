/**
 * Every page with invented data, for previews, pictures and checks. The people are those of the mock-ups; identity
 * numbers appear masked only. One name holds a rare character, one tries to be markup.
 */
import type { Language } from "#kernel";
import { both, maskIdentityNumber, problemPage, type Chrome, type Explanation, type HtmlPage, type Source } from "#ui";
import {
  actForPage,
  keptFormPage,
  noticesPage,
  passkeysPage,
  signInAppPage,
  signInElementPage,
  signInPage,
} from "../../src/identity/pages/index.ts";
import { agreementsPage, agreePage, fetchedPage, usagePage, withdrawPage } from "../../src/consent/pages/index.ts";
import {
  aboutPage,
  accessibilityPage,
  accountPage,
  applicationPage,
  applicationsPage,
  checkPage,
  choosePage,
  declarePage,
  homePage,
  receiptPage,
  searchPage,
  serviceListPage,
  servicePage,
  yesNoPage,
} from "../../src/services/pages/index.ts";
import { deskSamples } from "./desk-samples.ts";
import { providerSamples } from "./provider-samples.ts";
import { feeSamples } from "./fee-samples.ts";
import { ruleSamples } from "./rule-samples.ts";
import { recordSamples } from "./record-samples.ts";
import { signatureSamples, signDocumentSamples } from "./signature-samples.ts";
import { staffSamples } from "./staff-samples.ts";
import { agencies, at, facts, service, subsidyWhy } from "./sample-facts.ts";

export interface Sample {
  readonly name: string;
  readonly render: (lang: Language, chrome: Chrome) => HtmlPage;
  /** Whose chrome the page is shown in. */
  readonly as?: "mei-hui" | "acting" | "officer" | "nobody";
}

const steps = (current: number): { names: ReturnType<typeof both<string>>[]; current: number } => ({
  names: [
    both("身分", "Identity"),
    both("取得資料", "Fetch data"),
    both("選擇輔具", "Choose device"),
    both("確認", "Check"),
    both("簽署送出", "Sign and send"),
  ],
  current,
});

const events = [
  [
    "birth",
    "生育與養育",
    "Birth and children",
    "出生登記、育兒津貼、托育",
    "Birth registration, child allowance, day care",
  ],
  ["school", "就學", "School", "學費補助、疫苗接種同意、學位證明", "Tuition aid, vaccination consent, diplomas"],
  ["work", "就業與勞動", "Work", "求職媒合、職災給付、失業給付", "Job matching, injury and unemployment benefit"],
  ["home", "居住與戶籍", "Home and household", "遷徙登記、地籍、房屋稅", "Moving, land register, house tax"],
  [
    "health",
    "健康與照顧",
    "Health and care",
    "輔具補助、長照服務、健康存摺",
    "Assistive devices, long-term care, health record",
  ],
  ["car", "交通與車輛", "Transport", "廢車回收獎勵金、駕照、牌照稅", "Scrap-vehicle reward, licence, vehicle tax"],
  ["old", "退休與銀髮", "Later life", "年金、敬老津貼、居家服務", "Pension, senior allowance, home services"],
  [
    "company",
    "開公司",
    "Starting a company",
    "設立登記、僑外投資、法規諮詢",
    "Registration, foreign investment, legal advice",
  ],
] as const;
const lifeEvents = events.map(([icon, zh, en, examples, examplesEn]) => ({
  icon,
  name: both(zh, en),
  examples: both(examples, examplesEn),
  href: `/life/${icon}`,
}));

const link = {
  name: service,
  summary: both(
    "買助行器、輪椅等輔具的補助，核定後直接匯入帳戶。",
    "Help with the cost of walking frames, wheelchairs and other devices, paid to your account.",
  ),
  href: "/services/assistive-device",
  agency: agencies.social,
};

const running = {
  service,
  state: { tone: "wait" as const, text: both("審核中，第 3 天／10 天", "In review, day 3 of 10") },
  text: both(
    "林陳秀英的助行器。承辦：社會局。下一步：核定通知，最晚 115 年 12 月 2 日（2026-12-02）。",
    "A walking frame for 林陳秀英. Handled by Social Welfare. Next: the decision, by 2 December 2026.",
  ),
  href: "/applications/AT-115-000123",
};

const fields = (zh: string, en: string): ReturnType<typeof both<string>>[] => {
  const [chinese, english] = [zh.split("、"), en.split(", ")];
  return chinese.map((word, index) => both(word, english[index] ?? word));
};

const asked = [
  {
    agency: agencies.interior,
    dataset: both("戶籍資料", "household register"),
    fields: fields("姓名、出生日期、戶籍村里、法定代理關係", "name, date of birth, village, legal representation"),
    purpose: both("確認身分、戶籍地與代理", "To confirm identity, place and mandate"),
  },
  {
    agency: agencies.health,
    dataset: both("身心障礙證明", "disability certificate"),
    fields: fields("障礙類別、等級、有效日期", "category, level, valid until"),
    purpose: both("判斷可申請的輔具項目", "To know which devices can be applied for"),
  },
  {
    agency: agencies.social,
    dataset: both("福利身分", "income class"),
    fields: fields("低收入或中低收入身分", "low or lower-middle income"),
    purpose: both("計算補助比例", "To work out the rate"),
  },
];

const source = (agency: Source["agency"], evidence = "/evidence/1"): Source => ({ agency, at: at("14:02"), evidence });

function device(
  id: string,
  item: number,
  zh: string,
  en: string,
  cap: number,
): {
  id: string;
  name: ReturnType<typeof both<string>>;
  detail: ReturnType<typeof both<string>>;
  amount: number;
  why: Explanation;
} {
  return {
    id,
    name: both(zh, en),
    detail: both(`基準表第 ${item} 項`, `Item ${item} of the schedule`),
    amount: cap * 0.75,
    why: subsidyWhy(item, cap),
  };
}

const groups = [
  {
    category: both("步行輔具", "Walking aids"),
    devices: [
      device("cane", 42, "單支拐杖-量產型", "Walking stick, mass-produced", 500),
      device("walker", 44, "助行器-一般型", "Walking frame, standard", 800),
      device(
        "wheeled",
        45,
        "助行器-輪管型或助起型（R 型）",
        "Walking frame with wheels, or with help to stand up (R type)",
        1200,
      ),
      device("rollator", 46, "帶輪型助步車（助行椅）", "Wheeled walker (rollator)", 3000),
      device("posture", 47, "姿勢控制型助行器", "Posture-control walker", 8000),
    ],
  },
  {
    category: both("視覺相關輔具", "Visual aids"),
    devices: [
      device("magnifier", 67, "放大鏡-低倍率", "Magnifier, low power", 400),
      device("video", 73, "可攜式擴視機", "Video magnifier, portable", 40000),
    ],
  },
];

const choose = {
  steps: steps(2),
  backHref: "/apply/fetched",
  action: "/apply/device",
  searchAction: "/apply/device",
  groups,
  rate: { text: both("中低收入戶，補助 75%", "lower-middle income, 75%"), source: source(agencies.social) },
  total: 23,
};

const ended = {
  service,
  requester: agencies.social,
  subject: "林陳秀英",
  data: asked.map(({ agency, dataset }) =>
    both(`${agency["zh-Hant"]}：${dataset["zh-Hant"]}`, `${agency.en}: ${dataset.en}`),
  ),
  legalBasis: both("個人資料保護法第 15 條；您的同意", "Personal Data Protection Act, article 15; your consent"),
  givenAt: at("14:01"),
  until: new Date("2027-05-22T04:00:00Z"),
  state: "withdrawn" as const,
  receiptHref: "/receipts/1.json",
};
const agreement = { ...ended, state: "running" as const, withdrawHref: "/my-data/agreements/1/withdraw" };

const witnesses = [
  both("審計部（示範）", "National Audit Office (demo)"),
  both("清華大學（示範）", "Tsing Hua University (demo)"),
];

const proof = (
  index: number,
): {
  log: string;
  topic: string;
  index: number;
  receiptHref: string;
  entryHref: string;
  witnesses: { name: (typeof witnesses)[number]; at: Date }[];
} => ({
  log: "taroko.example/portal-2026",
  topic: "readings:TW/GOV/A/registry",
  index,
  receiptHref: `/receipts/${index}.json`,
  entryHref: `/record/MOI/${index}`,
  witnesses: witnesses.map((name) => ({ name, at: at("14:03") })),
});

const usage = {
  month: at("14:02"),
  asOf: at("14:10"),
  witnesses,
  silent: [],
  unfinished: [],
  lists: [
    {
      holder: agencies.social,
      topic: "readings:TW/GOV/A/registry",
      origin: "taroko.example/portal-2026",
      entries: 2,
      listed: 2,
      upto: 1204,
      at: new Date("2026-11-22T02:14:00Z"),
      href: "/my-data/usage/list?gateway=TW/GOV/A/registry",
    },
  ],
  filter: { own: "shown" as const, shownHref: "/my-data/usage", hiddenHref: "/my-data/usage?own=hidden" },
  policyHref: "/record/policy",
  groups: [
    {
      reader: agencies.social,
      occasion: both("您的申請 AT-115-000123", "Your application AT-115-000123"),
      href: "/applications/AT-115-000123",
      entries: asked.slice(0, 2).map((one, index) => ({
        at: at(`14:0${2 + index}`),
        reader: agencies.social,
        role: both("承辦人", "Caseworker"),
        data: one.dataset,
        fields: both(
          one.fields.map((field) => field["zh-Hant"]).join("、"),
          one.fields.map((field) => field.en).join(", "),
        ),
        purpose: one.purpose,
        basis: both("您的同意", "Your consent"),
        ...(index === 0 ? { proof: proof(48201) } : {}),
      })),
    },
    {
      reader: both("財政部", "Ministry of Finance"),
      occasion: both("不是為了案件", "Not for a case"),
      entries: [
        {
          at: new Date("2026-11-09T01:41:00Z"),
          reader: both("財政部", "Ministry of Finance"),
          data: both("戶籍資料", "Household register"),
          fields: both("地址", "address"),
          purpose: both("房屋稅繳款書寄送", "To send the house-tax bill"),
          basis: both("房屋稅條例第 7 條", "House Tax Act, article 7"),
          proof: proof(40512),
        },
      ],
    },
  ],
};

const revoked = {
  status: 403,
  title: both("這張卡片已經停用", "This card has been revoked"),
  action: both(
    "請帶身分證明到任一戶政事務所補發，或改到櫃台辦理。",
    "Get a new one at any household registration office, or apply at a counter.",
  ),
  when: "The certificate is on the revocation list.",
};
const unavailable = {
  status: 502,
  title: both("衛生福利部現在沒有回應。", "The Ministry of Health and Welfare does not answer now."),
  action: both("請過幾分鐘再試。", "Please try again in a few minutes."),
  when: "The provider's gateway did not answer in time.",
};

export const samples: readonly Sample[] = [
  { name: "home", as: "nobody", render: (l, c) => homePage({ events: lifeEvents }, l, c) },
  {
    name: "home-mine",
    render: (l, c) =>
      homePage(
        {
          events: lifeEvents,
          mine: { applications: [running], usage: { thisMonth: 3, witnesses: 2, allGrounded: true } },
        },
        l,
        c,
      ),
  },
  { name: "search", as: "nobody", render: (l, c) => searchPage({ query: "助行器", results: [link] }, l, c) },
  {
    name: "search-nothing",
    as: "nobody",
    render: (l, c) => searchPage({ query: "<script>飛船</script>", results: [] }, l, c),
  },
  {
    name: "life-event",
    as: "nobody",
    render: (l, c) =>
      serviceListPage(
        {
          event: {
            name: both("健康與照顧", "Health and care"),
            intro: both(
              "生病、受傷、失能或照顧家人時，可以辦的事。",
              "What you can do in illness, injury, disability, or when caring for someone.",
            ),
            icon: "health",
          },
          services: [link],
        },
        l,
        c,
      ),
  },
  { name: "services-none", as: "nobody", render: (l, c) => serviceListPage({ services: [] }, l, c) },
  {
    name: "service",
    as: "nobody",
    render: (l, c) =>
      servicePage(
        {
          name: service,
          summary: link.summary,
          agency: agencies.social,
          who: [
            both("領有身心障礙證明", "Holds a disability certificate"),
            both("戶籍在臺北市", "Is registered in Taipei City"),
            both("兩年內申請少於四項", "Has had fewer than four devices in two years"),
          ],
          duration: both("送出後 10 天內決定", "Decided within 10 days"),
          fee: both("免費", "Free"),
          amount: both("基準表上限的 50% 到 100%", "50% to 100% of the schedule’s cap"),
          fetched: asked.map((one) => ({
            ...one,
            fields: both(one.fields.map((f) => f["zh-Hant"]).join("、"), one.fields.map((f) => f.en).join(", ")),
          })),
          needs: [
            both("憑證卡與密碼", "Your card and its PIN"),
            both("收款帳戶的帳號", "The number of the account for the money"),
          ],
          legalBasis: [
            {
              name: both("身心障礙者輔具費用補助辦法", "Regulations on Subsidies for Assistive Devices"),
              href: "https://law.moj.gov.tw/LawClass/LawAll.aspx?pcode=D0050060",
            },
          ],
          remedies: both(
            "收到決定的次日起 30 天內，可以向臺北市政府提起訴願。",
            "Within 30 days of the day after you receive it you may appeal to the Taipei City Government.",
          ),
          startHref: "/services/assistive-device/start",
        },
        l,
        c,
      ),
  },
  {
    name: "sign-in",
    as: "nobody",
    render: (l, c) =>
      signInPage(
        {
          action: "/sign-in",
          simulator: true,
          context: both(
            "登入後繼續申請身心障礙者輔具費用補助。",
            "Sign in to go on with your assistive-device subsidy.",
          ),
        },
        l,
        c,
      ),
  },
  {
    name: "sign-in-refused",
    as: "nobody",
    render: (l, c) => signInPage({ action: "/sign-in", simulator: true, problem: revoked }, l, c),
  },
  {
    name: "sign-in-ways",
    as: "nobody",
    render: (l, c) => {
      const title = both("自然人憑證（HiPKI 元件）", "Citizen certificate card (HiPKI component)");
      const text = both("卡片插在這台電腦的讀卡機。", "Your card is in this computer's reader.");
      const others = (["first-time", "number"] as const).map((asks) => ({
        title,
        text,
        action: "/sign-in?way=x",
        asks,
      }));
      return signInPage({ action: "/sign-in", simulator: true, others }, l, c);
    },
  },
  {
    name: "sign-in-element",
    as: "nobody",
    render: (l, c) =>
      signInElementPage(
        {
          title: { "zh-Hant": "用卡片登入", en: "Sign in with the card" },
          element: "hipki-sign-in",
          data: { tbs: "x" },
        },
        l,
        c,
      ),
  },
  {
    name: "sign-in-app",
    as: "nobody",
    render: (l, c) => signInAppPage({ code: "47", everySeconds: 4, waited: true }, l, c),
  },
  {
    name: "desk-sign-in",
    as: "nobody",
    render: (l, c) => signInPage({ action: "/desk/sign-in", simulator: true, desk: true }, l, c),
  },
  {
    name: "act-for",
    render: (l, c) =>
      actForPage(
        {
          self: { name: "林美惠", maskedId: maskIdentityNumber("A700000002") },
          mandates: [
            {
              id: "m1",
              name: "林陳秀英",
              relation: both("母親", "Mother"),
              scope: both("福利與健康服務", "Welfare and health services"),
              validUntil: new Date("2027-11-22T04:00:00Z"),
              source: source(agencies.interior),
              group: "family",
            },
            {
              id: "m2",
              name: "林𡘙",
              relation: both("兒子", "Son"),
              scope: both("所有服務", "All services"),
              source: source(agencies.interior),
              group: "family",
            },
            ...Array.from({ length: 10 }, (_, at) => ({
              id: `c${at}`,
              name: `示範商行${at + 1}`,
              relation: both("專業代理人", "Professional intermediary"),
              scope: both("看誰用了資料", "See who used the data"),
              source: { agency: both("本人以卡片簽署的委任", "A mandate signed by card") },
              group: "given" as const,
            })),
          ],
          missing: [both("公司登記", "Company register")],
          find: "",
          chosen: "m1",
          action: "/act-for",
        },
        l,
        c,
      ),
  },
  {
    name: "act-for-none",
    render: (l, c) =>
      actForPage(
        {
          self: { name: "林美惠", maskedId: maskIdentityNumber("A700000002") },
          mandates: [],
          action: "/act-for",
          errors: [{ field: "for", text: both("請選擇這次替誰辦", "Choose whom this is for") }],
        },
        l,
        c,
      ),
  },
  {
    name: "agree",
    as: "acting",
    render: (l, c) =>
      agreePage(
        {
          steps: steps(1),
          requester: agencies.social,
          service,
          subject: "林陳秀英",
          asked,
          legalBasis: both(
            "身心障礙者輔具費用補助辦法；您的同意",
            "Regulations on Subsidies for Assistive Devices; your consent",
          ),
          retention: both("案件結束後 5 年，之後刪除", "Five years after the case closes, then deleted"),
          readers: both("社會局承辦人與放行人", "The caseworker and the releasing officer"),
          onward: both("不會再給別人", "No one else"),
          refusal: both(
            "可以改到櫃台辦理，自己帶文件；不影響核定結果。",
            "You can apply at a counter and bring the papers yourself; the outcome is not affected.",
          ),
          action: "/apply/agree",
          version: "2026-11-01",
        },
        l,
        c,
      ),
  },
  {
    name: "fetched",
    as: "acting",
    render: (l, c) =>
      fetchedPage(
        {
          steps: steps(1),
          nextHref: "/apply/device",
          retryAction: "/apply/fetch",
          counterHref: "/counter",
          lines: asked.map((one, index) => ({
            dataset: one.dataset,
            source: source(one.agency),
            state: "done" as const,
            took: 41,
            facts: facts.slice(index, index + 1),
          })),
        },
        l,
        c,
      ),
  },
  {
    name: "fetch-failed",
    as: "acting",
    render: (l, c) =>
      fetchedPage(
        {
          steps: steps(1),
          nextHref: "/apply/device",
          retryAction: "/apply/fetch",
          counterHref: "/counter",
          lines: [
            { dataset: asked[0]!.dataset, source: source(agencies.interior), state: "done", facts: facts.slice(0, 1) },
            { dataset: asked[1]!.dataset, source: { agency: agencies.health }, state: "failed", problem: unavailable },
            { dataset: asked[2]!.dataset, source: { agency: agencies.social }, state: "waiting" },
          ],
        },
        l,
        c,
      ),
  },
  { name: "choose", as: "acting", render: (l, c) => choosePage({ ...choose, chosen: "walker" }, l, c) },
  {
    name: "choose-error",
    as: "acting",
    render: (l, c) =>
      choosePage({ ...choose, errors: [{ field: "device", text: both("請選擇一項輔具", "Choose a device") }] }, l, c),
  },
  {
    name: "choose-nothing",
    as: "acting",
    render: (l, c) => choosePage({ ...choose, groups: [], query: "飛行器" }, l, c),
  },
  {
    name: "bought",
    as: "acting",
    render: (l, c) =>
      yesNoPage(
        {
          steps: steps(2),
          backHref: "/apply/device",
          action: "/apply/bought",
          name: "bought",
          question: both("已經買了嗎？", "Has it been bought already?"),
          hint: both("核定之前先買的，依規定不能補助。", "What is bought before approval cannot be subsidised."),
          no: { text: both("還沒買", "Not yet") },
          yes: {
            text: both("已經買了", "Yes, already"),
            detail: both("仍可送出，由承辦人判斷", "You may still send; the caseworker decides"),
          },
          chosen: "no",
        },
        l,
        c,
      ),
  },
  {
    name: "passkeys",
    as: "mei-hui",
    render: (l, c) =>
      passkeysPage(
        {
          passkeys: [
            {
              id: "k1",
              name: "我的手機",
              synced: true,
              boundAt: new Date("2026-11-09T01:41:00Z"),
              usedAt: new Date("2026-11-22T02:14:00Z"),
              suspended: false,
            },
            {
              id: "k2",
              name: "Work laptop",
              synced: false,
              boundAt: new Date("2026-11-09T01:41:00Z"),
              suspended: true,
            },
          ],
          mayAdd: true,
          cardHref: "/sign-in",
          possible: true,
          done: true,
        },
        l,
        c,
      ),
  },
  {
    name: "key-notices",
    as: "mei-hui",
    render: (l, c) =>
      noticesPage(
        {
          notices: [
            { what: "bound", name: "我的手機", at: new Date("2026-11-09T01:41:00Z") },
            { what: "suspended", name: "Work laptop", at: new Date("2026-11-22T02:14:00Z") },
          ],
          next: "/applications",
        },
        l,
        c,
      ),
  },
  {
    name: "kept-form",
    as: "acting",
    render: (l, c) => keptFormPage({ action: "/apply/1/sign", page: "/apply/1/sign", fields: { agree: "yes" } }, l, c),
  },
  {
    name: "account",
    as: "acting",
    render: (l, c) =>
      accountPage(
        {
          steps: steps(2),
          backHref: "/apply/bought",
          action: "/apply/account",
          holder: "林陳秀英",
          institutions: [
            { code: "700", name: both("中華郵政", "Chunghwa Post") },
            { code: "004", name: both("臺灣銀行", "Bank of Taiwan") },
          ],
          institution: "700",
          number: "0001234-00x",
          errors: [
            {
              field: "account",
              text: both("帳號只能有數字，這裡有「x」", "An account number has digits only; this has an “x”"),
            },
          ],
        },
        l,
        c,
      ),
  },
  {
    name: "check",
    as: "acting",
    render: (l, c) =>
      checkPage(
        {
          steps: steps(3),
          backHref: "/apply/account",
          nextHref: "/apply/declare",
          amount: { value: 600, why: subsidyWhy(44, 800) },
          groups: [
            {
              heading: both("您的回答", "Your answers"),
              rows: [
                {
                  label: both("輔具", "Device"),
                  value: both("助行器-一般型", "Walking frame, standard"),
                  change: "/apply/device",
                },
                {
                  label: both("已經買了嗎", "Bought already"),
                  value: both("還沒", "Not yet"),
                  change: "/apply/bought",
                },
                {
                  label: both("收款帳戶", "Account"),
                  value: both("700 中華郵政，末四碼 0042", "700 Chunghwa Post, ending in 0042"),
                  change: "/apply/account",
                },
              ],
            },
            { heading: both("機關提供的資料", "Data from agencies"), rows: facts },
          ],
        },
        l,
        c,
      ),
  },
  {
    name: "declare",
    as: "acting",
    render: (l, c) =>
      declarePage(
        {
          steps: steps(4),
          backHref: "/apply/check",
          service,
          amount: 600,
          statements: [
            both(
              "以上內容屬實；若有不實，願依規定返還補助。",
              "All of this is true; if it is not, I will pay the subsidy back as the rules say.",
            ),
            both(
              "我知道這件申請由臺北市政府社會局審核，10 天內決定。",
              "I know that the Department of Social Welfare decides within 10 days.",
            ),
          ],
          digest: "9f2c41d07be3a95526c1f08e7d6b4a3390cc5e1f2a8847b6d15e93c0247f71ab",
          simulator: true,
          action: "/apply/declare",
        },
        l,
        c,
      ),
  },
  {
    name: "receipt",
    as: "acting",
    render: (l, c) =>
      receiptPage(
        {
          number: "AT-115-000123",
          service,
          applicant: "林陳秀英",
          sentAt: at("14:05"),
          due: new Date("2026-12-02T04:00:00Z"),
          agency: agencies.social,
          next: [
            both("承辦人審核，最晚 12 月 2 日決定。", "A caseworker looks at it and decides by 2 December."),
            both("核定後由第二位同仁放行付款。", "A second officer releases the payment."),
            both("款項直接匯入您填的帳戶。", "The money goes straight to the account you gave."),
          ],
          statusHref: "/applications/AT-115-000123",
          downloadHref: "/receipts/AT-115-000123.json",
        },
        l,
        c,
      ),
  },
  {
    name: "applications",
    render: (l, c) =>
      applicationsPage(
        {
          applications: [
            {
              number: "AT-115-000123",
              service,
              subject: both("林陳秀英，助行器-一般型", "林陳秀英, walking frame"),
              state: running.state,
              at: at("14:05"),
              next: both("下一步：核定通知，最晚 115 年 12 月 2 日。", "Next: the decision, by 2 December 2026."),
              href: "/applications/AT-115-000123",
            },
            {
              service,
              subject: both("林𡘙，放大鏡-低倍率", "林𡘙, magnifier"),
              state: { tone: "quiet", text: both("草稿", "Draft") },
              at: at("09:12"),
              next: both(
                "寫到「選擇輔具」。保留到 115 年 12 月 22 日。",
                "You stopped at choosing a device. Kept until 22 December 2026.",
              ),
              href: "/drafts/1",
            },
          ],
        },
        l,
        c,
      ),
  },
  { name: "applications-none", render: (l, c) => applicationsPage({ applications: [] }, l, c) },
  {
    name: "application-paid",
    render: (l, c) =>
      applicationPage(
        {
          number: "AT-115-000123",
          service,
          subject: both("林陳秀英，助行器-一般型", "林陳秀英, walking frame"),
          state: { tone: "good", text: both("已入帳", "Paid") },
          now: both(
            "600 元已在 115 年 11 月 24 日匯入帳戶。這件申請辦完了。",
            "NT$600 reached the account on 24 November 2026. This application is finished.",
          ),
          events: [
            { at: at("14:05"), title: both("送出申請", "Sent"), by: "林美惠", state: "done" },
            {
              at: at("15:20"),
              title: both("核定 600 元", "Approved, NT$600"),
              by: both("社會局承辦人", "Caseworker"),
              state: "done",
            },
            {
              at: at("16:02"),
              title: both("放行付款", "Payment released"),
              by: both("社會局放行人", "Releasing officer"),
              state: "done",
            },
            {
              at: new Date("2026-11-24T01:30:00Z"),
              title: both("入帳", "Paid"),
              by: both("中華郵政", "Chunghwa Post"),
              state: "now",
            },
          ],
          decision: {
            outcome: "approved",
            at: at("15:20"),
            amount: 600,
            reasons: [
              both(
                "符合補助辦法第 3 條，基準表第 44 項。",
                "Meets article 3 of the regulations and item 44 of the schedule.",
              ),
            ],
            why: subsidyWhy(44, 800),
            remedies: both("可以向臺北市政府提起訴願。", "You may appeal to the Taipei City Government."),
            objectUntil: new Date("2026-12-22T04:00:00Z"),
            proofHref: "/receipts/1.json",
          },
          payment: {
            state: { tone: "good", text: both("已入帳", "Paid") },
            amount: 600,
            account: "700 ****0042",
            at: new Date("2026-11-24T01:30:00Z"),
            text: both("銀行回報已入帳。", "The bank reports that it arrived."),
          },
          facts,
          usageHref: "/my-data/usage?case=AT-115-000123",
          receiptHref: "/receipts/AT-115-000123.json",
        },
        l,
        c,
      ),
  },
  {
    name: "application-refused",
    render: (l, c) =>
      applicationPage(
        {
          number: "AT-115-000140",
          service,
          subject: both("林陳秀英，放大鏡-低倍率", "林陳秀英, magnifier"),
          state: { tone: "bad", text: both("不予補助", "Refused") },
          now: both(
            "這件申請不予補助。理由與救濟方法在下面。",
            "This application was refused. The reasons and what you can do are below.",
          ),
          events: [
            { at: at("14:05"), title: both("送出申請", "Sent"), by: "林美惠", state: "done" },
            {
              at: at("15:20"),
              title: both("不予補助", "Refused"),
              by: both("社會局承辦人", "Caseworker"),
              state: "stopped",
            },
          ],
          decision: {
            outcome: "refused",
            at: at("15:20"),
            reasons: [
              both("申請前已經購買（補助辦法第 5 條）。", "Bought before applying (article 5 of the regulations)."),
            ],
            remedies: both("可以向臺北市政府提起訴願。", "You may appeal to the Taipei City Government."),
            objectUntil: new Date("2026-12-22T04:00:00Z"),
            proofHref: "/receipts/2.json",
          },
          facts: facts.slice(0, 1),
          usageHref: "/my-data/usage?case=AT-115-000140",
          receiptHref: "/receipts/AT-115-000140.json",
        },
        l,
        c,
      ),
  },
  { name: "usage", render: (l, c) => usagePage(usage, l, c) },
  {
    name: "usage-incomplete",
    render: (l, c) =>
      usagePage({ ...usage, silent: [agencies.social], unfinished: [both("財政部", "Ministry of Finance")] }, l, c),
  },
  { name: "usage-none", render: (l, c) => usagePage({ ...usage, groups: [] }, l, c) },
  {
    name: "agreements",
    render: (l, c) => agreementsPage({ agreements: [agreement, ended] }, l, c),
  },
  { name: "agreements-none", render: (l, c) => agreementsPage({ agreements: [] }, l, c) },
  {
    name: "withdraw",
    render: (l, c) =>
      withdrawPage(
        {
          agreement,
          consequence: both(
            "申請 AT-115-000123 會改由您自己補齊文件，或撤回。",
            "For application AT-115-000123 you would bring the papers yourself, or take it back.",
          ),
          action: "/my-data/agreements/1/withdraw",
        },
        l,
        c,
      ),
  },
  {
    name: "problem",
    as: "nobody",
    render: (l, c) => problemPage({ code: "card-revoked", entry: revoked, reference: "01JDA7-4C2F" }, l, c),
  },
  ...recordSamples,
  { name: "about", as: "nobody", render: (l, c) => aboutPage(l, c) },
  { name: "accessibility", as: "nobody", render: (l, c) => accessibilityPage(l, c) },
  ...deskSamples,
  ...feeSamples,
  ...providerSamples,
  ...ruleSamples,
  ...signatureSamples,
  ...signDocumentSamples,
  ...staffSamples,
];

/** What surrounds a sample page. */
export function sampleChrome(sample: Sample, lang: Language): Chrome {
  const path = `/${sample.name}`;
  const languageUrl = (other: Language): string => `${sample.name}.${other}.html`;
  const base = { path, languageUrl, csrf: "csrf-token" };
  if (sample.as === "nobody") return { path, languageUrl, csrf: "csrf-token" };
  if (sample.as === "officer") return { ...base, session: { name: lang === "en" ? "Officer Wang" : "王科員" } };
  const actingFor = { name: "林陳秀英", relation: both("母親", "mother") };
  return { ...base, session: { name: "林美惠", ...(sample.as === "acting" ? { actingFor } : {}) } };
}
