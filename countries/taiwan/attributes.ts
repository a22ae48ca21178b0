import type { Attribute } from "#identity";
import { laws } from "./purposes.ts";

const released = { purpose: "release-to-relying-party", legalBasis: laws.personalData.code };
const household = { agency: "moi", subsystem: "household", service: "household", key: "national_id", ...released };
const disability = { agency: "mohw", subsystem: "disability", service: "certificate", key: "national_id", ...released };
const welfare = {
  agency: "taipei-social",
  subsystem: "welfare",
  service: "income-class",
  key: "national_id",
  ...released,
};

const severities: Readonly<Record<string, string>> = {
  mild: "輕度",
  moderate: "中度",
  severe: "重度",
  profound: "極重度",
};
const classes: Readonly<Record<string, string>> = {
  "low-income": "低收入戶",
  "middle-low-income": "中低收入戶",
  general: "一般戶",
};

/** What a relying party may ask about a person in Taiwan, and the register that answers. */
export const attributes: readonly Attribute[] = [
  {
    scope: "birth_date",
    label: { "zh-Hant": "出生日期", en: "Date of birth" },
    source: { ...household, fields: ["birth_date"] },
    freshness: "P1D",
    minAcr: "urn:taroko:loa:substantial",
    sensitivity: "personal",
    value: (row) => textValue(row["birth_date"]),
  },
  {
    scope: "address.registered",
    label: { "zh-Hant": "戶籍地", en: "Registered address" },
    source: { ...household, fields: ["county", "town", "village"] },
    freshness: "P1D",
    minAcr: "urn:taroko:loa:substantial",
    sensitivity: "personal",
    value(row) {
      const [county, town, village] = [textValue(row["county"]), textValue(row["town"]), textValue(row["village"])];
      return county && town && village ? { county, town, village } : undefined;
    },
  },
  {
    scope: "disability.severity",
    label: { "zh-Hant": "身心障礙等級", en: "Degree of disability" },
    source: { ...disability, fields: ["severity"] },
    freshness: "P1D",
    minAcr: "urn:taroko:loa:high",
    sensitivity: "special",
    value: (row) => codeValue(row["severity"], severities),
  },
  {
    scope: "income.class",
    label: { "zh-Hant": "福利身分", en: "Household income class" },
    source: { ...welfare, fields: ["income_class"] },
    freshness: "P1D",
    minAcr: "urn:taroko:loa:high",
    sensitivity: "personal",
    value: (row) => codeValue(row["income_class"], classes),
  },
];

function textValue(field: unknown): { value: string } | undefined {
  return typeof field === "string" && field !== "" ? { value: field } : undefined;
}

function codeValue(field: unknown, list: Readonly<Record<string, string>>): { code: string; desc: string } | undefined {
  return typeof field === "string" && list[field] ? { code: field, desc: list[field] } : undefined;
}
