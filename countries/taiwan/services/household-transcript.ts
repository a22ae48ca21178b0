import type { ServiceDefinition } from "#services";
import { laws } from "../purposes.ts";
import { draftEvents } from "./draft-events.ts";

const purpose = "household-transcript";

/** 戶籍謄本: an extract of the household register, paid for online and provided at once as a sealed document. */
export const householdTranscript = {
  id: "household-transcript",
  version: "1.0.0",
  validFrom: "2026-01-01",
  numberPrefix: "HT",
  metadata: {
    title: { "zh-Hant": "戶籍謄本", en: "Household transcript" },
    summary: {
      "zh-Hant": "線上申請戶籍謄本，繳費後馬上下載有機關章的文件，不必跑戶政事務所。",
      en: "Apply and pay online, and download the document with the agency's seal at once.",
    },
    agency: "moi",
    whoMayApply: [
      { "zh-Hant": "在臺灣有戶籍的人，申請自己的謄本", en: "People in the household register, for themselves" },
    ],
    whatYouNeed: [
      { "zh-Hant": "自然人憑證和 PIN 碼", en: "Your citizen card and its PINs" },
      { "zh-Hant": "信用卡，或到超商、用轉帳繳費", en: "A card, or a convenience store or a bank transfer to pay by" },
    ],
    fee: {
      "zh-Hant": "中文每份 15 元；英文第一份 100 元，其餘每份 15 元。低收入戶免收。",
      en: "NT$15 a copy; in English NT$100 for the first and NT$15 for each more. Free for low-income households.",
    },
    legalBasis: [
      {
        code: laws.householdRegistration.code,
        law: laws.householdRegistration.law,
        url: laws.householdRegistration.url,
      },
      { code: laws.householdFees.code, law: laws.householdFees.law, url: laws.householdFees.url },
      { code: laws.charges.code, law: laws.charges.law, url: laws.charges.url },
    ],
    lifeEvents: ["home", "school", "work"],
    keywords: [
      "戶籍謄本",
      "謄本",
      "戶籍",
      "英文謄本",
      "規費",
      "transcript",
      "household",
      "register",
      "extract",
      "residence",
    ],
  },
  assurance: { start: { acr: "urn:taroko:loa:substantial" }, send: { acr: "urn:taroko:loa:substantial" } },
  dataNeeds: [
    {
      id: "household",
      title: { "zh-Hant": "戶籍資料", en: "Household record" },
      source: { agency: "moi", subsystem: "household", service: "household" },
      subject: "principal",
      key: "national_id",
      purpose: {
        code: purpose,
        text: { "zh-Hant": "製作戶籍謄本", en: "To make the transcript" },
      },
      legalBasis: laws.householdRegistration.code,
      lawfulGround: "consent",
      fields: [
        { path: "name", title: { "zh-Hant": "姓名", en: "Name" }, kind: "text" },
        { path: "birth_date", title: { "zh-Hant": "出生日期", en: "Date of birth" }, kind: "date" },
        { path: "county", title: { "zh-Hant": "戶籍縣市", en: "City of registration" }, kind: "text" },
        { path: "town", title: { "zh-Hant": "鄉鎮市區", en: "District" }, kind: "text" },
        { path: "village", title: { "zh-Hant": "村里", en: "Village" }, kind: "text" },
      ],
    },
    {
      id: "welfare",
      title: { "zh-Hant": "福利身分", en: "Household income class" },
      source: { agency: "taipei-social", subsystem: "welfare", service: "income-class" },
      subject: "principal",
      key: "national_id",
      purpose: {
        code: purpose,
        text: { "zh-Hant": "判斷是否免收規費", en: "To see whether the fee is waived" },
      },
      legalBasis: laws.charges.code,
      lawfulGround: "consent",
      fields: [
        {
          path: "income_class",
          title: { "zh-Hant": "福利身分", en: "Income class" },
          kind: "choice",
          values: {
            "low-income": { "zh-Hant": "低收入戶", en: "low-income household" },
            "middle-low-income": { "zh-Hant": "中低收入戶", en: "middle-low-income household" },
            general: { "zh-Hant": "一般戶", en: "general household" },
          },
        },
      ],
    },
  ],
  questions: [
    {
      id: "english",
      kind: "yes-no",
      title: { "zh-Hant": "要英文謄本嗎？", en: "Do you need it in English?" },
      hint: {
        "zh-Hant": "英文第一份 100 元，中文每份 15 元。",
        en: "NT$100 for the first in English; NT$15 each in Chinese.",
      },
    },
    {
      id: "copies",
      kind: "number",
      least: 1,
      most: 10,
      title: { "zh-Hant": "要幾份？", en: "How many copies?" },
      hint: { "zh-Hant": "一次 1 到 10 份。", en: "From 1 to 10 at once." },
    },
  ],
  decision: {
    model: "household-transcript-fee",
    decision: "outcome",
    inputs: {
      english: { from: "answer", question: "english" },
      copies: { from: "answer", question: "copies" },
      "income class": { from: "fact", need: "welfare", path: "income_class" },
      "registered name": { from: "fact", need: "household", path: "name" },
    },
  },
  fee: {
    programme: "fee-household-transcript",
    law: { "zh-Hant": "戶政規費收費標準第 2 條", en: "Standard of household-registration fees, article 2" },
    dueDays: 14,
    provides: {
      title: { "zh-Hant": "戶籍謄本", en: "Household transcript" },
      text: {
        "zh-Hant": "以下為申請當日戶籍登記的內容。示範文件，不具法律效力。",
        en: "This is what the household register held on the day of the application. A demonstration, without legal force.",
      },
      need: "household",
    },
  },
  clock: { days: 14, legalBasis: laws.householdFees.code },
  phases: [
    { id: "draft", status: "draft", title: { "zh-Hant": "填寫中", en: "Being filled in" } },
    { id: "to-pay", status: "decided", title: { "zh-Hant": "等待繳費", en: "Waiting for payment" } },
    { id: "provided", status: "closed", title: { "zh-Hant": "可以下載", en: "Ready to download" } },
    { id: "lapsed", status: "closed", title: { "zh-Hant": "逾期未繳，已結束", en: "Not paid in time, closed" } },
    { id: "withdrawn", status: "closed", title: { "zh-Hant": "已撤回", en: "Withdrawn" } },
  ],
  events: [
    ...draftEvents,
    {
      event: "submitted",
      from: ["draft"],
      to: "to-pay",
      by: ["applicant"],
      title: { "zh-Hant": "簽署並送出", en: "Signed and sent" },
    },
    {
      event: "fee-paid",
      from: ["to-pay"],
      to: "provided",
      by: ["system"],
      title: { "zh-Hant": "規費已繳，謄本已提供", en: "Fee paid, transcript provided" },
    },
    {
      event: "fee-waived",
      from: ["to-pay"],
      to: "provided",
      by: ["system"],
      title: { "zh-Hant": "免收規費，謄本已提供", en: "Free of charge, transcript provided" },
    },
    {
      event: "fee-lapsed",
      from: ["to-pay"],
      to: "lapsed",
      by: ["system"],
      title: { "zh-Hant": "逾期未繳", en: "Not paid in time" },
    },
    {
      event: "viewed",
      from: ["to-pay", "provided", "lapsed", "withdrawn"],
      by: ["caseworker", "approver"],
      title: { "zh-Hant": "承辦人員查看案件", en: "Opened by the agency" },
    },
    {
      event: "withdrawn",
      from: ["draft", "to-pay"],
      to: "withdrawn",
      by: ["applicant"],
      title: { "zh-Hant": "撤回申請", en: "Withdrawn" },
    },
  ],
  refusalGrounds: [],
  declaration: {
    "zh-Hant": "我申請自己的戶籍謄本，並同意依規定繳納規費。",
    en: "I apply for my own household transcript and will pay the fee that the law sets.",
  },
  retention: { "zh-Hant": "案件結束後 5 年，之後刪除", en: "5 years after the case is closed, then deleted" },
  remedies: {
    "zh-Hant": "對規費有疑問，可於收到通知後 30 日內提起訴願。",
    en: "If you disagree with the fee, you may file an administrative appeal within 30 days of the notice.",
  },
  appealDays: 30,
} as const satisfies ServiceDefinition as ServiceDefinition;
