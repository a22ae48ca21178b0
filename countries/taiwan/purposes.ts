import type { Purpose } from "#flows";

export const laws = {
  assistiveDevices: {
    code: "tw:assistive-device-subsidy",
    law: {
      "zh-Hant": "身心障礙者輔具費用補助辦法",
      en: "Regulation on subsidies for assistive devices of people with disabilities",
    },
    url: "https://law.moj.gov.tw/LawClass/LawAll.aspx?pcode=D0050060",
  },
  householdRegistration: {
    code: "tw:household-registration-act",
    law: { "zh-Hant": "戶籍法", en: "Household Registration Act" },
    url: "https://law.moj.gov.tw/LawClass/LawAll.aspx?pcode=D0030006",
  },
  householdFees: {
    code: "tw:household-fees-standard",
    law: { "zh-Hant": "戶政規費收費標準", en: "Standard of household-registration fees" },
    url: "https://www.laws.taipei.gov.tw/Law/LawSearch/LawInformation?lawId=A040040110020300-20090330",
  },
  charges: {
    code: "tw:charges-and-fees-act",
    law: { "zh-Hant": "規費法", en: "Charges and Fees Act" },
    url: "https://law-out.mof.gov.tw/EngLawContent.aspx?lan=C&id=223",
  },
  company: {
    code: "tw:company-act",
    law: { "zh-Hant": "公司法", en: "Company Act" },
    url: "https://law.moj.gov.tw/LawClass/LawAll.aspx?pcode=J0080001",
  },
  personalData: {
    code: "tw:personal-data-protection-act",
    law: { "zh-Hant": "個人資料保護法", en: "Personal Data Protection Act" },
    url: "https://law.moj.gov.tw/LawClass/LawAll.aspx?pcode=I0050021",
  },
} as const;

/** Why data may travel, as each exchange names it, and the laws that may carry it. */
export const purposes: readonly Purpose[] = [
  {
    code: "assistive-device-subsidy",
    title: { "zh-Hant": "辦理身心障礙者輔具費用補助", en: "Deciding a subsidy for an assistive device" },
    legalBases: [laws.assistiveDevices],
  },
  {
    code: "household-transcript",
    title: { "zh-Hant": "核發戶籍謄本與計算規費", en: "Providing a household transcript and reckoning its fee" },
    legalBases: [laws.householdRegistration, laws.charges],
  },
  {
    code: "confirm-representation",
    title: { "zh-Hant": "確認可以代理誰辦事", en: "Confirming whom a person may act for" },
    legalBases: [laws.householdRegistration, laws.company],
  },
  {
    code: "confirm-identity",
    title: { "zh-Hant": "確認卡片是誰的", en: "Confirming whose card it is" },
    legalBases: [laws.householdRegistration],
  },
  {
    code: "data-use-list",
    title: { "zh-Hant": "讓本人查看誰用了自己的資料", en: "Showing people who used their data" },
    legalBases: [laws.personalData],
  },
  {
    code: "release-to-relying-party",
    title: {
      "zh-Hant": "把本人同意提供的資料交給所登入的網站",
      en: "Passing on what a person released to a site they sign in to",
    },
    legalBases: [laws.personalData],
  },
];
