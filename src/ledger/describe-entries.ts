import { createHash } from "node:crypto";
import { canonicalJson, type Localised } from "#kernel";
import { entryKinds, type EntryKind, type LogEntry } from "./entries.ts";
import type { FieldRule } from "./entry-fields.ts";

type FieldsOf<Entry> = Entry extends unknown ? Exclude<keyof Entry, "v" | "t"> : never;
/** Every field that some kind has. */
export type EntryField = FieldsOf<LogEntry>;

/** What each field means, wherever it stands: the same name means the same in every kind. */
export const fieldMeanings: Readonly<Record<EntryField, Localised>> = {
  at: { "zh-Hant": "時間（世界協調時間）", en: "When, in UTC" },
  role: { "zh-Hant": "寫入者是要求資料還是提供資料的一方", en: "Which side of the exchange writes" },
  member: { "zh-Hant": "寫入者或所涉機關的公開代碼", en: "The member that writes, or that the act is about" },
  peer: { "zh-Hant": "另一方的公開代碼", en: "The other side, by its public identifier" },
  service: { "zh-Hant": "服務的公開代碼", en: "The service, by its public identifier" },
  purpose: { "zh-Hant": "目的代碼", en: "Code of the purpose, from the published list" },
  basis: { "zh-Hant": "法律依據代碼", en: "Code of the legal basis, from the published list" },
  pair: { "zh-Hant": "雙方紀錄相同的配對值", en: "Equal in the entries of both sides of one exchange" },
  req: { "zh-Hant": "要求內容的承諾值", en: "Commitment to the request" },
  res: { "zh-Hant": "回覆內容的承諾值；沒有回覆就沒有", en: "Commitment to the answer; none when none came" },
  sub: { "zh-Hant": "當事人的承諾值", en: "Commitment to the person concerned" },
  con: { "zh-Hant": "同意紀錄的承諾值", en: "Commitment to the consent record" },
  rec: { "zh-Hant": "寫入者保存的完整紀錄的承諾值", en: "Commitment to the full record that the writer keeps" },
  out: { "zh-Hant": "結果代碼", en: "How it ended, as a short code" },
  kind: { "zh-Hant": "案件步驟或代理關係的種類", en: "Which step of a case, or which sort of power" },
  batch: { "zh-Hant": "批次編號", en: "Which batch, by its number in the payer's books" },
  cas: { "zh-Hant": "案件編號的承諾值", en: "Commitment to the case number" },
  ver: { "zh-Hant": "版本編號", en: "Number of the version" },
  dig: { "zh-Hant": "公開內容的 SHA-256", en: "SHA-256 of the public thing that the entry is about" },
  cnt: {
    "zh-Hant": "設定內容（不含版本與時間）的 SHA-256",
    en: "SHA-256 of the configuration without version and times, as the authority logged it",
  },
  change: { "zh-Hant": "做了什麼變更", en: "What was done" },
  decision: { "zh-Hant": "核准或駁回", en: "Approved or rejected" },
  other: { "zh-Hant": "另一份設定的 SHA-256", en: "SHA-256 of the other configuration" },
  inv: { "zh-Hant": "邀請碼的 SHA-256（邀請碼為隨機值）", en: "SHA-256 of the invitation, which is random" },
  gateway: { "zh-Hant": "閘道的公開代碼", en: "The gateway, by its public identifier" },
  key: { "zh-Hant": "金鑰指紋（RFC 7638）", en: "Thumbprint of a public key (RFC 7638)" },
  vrf: {
    "zh-Hant": "計算個人標籤的公開金鑰（RFC 9381），永不更換",
    en: "Public key of the function that makes people's labels (RFC 9381); it never changes",
  },
  from: { "zh-Hant": "從這個編號起的紀錄都在索引裡", en: "From this number on all entries are in the index" },
  upto: { "zh-Hant": "涵蓋這個編號之前的所有紀錄", en: "All entries before this number are covered" },
  until: { "zh-Hant": "有效期限", en: "Until when it is valid" },
  log: { "zh-Hant": "紀錄的名稱", en: "Origin of the log" },
  quorum: { "zh-Hant": "須有幾位見證者簽章", en: "How many witnesses must sign" },
  what: { "zh-Hant": "文件的種類", en: "Which sort of document" },
  day: { "zh-Hant": "施行的第一天", en: "First day in force" },
  name: { "zh-Hant": "文件的公開名稱", en: "Public name of the document" },
  agency: { "zh-Hant": "任職的機關", en: "The agency of the office" },
  prn: { "zh-Hant": "本人的承諾值", en: "Commitment to the person who is represented" },
  rep: { "zh-Hant": "代理人的承諾值", en: "Commitment to the person who represents" },
  pay: { "zh-Hant": "付款指示編號的承諾值", en: "Commitment to the id of the payment instruction" },
  amt: { "zh-Hant": "幣別與金額的承諾值", en: "Commitment to currency and amount" },
  payee: { "zh-Hant": "受款人與帳戶的承諾值", en: "Commitment to the payee's name and account" },
  to: { "zh-Hant": "更正後的狀態", en: "The state that the bank's statement proves" },
  file: { "zh-Hant": "付款檔的訊息編號", en: "Message id of the bank file (ISO 20022 MsgId)" },
};

/** One kind as JSON Schema 2020-12: what `checkEntry` accepts and nothing else. */
export function entrySchema(kind: EntryKind): Readonly<Record<string, unknown>> {
  const { title, fields } = entryKinds[kind];
  const rules = Object.entries<FieldRule>(fields) as [EntryField, FieldRule][];
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:taroko:log-entry:${kind}`,
    title: title.en,
    description: title["zh-Hant"],
    type: "object",
    properties: {
      v: { const: 1 },
      t: { const: kind },
      ...Object.fromEntries(
        rules.map(([field, rule]) => [field, { description: fieldMeanings[field].en, ...ruleSchema(rule) }]),
      ),
    },
    required: ["v", "t", ...rules.filter(([, rule]) => !rule.optional).map(([field]) => field)],
    additionalProperties: false,
  };
}

function ruleSchema(rule: FieldRule): Readonly<Record<string, unknown>> {
  switch (rule.type) {
    case "digest":
      return { type: "string", pattern: "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$" };
    case "instant":
      return { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$" };
    case "code":
      return { type: "string", minLength: 1, maxLength: rule.max, pattern: "^[!-~]+$" };
    case "choice":
      return { type: "string", enum: rule.of };
  }
}

/** Invented codes of the examples, by field. */
const exampleCodes: Partial<Record<EntryField, string>> = {
  member: "TW/GOV/MOI",
  peer: "TW/GOV/TPE-DOSW/welfare",
  service: "TW/GOV/MOI/household/household",
  purpose: "assistive-device-subsidy",
  basis: "pdpa-15-1",
  out: "200",
  ver: "42",
  gateway: "TW/GOV/MOI/gw1",
  log: "log.moi.example/2026",
  quorum: "2",
  name: "assistive-device-subsidy",
  day: "2027-01-01",
  agency: "taipei-social",
  kind: "parent",
  file: "TRK-20261122-000001",
  from: "0",
  upto: "1024",
};

/** An invented entry of a kind with every field, as it stands in a log: canonical JSON. Its digests digest nothing. */
export function exampleEntry(kind: EntryKind): string {
  const example: Record<string, string | number> = { v: 1, t: kind };
  for (const [field, rule] of Object.entries<FieldRule>(entryKinds[kind].fields)) {
    example[field] = exampleValue(kind, field as EntryField, rule);
  }
  return canonicalJson(example);
}

function exampleValue(kind: EntryKind, field: EntryField, rule: FieldRule): string {
  switch (rule.type) {
    case "digest":
      return createHash("sha256").update(`${kind} ${field}`).digest("base64url");
    case "instant":
      return field === "until" ? "2026-11-29T08:00:00Z" : "2026-11-22T08:00:00Z";
    case "code":
      return (exampleCodes[field] ?? "example").slice(0, rule.max);
    case "choice":
      return rule.of[0]!;
  }
}
