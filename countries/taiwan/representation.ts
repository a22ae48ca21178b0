import type { RepresentationSource } from "#flows";
import type { MandateKind } from "#identity";
import { laws } from "./purposes.ts";

const purpose = "confirm-representation";
const familyKinds: readonly MandateKind[] = ["guardian", "ward", "relative"];
const text = (field: unknown): string => (typeof field === "string" ? field : "");
const until = (day: unknown): { lastDay?: string } => (typeof day === "string" ? { lastDay: day } : {});

/**
 * The registers that say who may act for whom in Taiwan. The household register knows parents (whose power ends with the
 * day before the child's eighteenth birthday, Civil Code article 12), guardians and relatives who act; the company register
 * knows who represents a company (Company Act articles 8 and 208).
 */
export const representation: readonly RepresentationSource[] = [
  {
    about: "family",
    title: { "zh-Hant": "戶籍資料", en: "Household register" },
    agency: "moi",
    subsystem: "household",
    service: "representation",
    key: "representative_id",
    purpose,
    legalBasis: laws.householdRegistration.code,
    read(row) {
      const kind = familyKinds.find((one) => one === row["kind"]);
      return (
        kind && {
          kind,
          principal: { nationalId: text(row["principal_id"]), name: text(row["principal_name"]) },
          scopes: ["assistive-device-subsidy:apply"],
          ...until(row["valid_until"]),
        }
      );
    },
  },
  {
    about: "company",
    title: { "zh-Hant": "公司登記", en: "Company register" },
    agency: "moda",
    subsystem: "company-register",
    service: "officers",
    key: "officer_id",
    purpose,
    legalBasis: laws.company.code,
    read(row) {
      const nationalId = text(row["company_number"]);
      return nationalId === ""
        ? undefined
        : {
            kind: "company-officer",
            principal: { nationalId, name: text(row["company_name"]), organisation: true },
            // Who signs only together with another may see the company's matters, and appoint nobody alone.
            scopes: row["signs"] === "alone" ? ["company:view", "company:appoint"] : ["company:view"],
            ...until(row["valid_until"]),
          };
    },
  },
];
