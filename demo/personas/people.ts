import { demonstrationCompany, demonstrationId, villagesOf } from "#countries/taiwan";
import { dayBefore, personas, type DemoPerson } from "../people.ts";

/** What about a persona's card is not as it should be. */
export type CardState = "good" | "revoked" | "expired" | "locked" | "none";

/** An invented person whom a relying party's developer may be. The key is a stable id. */
export interface Persona extends DemoPerson {
  readonly card: CardState;
  /** The name on the card, where the register has a newer one. */
  readonly nameOnCard?: { readonly surname: string; readonly givenName: string };
  /** Recorded as deceased: the card works, the sign-in is refused. */
  readonly deceased?: true;
  /** Signs in without a card, at the lowest level. */
  readonly low?: true;
  /** No register answers about this person. */
  readonly silent?: true;
}

const homes = villagesOf("臺北市");
type Further = Omit<Persona, "nationalId" | "village" | "card" | "note"> & {
  readonly card?: CardState;
  readonly note: readonly [zh: string, en: string];
};

/** How many companies an accountant acts for. */
export const clientCount = 30;
const company = (serial: number, name: string, signs: "alone" | "jointly", until?: string) => ({
  company: demonstrationCompany(serial),
  name,
  position: "董事",
  signs,
  ...(until !== undefined && { until }),
});

const further: readonly Further[] = [
  {
    key: "fang-everything",
    surname: "方",
    givenName: "思齊",
    birthDate: "1986-04-09",
    certificate: { categories: ["7"], severity: "moderate", validUntil: "2031-12-31" },
    incomeClass: "general",
    actsFor: [{ key: "fang-child", kind: "guardian" }],
    represents: [company(1, "示範方塊股份有限公司", "alone")],
    note: [
      "什麼都有：證明、福利身分、孩子、公司",
      "an adult with everything: certificate, income class, a child, a company",
    ],
  },
  {
    key: "fang-child",
    surname: "方",
    givenName: "安安",
    birthDate: dayBefore({ years: 9, days: 40 }),
    card: "none",
    note: ["九歲，有父母兩位法定代理人；沒有卡片", "a child of nine with two parents; minors hold no card"],
  },
  {
    key: "luo-parent",
    surname: "羅",
    givenName: "以晴",
    birthDate: "1988-10-02",
    actsFor: [{ key: "fang-child", kind: "guardian" }],
    note: ["孩子的另一位家長", "the child's other parent"],
  },
  {
    key: "gao-custody",
    surname: "高",
    givenName: "子恩",
    birthDate: "1984-01-19",
    actsFor: [{ key: "gao-child", kind: "guardian" }],
    note: ["離婚，由他行使親權", "separated; has custody and acts for the child"],
  },
  {
    key: "peng-separated",
    surname: "彭",
    givenName: "立文",
    birthDate: "1983-06-25",
    note: ["離婚，沒有親權，不能代理", "separated, without custody: acts for nobody"],
  },
  {
    key: "gao-child",
    surname: "高",
    givenName: "小悅",
    birthDate: dayBefore({ years: 14, days: 100 }),
    card: "none",
    note: ["十四歲，父母離婚；沒有卡片", "fourteen, of separated parents; no card"],
  },
  {
    key: "xu-parent",
    surname: "徐",
    givenName: "國珍",
    birthDate: "1975-02-11",
    actsFor: [{ key: "xu-eighteen", kind: "guardian" }],
    note: ["孩子昨天滿十八歲，不再能代理", "whose child turned eighteen yesterday: acts for nobody any more"],
  },
  {
    key: "xu-eighteen",
    surname: "徐",
    givenName: "予安",
    birthDate: dayBefore({ years: 18, days: 1 }),
    note: ["昨天滿十八歲，第一張卡片", "turned eighteen yesterday; a first card"],
  },
  {
    key: "he-ward",
    surname: "何",
    givenName: "清泉",
    birthDate: "1951-08-30",
    card: "none",
    note: ["受監護宣告，沒有卡片", "an adult under guardianship; holds no card"],
  },
  {
    key: "he-guardian",
    surname: "何",
    givenName: "淑貞",
    birthDate: "1980-12-12",
    actsFor: [{ key: "he-ward", kind: "ward" }],
    note: ["受監護人的監護人", "the guardian of an adult"],
  },
  {
    key: "xie-director",
    surname: "謝",
    givenName: "明哲",
    birthDate: "1979-03-03",
    represents: [company(2, "示範木工有限公司", "alone")],
    note: ["公司唯一董事，可以委任員工", "sole director of a company; may appoint its staff"],
  },
  {
    key: "ding-joint",
    surname: "丁",
    givenName: "若蘭",
    birthDate: "1977-07-14",
    represents: [company(3, "示範雙印股份有限公司", "jointly")],
    note: ["兩位共同代表董事之一", "one of two directors who sign jointly"],
  },
  {
    key: "fu-joint",
    surname: "傅",
    givenName: "天佑",
    birthDate: "1970-11-05",
    represents: [company(3, "示範雙印股份有限公司", "jointly")],
    note: ["兩位共同代表董事之二", "the other of two directors who sign jointly"],
  },
  {
    key: "ye-former",
    surname: "葉",
    givenName: "永昌",
    birthDate: "1966-05-20",
    represents: [company(2, "示範木工有限公司", "alone", dayBefore({ days: 1 }))],
    note: ["昨天卸任的董事，不再能代表", "a director who left yesterday: represents nobody any more"],
  },
  {
    key: "ma-owner",
    surname: "馬",
    givenName: "世豪",
    birthDate: "1968-09-09",
    represents: Array.from({ length: clientCount }, (_, at) =>
      company(100 + at, `示範商行${String(at + 1).padStart(2, "0")}有限公司`, "alone"),
    ),
    note: ["三十家公司的董事", "director of thirty companies"],
  },
  {
    key: "tang-accountant",
    surname: "唐",
    givenName: "會君",
    birthDate: "1982-02-28",
    note: ["會計師，受三十家公司委任", "an accountant with thirty clients"],
  },
  {
    key: "jiang-employee",
    surname: "江",
    givenName: "品妤",
    birthDate: "1995-05-05",
    note: ["員工，只有一項權限", "an employee with one right"],
  },
  {
    key: "smith-foreign",
    surname: "Smith",
    givenName: "Anna",
    birthDate: "1991-01-15",
    note: ["外國人，姓名是拉丁字母", "a foreign resident with a Latin name"],
  },
  {
    key: "single-name",
    surname: "",
    givenName: "Suyanto",
    birthDate: "1990-06-01",
    note: ["只有單名，沒有姓", "has one name and no family name"],
  },
  {
    key: "indigenous-name",
    surname: "",
    givenName: "巴奈．伊斯坦大（示範）",
    birthDate: "1987-03-21",
    note: ["原住民族傳統姓名，有間隔號", "an indigenous name with its separator"],
  },
  {
    key: "pan-renamed",
    surname: "潘",
    givenName: "新葉",
    birthDate: "1993-12-24",
    nameOnCard: { surname: "潘", givenName: "舊葉" },
    note: ["本週改名，卡片還是舊名字", "changed names this week; the card has the old one"],
  },
  {
    key: "mo-expired",
    surname: "莫",
    givenName: "期滿",
    birthDate: "1969-02-02",
    card: "expired",
    note: ["卡片已過期", "the card has expired"],
  },
  {
    key: "shen-locked",
    surname: "沈",
    givenName: "三思",
    birthDate: "1959-04-17",
    card: "locked",
    note: ["密碼錯三次，卡片鎖住", "the card is locked after three wrong PINs"],
  },
  {
    key: "cao-deceased",
    surname: "曹",
    givenName: "懷遠",
    birthDate: "1940-10-10",
    deceased: true,
    note: ["昨天過世；卡片還能用，登入被拒", "died yesterday; the card still works, the sign-in is refused"],
  },
  {
    key: "yuan-no-address",
    surname: "袁",
    givenName: "行雲",
    birthDate: "1972-08-18",
    noAddress: true,
    note: ["沒有固定住所，登記地址是空的", "no fixed address: the register has none"],
  },
  {
    key: "bai-screen-reader",
    surname: "白",
    givenName: "聽雨",
    birthDate: "1981-11-30",
    certificate: { categories: ["2"], severity: "severe", validUntil: "2032-05-31" },
    note: ["全盲，用螢幕報讀軟體", "blind; uses a screen reader"],
  },
  {
    key: "ke-low",
    surname: "柯",
    givenName: "低保證",
    birthDate: "1999-09-19",
    low: true,
    card: "none",
    note: ["沒有卡片，只能以最低等級登入", "without a card: signs in at the lowest level"],
  },
  {
    key: "yu-silent",
    surname: "余",
    givenName: "無回音",
    birthDate: "1976-01-01",
    silent: true,
    note: ["關於這個人，登記系統都不回應", "about this person no register answers"],
  },
  {
    key: "officer-lin",
    surname: "林",
    givenName: "佳親",
    birthDate: "1989-07-07",
    actsFor: [{ key: "lin-chen-xiuying", kind: "relative" }],
    office: { agency: "taipei-social", roles: ["caseworker"] },
    note: ["承辦人，也是當事人的家屬", "a caseworker who is a relative of an applicant"],
  },
  {
    key: "auditor-zhuang",
    surname: "莊",
    givenName: "審之",
    birthDate: "1965-03-15",
    office: { agency: "moda", roles: ["auditor"] },
    note: ["稽核人員", "an auditor"],
  },
];

/** Whoever is not of the story, so that nearly every case a relying party meets has a person to try it with. */
const furtherPersonas: readonly Persona[] = further.map(({ note: [zh, en], ...one }, at) => ({
  card: "good",
  ...one,
  nationalId: demonstrationId(100 + at),
  village: homes[(at * 53) % homes.length]!,
  note: { "zh-Hant": zh, en },
}));

/** Everybody one can be at `taroko personas`. */
export const allPersonas: readonly Persona[] = [
  ...personas.map((one): Persona => ({ ...one, card: one.key === "zhou-revoked" ? "revoked" : "good" })),
  ...furtherPersonas,
];
