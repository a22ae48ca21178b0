import type { ServiceDefinition } from "#services";
import { laws } from "../purposes.ts";
import { draftEvents } from "./draft-events.ts";

/** 身心障礙者輔具費用補助: a subsidy for a walking frame, a wheelchair and the like, decided by the city. */
export const assistiveDeviceSubsidy = {
  id: "assistive-device-subsidy",
  version: "1.0.0",
  validFrom: "2026-01-01",
  numberPrefix: "AT",
  metadata: {
    title: { "zh-Hant": "身心障礙者輔具費用補助", en: "Subsidy for an assistive device" },
    summary: {
      "zh-Hant": "助行器、輪椅、助聽或視覺輔具等的購置補助。不用附文件，核定後直接匯入帳戶。",
      en: "Help to buy a walking frame, a wheelchair, a visual aid and more. No documents to attach; the money goes straight to the account.",
    },
    agency: "taipei-social",
    whoMayApply: [
      {
        "zh-Hant": "戶籍在臺北市、領有身心障礙證明的人",
        en: "People registered in Taipei City who hold a disability certificate",
      },
      {
        "zh-Hant": "戶政資料可確認的代理人，例如子女",
        en: "A representative the household register confirms, for example a daughter or son",
      },
    ],
    whatYouNeed: [
      { "zh-Hant": "自然人憑證和 PIN 碼", en: "Your citizen card and its PINs" },
      { "zh-Hant": "收款帳號", en: "The number of the account to be paid" },
    ],
    fee: { "zh-Hant": "免費", en: "Free" },
    legalBasis: [
      { code: laws.assistiveDevices.code, law: laws.assistiveDevices.law, url: laws.assistiveDevices.url },
      {
        code: laws.householdRegistration.code,
        law: laws.householdRegistration.law,
        url: laws.householdRegistration.url,
      },
    ],
    lifeEvents: ["health", "retirement"],
    keywords: [
      "輔具",
      "助行器",
      "輪椅",
      "拐杖",
      "補助",
      "身心障礙",
      "媽媽",
      "爸爸",
      "walking frame",
      "wheelchair",
      "walker",
      "disability",
      "assistive",
      "mother",
      "father",
    ],
  },
  // The amount goes to an account, so the card itself is shown to send it.
  assurance: { start: { acr: "urn:taroko:loa:substantial" }, send: { acr: "urn:taroko:loa:high", highValue: true } },
  dataNeeds: [
    {
      id: "household",
      title: { "zh-Hant": "戶籍資料", en: "Household record" },
      source: { agency: "moi", subsystem: "household", service: "household" },
      subject: "principal",
      key: "national_id",
      purpose: {
        code: "assistive-device-subsidy",
        text: { "zh-Hant": "確認身分與戶籍地", en: "To confirm who the person is and where they are registered" },
      },
      legalBasis: laws.assistiveDevices.code,
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
      id: "certificate",
      title: { "zh-Hant": "身心障礙證明", en: "Disability certificate" },
      source: { agency: "mohw", subsystem: "disability", service: "certificate" },
      subject: "principal",
      key: "national_id",
      purpose: {
        code: "assistive-device-subsidy",
        text: { "zh-Hant": "判斷可申請的輔具項目", en: "To see which devices the certificate covers" },
      },
      legalBasis: laws.assistiveDevices.code,
      lawfulGround: "consent",
      fields: [
        {
          path: "categories",
          title: { "zh-Hant": "障礙類別", en: "Category" },
          kind: "list",
          values: {
            "1": { "zh-Hant": "第一類 神經系統與精神心智功能", en: "Class 1: nervous system and mental functions" },
            "2": { "zh-Hant": "第二類 眼耳及感官功能", en: "Class 2: eye, ear and senses" },
            "3": { "zh-Hant": "第三類 聲音與言語功能", en: "Class 3: voice and speech" },
            "4": {
              "zh-Hant": "第四類 循環、造血、免疫與呼吸系統",
              en: "Class 4: circulation, blood, immune and breathing",
            },
            "5": { "zh-Hant": "第五類 消化、新陳代謝與內分泌系統", en: "Class 5: digestion, metabolism and hormones" },
            "6": { "zh-Hant": "第六類 泌尿與生殖系統", en: "Class 6: urinary and reproductive systems" },
            "7": { "zh-Hant": "第七類 神經、肌肉、骨骼之移動功能", en: "Class 7: movement (nerves, muscles, bones)" },
            "8": { "zh-Hant": "第八類 皮膚功能", en: "Class 8: skin" },
          },
        },
        {
          path: "severity",
          title: { "zh-Hant": "障礙等級", en: "Degree" },
          kind: "choice",
          values: {
            mild: { "zh-Hant": "輕度", en: "mild" },
            moderate: { "zh-Hant": "中度", en: "moderate" },
            severe: { "zh-Hant": "重度", en: "severe" },
            profound: { "zh-Hant": "極重度", en: "profound" },
          },
        },
        { path: "valid_until", title: { "zh-Hant": "有效日期", en: "Valid until" }, kind: "date" },
      ],
    },
    {
      id: "welfare",
      title: { "zh-Hant": "福利身分", en: "Household income class" },
      source: { agency: "taipei-social", subsystem: "welfare", service: "income-class" },
      subject: "principal",
      key: "national_id",
      purpose: {
        code: "assistive-device-subsidy",
        text: {
          "zh-Hant": "計算補助比例與兩年內的補助項數",
          en: "To find the share that is paid, and the devices of the last two years",
        },
      },
      legalBasis: laws.assistiveDevices.code,
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
        {
          path: "devices_in_two_years",
          title: { "zh-Hant": "兩年內已補助項數", en: "Devices in the last two years" },
          kind: "number",
        },
        {
          path: "device_ids",
          title: { "zh-Hant": "已補助的輔具", en: "Devices already granted" },
          kind: "list",
          schedule: "assistive-devices",
        },
      ],
    },
  ],
  questions: [
    {
      id: "device",
      kind: "item-from-schedule",
      schedule: "assistive-devices",
      amountsRestOn: { need: "welfare", path: "income_class" },
      title: { "zh-Hant": "需要哪一項輔具？", en: "Which device is needed?" },
      hint: {
        "zh-Hant": "依衛福部基準表與您的福利身分列出可申請的項目。",
        en: "From the official schedule, with what would be paid for this household.",
      },
    },
    {
      id: "bought",
      kind: "yes-no",
      title: { "zh-Hant": "已經買了嗎？", en: "Has it been bought already?" },
      hint: {
        "zh-Hant": "須先申請、核定後再購買；先買的不能補助。",
        en: "Apply first and buy after the decision; what was bought before cannot be paid.",
      },
    },
    {
      id: "account",
      kind: "bank-account",
      title: { "zh-Hant": "補助匯到哪個帳戶？", en: "Which account should be paid?" },
      hint: {
        "zh-Hant": "須是申請人或代理人本人的帳戶。",
        en: "The account must belong to the person concerned or the representative.",
      },
    },
  ],
  decision: {
    model: "assistive-device-subsidy",
    decision: "outcome",
    inputs: {
      device: { from: "scheduled-item", question: "device" },
      "income class": { from: "fact", need: "welfare", path: "income_class" },
      "items in two years": { from: "fact", need: "welfare", path: "devices_in_two_years" },
      "other grants": { from: "fact", need: "welfare", path: "device_ids" },
      certificate: { from: "facts", need: "certificate" },
      "household in city": { from: "fact-equals", need: "household", path: "county", value: "臺北市" },
      "already bought": { from: "answer", question: "bought" },
      today: { from: "today" },
    },
  },
  payout: { purpose: "SSBE", account: "account", text: { "zh-Hant": "輔具補助", en: "Assistive device" } },
  clock: { days: 10, legalBasis: laws.assistiveDevices.code },
  phases: [
    { id: "draft", status: "draft", title: { "zh-Hant": "填寫中", en: "Being filled in" } },
    { id: "review", status: "in-review", title: { "zh-Hant": "審核中", en: "In review" } },
    {
      id: "approved",
      status: "decided",
      title: { "zh-Hant": "已核定，待放行付款", en: "Approved, waiting for release" },
    },
    { id: "released", status: "decided", title: { "zh-Hant": "付款中", en: "Payment under way" } },
    { id: "paid", status: "closed", title: { "zh-Hant": "已付款", en: "Paid" } },
    {
      id: "payment-failed",
      status: "decided",
      title: { "zh-Hant": "付款未成功，等待改匯", en: "Payment failed, to be sent another way" },
    },
    { id: "payment-stopped", status: "closed", title: { "zh-Hant": "付款已停止", en: "Payment stopped" } },
    { id: "refused", status: "closed", title: { "zh-Hant": "不予補助", en: "Refused" } },
    { id: "withdrawn", status: "closed", title: { "zh-Hant": "已撤回", en: "Withdrawn" } },
  ],
  events: [
    ...draftEvents,
    {
      event: "submitted",
      from: ["draft"],
      to: "review",
      by: ["applicant"],
      title: { "zh-Hant": "簽署並送出", en: "Signed and sent" },
    },
    {
      event: "viewed",
      from: ["review", "approved", "released", "paid", "payment-failed", "payment-stopped", "refused", "withdrawn"],
      by: ["caseworker", "approver"],
      title: { "zh-Hant": "承辦人員查看案件", en: "Opened by the agency" },
    },
    {
      event: "approved",
      from: ["review"],
      to: "approved",
      by: ["caseworker"],
      title: { "zh-Hant": "核定補助", en: "Approved" },
    },
    {
      event: "refused",
      from: ["review"],
      to: "refused",
      by: ["caseworker"],
      title: { "zh-Hant": "決定不予補助", en: "Refused" },
    },
    {
      event: "returned",
      from: ["approved"],
      to: "review",
      by: ["approver"],
      title: { "zh-Hant": "退回重新審核", en: "Sent back for review" },
    },
    {
      event: "released",
      from: ["approved"],
      to: "released",
      by: ["approver"],
      differentFrom: "approved",
      title: { "zh-Hant": "放行付款", en: "Payment released" },
    },
    {
      event: "paid",
      from: ["released", "payment-failed"],
      to: "paid",
      by: ["system"],
      title: { "zh-Hant": "款項已入帳", en: "Money paid" },
    },
    {
      event: "payment-failed",
      from: ["released", "paid"],
      to: "payment-failed",
      by: ["system"],
      title: { "zh-Hant": "銀行退回付款", en: "The bank returned the payment" },
    },
    {
      event: "payment-failed",
      from: ["payment-failed"],
      to: "payment-stopped",
      by: ["system"],
      title: { "zh-Hant": "付款已停止", en: "Payment stopped" },
    },
    {
      event: "withdrawn",
      from: ["draft", "review"],
      to: "withdrawn",
      by: ["applicant"],
      title: { "zh-Hant": "撤回申請", en: "Withdrawn" },
    },
  ],
  refusalGrounds: [
    {
      id: "rule",
      text: {
        "zh-Hant": "不符合規則所列條件（見規則說明）",
        en: "A condition of the rule is not met (see the rule's explanation)",
      },
    },
    { id: "bought-before", text: { "zh-Hant": "核定前已先行購買", en: "Bought before the decision" } },
    {
      id: "not-needed",
      text: { "zh-Hant": "評估結果不需要此項輔具", en: "The assessment shows that this device is not needed" },
    },
    { id: "other-grant", text: { "zh-Hant": "同一項目已獲其他補助", en: "Another grant already covers it" } },
  ],
  declaration: {
    "zh-Hant": "以上內容屬實；輔具尚未購買，且同一項目未獲其他補助。",
    en: "This is true. The device has not been bought yet and no other grant covers it.",
  },
  retention: { "zh-Hant": "案件結束後 5 年，之後刪除", en: "5 years after the case is closed, then deleted" },
  remedies: {
    "zh-Hant": "不服決定者，可於收到通知後 30 日內提起訴願。",
    en: "If you disagree, you may file an administrative appeal within 30 days of the notice.",
  },
  appealDays: 30,
} as const satisfies ServiceDefinition as ServiceDefinition;
