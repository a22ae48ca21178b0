import type { ServiceDefinition } from "#services";

/** What happens to an application before it is sent, the same in every service. */
export const draftEvents: ServiceDefinition["events"] = [
  {
    event: "started",
    from: [],
    to: "draft",
    by: ["applicant"],
    title: { "zh-Hant": "開始申請", en: "Application started" },
  },
  {
    event: "consented",
    from: ["draft"],
    by: ["applicant"],
    title: { "zh-Hant": "同意取得資料", en: "Agreed to the fetching of data" },
  },
  { event: "facts-added", from: ["draft"], by: ["system"], title: { "zh-Hant": "取得資料", en: "Data fetched" } },
  { event: "answered", from: ["draft"], by: ["applicant"], title: { "zh-Hant": "填寫", en: "Answered" } },
];
