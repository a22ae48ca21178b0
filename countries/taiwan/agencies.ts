import type { Agency } from "#flows";

/** The agencies of the demonstration, by their real names. Codes are this project's own. */
export const agencies: readonly Agency[] = [
  {
    key: "moi",
    memberClass: "GOV",
    memberCode: "MOI",
    name: { "zh-Hant": "內政部", en: "Ministry of the Interior" },
    shortName: { "zh-Hant": "內政部", en: "Interior" },
    subsystems: [{ code: "household", name: { "zh-Hant": "戶役政資訊系統", en: "Household registration system" } }],
    contact: { "zh-Hant": "戶政司", en: "Department of Household Registration" },
  },
  {
    key: "mohw",
    memberClass: "GOV",
    memberCode: "MOHW",
    name: { "zh-Hant": "衛生福利部", en: "Ministry of Health and Welfare" },
    shortName: { "zh-Hant": "衛福部", en: "Health and Welfare" },
    subsystems: [{ code: "disability", name: { "zh-Hant": "身心障礙證明系統", en: "Disability certificate system" } }],
    contact: { "zh-Hant": "社會及家庭署", en: "Social and Family Affairs Administration" },
  },
  {
    key: "taipei-social",
    memberClass: "GOV",
    memberCode: "TPE-DOSW",
    name: { "zh-Hant": "臺北市政府社會局", en: "Taipei City Department of Social Welfare" },
    shortName: { "zh-Hant": "社會局", en: "Social Welfare" },
    subsystems: [{ code: "welfare", name: { "zh-Hant": "社會福利系統", en: "Social welfare system" } }],
    contact: { "zh-Hant": "身心障礙者福利科", en: "Division of Welfare for People with Disabilities" },
  },
  {
    key: "moda",
    memberClass: "GOV",
    memberCode: "MODA",
    name: { "zh-Hant": "數位發展部", en: "Ministry of Digital Affairs" },
    shortName: { "zh-Hant": "數位部", en: "Digital Affairs" },
    subsystems: [
      { code: "portal", name: { "zh-Hant": "入口網站", en: "Portal" } },
      {
        code: "company-register",
        name: {
          "zh-Hant": "公司登記資料（示範：替商業發展署代管）",
          en: "Company register (demonstration: kept here for the Administration of Commerce)",
        },
      },
    ],
    contact: { "zh-Hant": "數位政府司", en: "Department of Digital Service" },
  },
];
