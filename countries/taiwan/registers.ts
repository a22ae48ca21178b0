import type { RegisterDeclaration } from "#registries";

/** The registers that Taiwan's agencies publish here, each over a table or view of the agency's own database. */
export const registers: readonly { readonly agency: string; readonly declaration: RegisterDeclaration }[] = [
  {
    agency: "moi",
    declaration: {
      subsystem: "household",
      service: "household",
      table: "household.person",
      key: ["national_id"],
      subject: "national_id",
      title: { "zh-Hant": "戶籍資料", en: "Household record" },
      description: { "zh-Hant": "姓名、出生日期與戶籍地", en: "Name, date of birth and place of registration" },
      purposeRequired: true,
      consent: "required",
      fields: {
        national_id: {
          title: { "zh-Hant": "國民身分證統一編號", en: "National identification number" },
          type: "text",
          sensitivity: "personal",
        },
        name: { title: { "zh-Hant": "姓名", en: "Name" }, type: "text", sensitivity: "personal" },
        birth_date: { title: { "zh-Hant": "出生日期", en: "Date of birth" }, type: "date", sensitivity: "personal" },
        county: { title: { "zh-Hant": "縣市", en: "County or city" }, type: "text", sensitivity: "personal" },
        town: { title: { "zh-Hant": "鄉鎮市區", en: "Town or district" }, type: "text", sensitivity: "personal" },
        village: { title: { "zh-Hant": "村里", en: "Village" }, type: "text", sensitivity: "personal" },
        village_code: { title: { "zh-Hant": "村里代碼", en: "Village code" }, type: "text", sensitivity: "internal" },
      },
    },
  },
  {
    agency: "moi",
    declaration: {
      subsystem: "household",
      service: "identity",
      table: "household.person",
      key: ["national_id"],
      subject: "national_id",
      title: { "zh-Hant": "身分核對", en: "Identity check" },
      description: {
        "zh-Hant": "核對卡片持有人的姓名與出生日期；以法律為依據，因為同意之前要先知道是誰",
        en: "Name and date of birth, to confirm who holds a card; by statute, for nobody can agree before it is known who they are",
      },
      purposeRequired: true,
      fields: {
        national_id: {
          title: { "zh-Hant": "國民身分證統一編號", en: "National identification number" },
          type: "text",
          sensitivity: "personal",
        },
        name: { title: { "zh-Hant": "姓名", en: "Name" }, type: "text", sensitivity: "personal" },
        birth_date: { title: { "zh-Hant": "出生日期", en: "Date of birth" }, type: "date", sensitivity: "personal" },
      },
    },
  },
  {
    agency: "moi",
    declaration: {
      subsystem: "household",
      service: "representation",
      table: "household.representation",
      key: ["representative_id", "principal_id"],
      subject: "representative_id",
      title: { "zh-Hant": "代理關係", en: "Who may act for whom" },
      description: { "zh-Hant": "戶政資料可確認的代理關係", en: "Relations by which one person may act for another" },
      purposeRequired: true,
      filters: ["representative_id"],
      fields: {
        representative_id: {
          title: { "zh-Hant": "代理人統一編號", en: "Representative's number" },
          type: "text",
          sensitivity: "personal",
        },
        principal_id: {
          title: { "zh-Hant": "本人統一編號", en: "Principal's number" },
          type: "text",
          sensitivity: "personal",
        },
        principal_name: {
          title: { "zh-Hant": "本人姓名", en: "Principal's name" },
          type: "text",
          sensitivity: "personal",
        },
        kind: { title: { "zh-Hant": "關係種類", en: "Kind of relation" }, type: "text", sensitivity: "personal" },
        valid_until: { title: { "zh-Hant": "有效至", en: "Valid until" }, type: "date", sensitivity: "internal" },
      },
    },
  },
  {
    agency: "moda",
    declaration: {
      subsystem: "company-register",
      service: "officers",
      table: "company.officer",
      key: ["officer_id", "company_number"],
      subject: "officer_id",
      title: { "zh-Hant": "公司負責人", en: "Who represents a company" },
      description: {
        "zh-Hant": "公司登記的董事、經理人與可否單獨代表公司",
        en: "Directors and managers by the company register, and whether they sign alone",
      },
      purposeRequired: true,
      filters: ["officer_id"],
      fields: {
        officer_id: {
          title: { "zh-Hant": "負責人統一編號", en: "Officer's number" },
          type: "text",
          sensitivity: "personal",
        },
        company_number: {
          title: { "zh-Hant": "公司統一編號", en: "Company's number" },
          type: "text",
          sensitivity: "internal",
        },
        company_name: { title: { "zh-Hant": "公司名稱", en: "Company's name" }, type: "text", sensitivity: "internal" },
        position: { title: { "zh-Hant": "職稱", en: "Position" }, type: "text", sensitivity: "personal" },
        signs: {
          title: { "zh-Hant": "代表方式", en: "Signs alone or jointly" },
          type: "text",
          sensitivity: "internal",
        },
        valid_until: { title: { "zh-Hant": "任期至", en: "In office until" }, type: "date", sensitivity: "internal" },
      },
    },
  },
  {
    agency: "mohw",
    declaration: {
      subsystem: "disability",
      service: "certificate",
      table: "disability.certificate",
      key: ["national_id"],
      subject: "national_id",
      title: { "zh-Hant": "身心障礙證明", en: "Disability certificate" },
      purposeRequired: true,
      consent: "required",
      fields: {
        national_id: {
          title: { "zh-Hant": "國民身分證統一編號", en: "National identification number" },
          type: "text",
          sensitivity: "personal",
        },
        categories: { title: { "zh-Hant": "障礙類別", en: "Categories" }, type: "text-list", sensitivity: "special" },
        severity: { title: { "zh-Hant": "障礙等級", en: "Degree" }, type: "text", sensitivity: "special" },
        valid_until: { title: { "zh-Hant": "有效日期", en: "Valid until" }, type: "date", sensitivity: "personal" },
      },
    },
  },
  {
    agency: "taipei-social",
    declaration: {
      subsystem: "welfare",
      service: "income-class",
      table: "welfare.status",
      key: ["national_id"],
      subject: "national_id",
      title: { "zh-Hant": "福利身分", en: "Household income class" },
      description: {
        "zh-Hant": "低收入或中低收入身分，與兩年內已補助的輔具",
        en: "Income class, and the devices granted within two years",
      },
      purposeRequired: true,
      consent: "required",
      fields: {
        national_id: {
          title: { "zh-Hant": "國民身分證統一編號", en: "National identification number" },
          type: "text",
          sensitivity: "personal",
        },
        income_class: { title: { "zh-Hant": "福利身分", en: "Income class" }, type: "text", sensitivity: "personal" },
        devices_in_two_years: {
          title: { "zh-Hant": "兩年內已補助項數", en: "Devices in the last two years" },
          type: "integer",
          sensitivity: "personal",
        },
        device_ids: {
          title: { "zh-Hant": "已補助的輔具", en: "Devices already granted" },
          type: "text-list",
          sensitivity: "personal",
        },
      },
    },
  },
];
