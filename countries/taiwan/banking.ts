import { err, ok, type Localised, type Result } from "#kernel";
import type { Account, AccountRefusal, Banking } from "#payments";
import { bankingCalendar, entryDay, utcOffset, type BankingCalendar, type Closure, type CutOff } from "./calendar.ts";

/** A bank (3 digits) or a branch (7 digits) in the directory of institutions. */
export interface Institution {
  readonly code: string;
  readonly name: Localised;
  /** First day on which the code no longer receives money, `YYYY-MM-DD`. */
  readonly endedOn?: string;
  /** The code that follows after a merger: of the same length, or of a bank for all its branches. */
  readonly successor?: string;
}

/**
 * Banks by their 3-digit code, as the Financial Information Service's published list names them. Not the whole list and
 * not the branches: those change monthly and are loaded by the operator into `taiwanBanking({ institutions })`. Where a
 * bank is known and no branch of it is listed, any branch number is accepted here and judged by the bank itself.
 */
export const institutions: readonly Institution[] = [
  bank("004", "臺灣銀行", "Bank of Taiwan"),
  bank("005", "臺灣土地銀行", "Land Bank of Taiwan"),
  bank("006", "合作金庫商業銀行", "Taiwan Cooperative Bank"),
  bank("007", "第一商業銀行", "First Commercial Bank"),
  bank("008", "華南商業銀行", "Hua Nan Commercial Bank"),
  bank("009", "彰化商業銀行", "Chang Hwa Commercial Bank"),
  bank("011", "上海商業儲蓄銀行", "Shanghai Commercial and Savings Bank"),
  bank("012", "台北富邦商業銀行", "Taipei Fubon Commercial Bank"),
  bank("013", "國泰世華商業銀行", "Cathay United Bank"),
  bank("016", "高雄銀行", "Bank of Kaohsiung"),
  bank("017", "兆豐國際商業銀行", "Mega International Commercial Bank"),
  bank("050", "臺灣中小企業銀行", "Taiwan Business Bank"),
  bank("052", "渣打國際商業銀行", "Standard Chartered Bank (Taiwan)"),
  bank("053", "台中商業銀行", "Taichung Commercial Bank"),
  bank("081", "滙豐(台灣)商業銀行", "HSBC Bank (Taiwan)"),
  bank("103", "臺灣新光商業銀行", "Taiwan Shin Kong Commercial Bank"),
  bank("108", "陽信商業銀行", "Sunny Bank"),
  bank("700", "中華郵政", "Chunghwa Post"),
  bank("803", "聯邦商業銀行", "Union Bank of Taiwan"),
  bank("805", "遠東國際商業銀行", "Far Eastern International Bank"),
  bank("806", "元大商業銀行", "Yuanta Commercial Bank"),
  bank("807", "永豐商業銀行", "Bank SinoPac"),
  bank("808", "玉山商業銀行", "E.SUN Commercial Bank"),
  bank("809", "凱基商業銀行", "KGI Bank"),
  bank("810", "星展(台灣)商業銀行", "DBS Bank (Taiwan)"),
  bank("812", "台新國際商業銀行", "Taishin International Bank"),
  bank("822", "中國信託商業銀行", "CTBC Bank"),
  { ...bank("815", "日盛國際商業銀行", "Jih Sun International Bank"), endedOn: "2023-04-01", successor: "012" },
  {
    code: "0510213",
    name: { "zh-Hant": "台北國際商業銀行分行", en: "Branch of International Bank of Taipei" },
    endedOn: "2006-11-13",
    successor: "8070014",
  },
];

/** Chunghwa Post: passbook savings take branch 7 + account 7 digits, giro accounts take 8. */
const postPassbook = "7000021";
const postGiro = "7000010";

export interface TaiwanBankingOptions {
  /** Further banks and branches; an entry here wins over the list above. */
  readonly institutions?: readonly Institution[];
  /** Days on which banks are closed beyond the holidays: typhoons, as they are announced. */
  readonly closed?: readonly (string | Closure)[];
  /** Default: 15:30, one banking day ahead, as the clearing house's ACH wants. */
  readonly cutOff?: CutOff;
}

/** Taiwan's banks as `payments` needs them: no IBAN, 7-digit institution codes, 14-digit accounts, whole dollars. */
export function taiwanBanking(options: TaiwanBankingOptions = {}): Banking & { readonly calendar: BankingCalendar } {
  const directory = new Map([...institutions, ...(options.institutions ?? [])].map((one) => [one.code, one]));
  const listed = new Set([...directory.keys()].filter((code) => code.length === 7).map((code) => code.slice(0, 3)));
  const calendar = bankingCalendar(options.closed);
  const cutOff = options.cutOff ?? { time: "15:30", leadDays: 1 };
  return {
    currency: { code: "TWD", decimals: 0 },
    clearingSystem: "TWNCC",
    utcOffset,
    calendar,
    checkAccount: (account, day) => checkAccount(directory, listed, account, day),
    executionDate: (now) => entryDay(now, cutOff, calendar),
  };
}

function checkAccount(
  directory: ReadonlyMap<string, Institution>,
  /** Banks whose branches are listed. */
  listed: ReadonlySet<string>,
  { institution, number }: Account,
  day: string,
): Result<Account, AccountRefusal> {
  if (!/^\d{7}$/.test(institution)) return err({ code: "institution-unknown" });
  const branch = directory.get(institution);
  const owner = directory.get(institution.slice(0, 3));
  for (const entry of [branch, owner]) {
    if (entry?.endedOn !== undefined && entry.endedOn <= day) {
      return err({ code: "institution-merged", params: entry.successor ? { successor: entry.successor } : {} });
    }
  }
  const bankCode = institution.slice(0, 3);
  if (!owner || (listed.has(bankCode) && !branch)) return err({ code: "institution-unknown" });
  const digits = number.replaceAll(/[\s-]/g, "");
  if (!/^\d{1,14}$/.test(digits) || /^0+$/.test(digits)) return err({ code: "account-invalid" });
  if (institution === postPassbook && digits.length !== 14) return err({ code: "account-invalid" });
  if (institution === postGiro && digits.length > 8) return err({ code: "account-invalid" });
  if (bankCode === "700" && ![postPassbook, postGiro].includes(institution))
    return err({ code: "institution-unknown" });
  return ok({ institution, number: digits.padStart(14, "0") });
}

/**
 * What a passbook line can show: the first `width` full-width characters, where two ASCII characters share one place.
 * Counted by characters as people see them, so a rare character is never cut in half.
 */
export function passbookText(text: string, width = 6): string {
  let places = 0;
  let shown = "";
  for (const { segment } of new Intl.Segmenter("zh-Hant", { granularity: "grapheme" }).segment(text)) {
    places += /^[\x20-\x7E]$/.test(segment) ? 1 : 2;
    if (places > width * 2) break;
    shown += segment;
  }
  return shown;
}

function bank(code: string, zh: string, en: string): Institution {
  return { code, name: { "zh-Hant": zh, en } };
}
