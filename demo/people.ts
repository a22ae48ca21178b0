import { demonstrationId, villagesOf, type Village } from "#countries/taiwan";

/** An invented person of the demonstration country. The identity number lies in the range that is never issued. */
export interface DemoPerson {
  readonly key: string;
  readonly nationalId: string;
  readonly surname: string;
  readonly givenName: string;
  readonly birthDate: string;
  readonly village: Village;
  readonly certificate?: {
    readonly categories: readonly string[];
    readonly severity: "mild" | "moderate" | "severe" | "profound";
    readonly validUntil: string;
  };
  readonly incomeClass?: "low-income" | "middle-low-income" | "general";
  readonly grants?: readonly { readonly deviceId: string; readonly grantedOn: string }[];
  /** Keys of people this person may act for, as the household register has it. A parent's power ends with majority. */
  readonly actsFor?: readonly { readonly key: string; readonly kind: "relative" | "guardian" | "ward" }[];
  /** Companies this person represents, as the company register has it; `until` is the last day in office. */
  readonly represents?: readonly {
    readonly company: string;
    readonly name: string;
    readonly position: string;
    readonly signs: "alone" | "jointly";
    readonly until?: string;
  }[];
  /** Is registered nowhere: the register knows the person, and no address. */
  readonly noAddress?: true;
  /** Whose staff, in which roles. */
  readonly office?: { readonly agency: string; readonly roles: readonly string[] };
  /** What the person is there to show. */
  readonly note: { readonly "zh-Hant": string; readonly en: string };
}

const taipei = villagesOf("臺北市");
const newTaipei = villagesOf("新北市");
const village = (name: string): Village => taipei.find((candidate) => candidate.name["zh-Hant"] === name) ?? taipei[0]!;

/** A person's name as people of that name write it: family name first in Chinese, last elsewhere. */
export function nameOf({ surname, givenName }: Pick<DemoPerson, "surname" | "givenName">): string {
  return /^\p{Script=Han}+$/u.test(surname) ? surname + givenName : `${givenName} ${surname}`.trim();
}

/** A calendar day in Taipei, so many days and years before today. */
export function dayBefore(o: { readonly years?: number; readonly days: number }): string {
  const day = new Date(Date.now() + 8 * 3_600_000 - o.days * 86_400_000);
  day.setUTCFullYear(day.getUTCFullYear() - (o.years ?? 0));
  return day.toISOString().slice(0, 10);
}

/** The people of the story and of the refusals one can try by hand. */
export const personas: readonly DemoPerson[] = [
  {
    key: "lin-meihui",
    nationalId: demonstrationId(1),
    surname: "林",
    givenName: "美惠",
    birthDate: "1974-05-18",
    village: village("龍淵里"),
    actsFor: [{ key: "lin-chen-xiuying", kind: "relative" }],
    note: { "zh-Hant": "女兒，替母親辦理", en: "the daughter, who applies for her mother" },
  },
  {
    key: "lin-chen-xiuying",
    nationalId: demonstrationId(2),
    surname: "林陳",
    givenName: "秀英",
    birthDate: "1948-03-02",
    village: village("龍淵里"),
    certificate: { categories: ["7"], severity: "mild", validUntil: "2029-03-31" },
    incomeClass: "middle-low-income",
    grants: [{ deviceId: "cane-mass-produced", grantedOn: "2025-11-04" }],
    note: { "zh-Hant": "母親，需要助行器", en: "the mother, who needs a walking frame" },
  },
  {
    key: "zhang-zhiming",
    nationalId: demonstrationId(3),
    surname: "張",
    givenName: "志明",
    birthDate: "1961-09-23",
    village: village("龍坡里"),
    certificate: { categories: ["7"], severity: "severe", validUntil: "2030-12-31" },
    incomeClass: "low-income",
    note: { "zh-Hant": "低收入戶，可申請電動代步車", en: "low income, may apply for a mobility scooter" },
  },
  {
    key: "wu-rare",
    nationalId: demonstrationId(4),
    surname: "吳",
    givenName: "𡘙美",
    birthDate: "1955-01-30",
    village: village("龍泉里"),
    certificate: { categories: ["2"], severity: "moderate", validUntil: "2028-06-30" },
    incomeClass: "general",
    note: { "zh-Hant": "姓名有罕用字", en: "a name with a rare character" },
  },
  {
    key: "cai-full",
    nationalId: demonstrationId(5),
    surname: "蔡",
    givenName: "文雄",
    birthDate: "1950-07-07",
    village: village("龍門里"),
    certificate: { categories: ["7", "2"], severity: "moderate", validUntil: "2029-01-31" },
    incomeClass: "middle-low-income",
    grants: [
      { deviceId: "cane-custom", grantedOn: "2025-03-03" },
      { deviceId: "magnifier-low", grantedOn: "2025-05-20" },
      { deviceId: "wheelchair-b", grantedOn: "2025-09-09" },
      { deviceId: "air-mattress-a", grantedOn: "2026-02-11" },
    ],
    note: { "zh-Hant": "兩年內已滿四項", en: "four devices within two years already" },
  },
  {
    key: "huang-newtaipei",
    nationalId: demonstrationId(6),
    surname: "黃",
    givenName: "淑芬",
    birthDate: "1968-11-11",
    village: newTaipei[0]!,
    certificate: { categories: ["7"], severity: "mild", validUntil: "2027-12-31" },
    incomeClass: "general",
    note: { "zh-Hant": "戶籍不在臺北市", en: "registered in another city" },
  },
  {
    key: "li-nothing",
    nationalId: demonstrationId(7),
    surname: "李",
    givenName: "建國",
    birthDate: "1982-02-14",
    village: village("龍安里"),
    note: { "zh-Hant": "沒有身心障礙證明", en: "holds no disability certificate" },
  },
  {
    key: "zhou-revoked",
    nationalId: demonstrationId(8),
    surname: "周",
    givenName: "雅婷",
    birthDate: "1990-08-08",
    village: village("龍圖里"),
    note: { "zh-Hant": "卡片已廢止", en: "the card is revoked" },
  },
  {
    key: "officer-wang",
    nationalId: demonstrationId(9),
    surname: "王",
    givenName: "怡君",
    birthDate: "1985-04-12",
    village: village("龍雲里"),
    office: { agency: "taipei-social", roles: ["caseworker"] },
    note: { "zh-Hant": "社會局承辦人", en: "caseworker at the Department of Social Welfare" },
  },
  {
    key: "officer-chen",
    nationalId: demonstrationId(10),
    surname: "陳",
    givenName: "國華",
    birthDate: "1972-12-01",
    village: village("龍生里"),
    office: { agency: "taipei-social", roles: ["caseworker", "approver"] },
    note: { "zh-Hant": "社會局放行人", en: "approver at the Department of Social Welfare" },
  },
  {
    key: "officer-xu",
    nationalId: demonstrationId(11),
    surname: "許",
    givenName: "文雅",
    birthDate: "1979-06-21",
    village: village("龍門里"),
    office: { agency: "moda", roles: ["security", "client-approver"] },
    note: { "zh-Hant": "平臺的資安人員", en: "security officer of the platform" },
  },
  {
    key: "officer-gao",
    nationalId: demonstrationId(12),
    surname: "高",
    givenName: "志遠",
    birthDate: "1983-10-05",
    village: village("龍泉里"),
    office: { agency: "moda", roles: ["client-approver"] },
    note: { "zh-Hant": "核可應用程式上線", en: "approves sites that sign people in" },
  },
  {
    key: "officer-tsai",
    nationalId: demonstrationId(13),
    surname: "蔡",
    givenName: "宜君",
    birthDate: "1976-02-14",
    village: village("龍門里"),
    office: { agency: "taipei-social", roles: ["staff-manager"] },
    note: { "zh-Hant": "社會局人員管理者", en: "staff manager at the Department of Social Welfare" },
  },
  {
    key: "officer-lu",
    nationalId: demonstrationId(14),
    surname: "呂",
    givenName: "明哲",
    birthDate: "1981-10-05",
    village: village("龍生里"),
    office: { agency: "taipei-social", roles: ["staff-manager"] },
    note: { "zh-Hant": "社會局另一位人員管理者", en: "another staff manager there" },
  },
  {
    key: "officer-tu",
    nationalId: demonstrationId(15),
    surname: "涂",
    givenName: "立言",
    birthDate: "1978-03-18",
    village: village("龍雲里"),
    office: { agency: "taipei-social", roles: ["rule-keeper"] },
    note: {
      "zh-Hant": "社會局法制人員，修正規則",
      en: "lawyer at the Department of Social Welfare, who changes rules",
    },
  },
  {
    key: "officer-yan",
    nationalId: demonstrationId(16),
    surname: "顏",
    givenName: "守中",
    birthDate: "1969-11-02",
    village: village("龍門里"),
    office: { agency: "taipei-social", roles: ["rule-keeper"] },
    note: { "zh-Hant": "社會局另一位規則管理員，負責啟用", en: "another rule keeper there, who puts them into force" },
  },
  {
    key: "officer-he",
    nationalId: demonstrationId(17),
    surname: "何",
    givenName: "佩珊",
    birthDate: "1987-06-09",
    village: village("龍泉里"),
    office: { agency: "moi", roles: ["caseworker"] },
    note: { "zh-Hant": "內政部規費承辦人", en: "looks after fees at the Ministry of the Interior" },
  },
  {
    key: "officer-peng",
    nationalId: demonstrationId(18),
    surname: "彭",
    givenName: "正義",
    birthDate: "1975-01-27",
    village: village("龍安里"),
    office: { agency: "moi", roles: ["caseworker", "approver"] },
    note: { "zh-Hant": "內政部規費放行人", en: "approves refunds of fees there" },
  },
  {
    key: "officer-shen",
    nationalId: demonstrationId(19),
    surname: "沈",
    givenName: "佩君",
    birthDate: "1981-03-12",
    village: village("龍門里"),
    office: { agency: "taipei-social", roles: ["treasury"] },
    note: {
      "zh-Hant": "社會局出納，對帳與更正",
      en: "treasury officer at the Department of Social Welfare: reconciles and corrects",
    },
  },
  {
    key: "officer-fang",
    nationalId: demonstrationId(20),
    surname: "方",
    givenName: "子傑",
    birthDate: "1978-08-30",
    village: village("龍泉里"),
    office: { agency: "taipei-social", roles: ["treasury"] },
    note: { "zh-Hant": "社會局另一位出納，負責確認", en: "another treasury officer there, who confirms" },
  },
];

const surnames = [
  "陳",
  "林",
  "黃",
  "張",
  "李",
  "王",
  "吳",
  "劉",
  "蔡",
  "楊",
  "許",
  "鄭",
  "謝",
  "洪",
  "郭",
  "邱",
  "曾",
  "廖",
  "賴",
  "徐",
];
const givenNames = [
  "秀英",
  "美玲",
  "淑惠",
  "志豪",
  "俊傑",
  "雅雯",
  "家豪",
  "怡婷",
  "建宏",
  "麗華",
  "金龍",
  "玉蘭",
  "文彬",
  "惠如",
  "明德",
  "素貞",
];
const severities = ["mild", "moderate", "severe", "profound"] as const;
const classes = ["general", "general", "general", "middle-low-income", "low-income"] as const;

/** A few hundred more, so that the registers are not empty rooms. The same every time. */
export function population(count: number): DemoPerson[] {
  return Array.from({ length: count }, (_, at) => {
    const serial = 1000 + at;
    const home = taipei[(at * 37) % taipei.length]!;
    return {
      key: `person-${serial}`,
      nationalId: demonstrationId(serial),
      surname: surnames[(at * 7) % surnames.length]!,
      givenName: givenNames[(at * 11 + Math.floor(at / 20)) % givenNames.length]!,
      birthDate: `${1935 + ((at * 13) % 70)}-${String(1 + ((at * 5) % 12)).padStart(2, "0")}-${String(1 + ((at * 3) % 28)).padStart(2, "0")}`,
      village: home,
      ...(at % 2 === 0
        ? {
            certificate: {
              categories: [String(1 + (at % 8))],
              severity: severities[at % 4]!,
              validUntil: `${2027 + (at % 4)}-12-31`,
            },
          }
        : {}),
      incomeClass: classes[at % classes.length]!,
      note: { "zh-Hant": "其他居民", en: "another resident" },
    };
  });
}
