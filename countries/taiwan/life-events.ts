import type { LifeEvent } from "#flows";

/** Moments of life by which people look for services. */
export const lifeEvents: readonly LifeEvent[] = [
  {
    id: "birth",
    icon: "birth",
    title: { "zh-Hant": "生育與養育", en: "Having a child" },
    about: { "zh-Hant": "出生登記、育兒津貼、托育", en: "Birth registration, child allowance, day care" },
  },
  {
    id: "school",
    icon: "school",
    title: { "zh-Hant": "就學", en: "School and study" },
    about: { "zh-Hant": "學費補助、疫苗接種同意、學位證明", en: "Tuition grants, vaccination consent, diplomas" },
  },
  {
    id: "work",
    icon: "work",
    title: { "zh-Hant": "就業與勞動", en: "Work" },
    about: { "zh-Hant": "求職媒合、職災給付、失業給付", en: "Job matching, labour injury, unemployment" },
  },
  {
    id: "home",
    icon: "home",
    title: { "zh-Hant": "居住與戶籍", en: "Home and household" },
    about: { "zh-Hant": "遷徙登記、地籍、房屋稅", en: "Moving, land registry, house tax" },
  },
  {
    id: "health",
    icon: "health",
    title: { "zh-Hant": "健康與照顧", en: "Health and care" },
    about: { "zh-Hant": "輔具補助、長照服務、健康存摺", en: "Assistive devices, long-term care, health records" },
  },
  {
    id: "transport",
    icon: "car",
    title: { "zh-Hant": "交通與車輛", en: "Transport and vehicles" },
    about: { "zh-Hant": "廢車回收獎勵金、駕照、牌照稅", en: "Scrap-vehicle reward, licences, vehicle tax" },
  },
  {
    id: "retirement",
    icon: "old",
    title: { "zh-Hant": "退休與銀髮", en: "Retirement and later life" },
    about: { "zh-Hant": "年金、敬老津貼、居家服務", en: "Pensions, allowances, help at home" },
  },
  {
    id: "company",
    icon: "company",
    title: { "zh-Hant": "開公司", en: "Starting a company" },
    about: { "zh-Hant": "設立登記、僑外投資、法規諮詢", en: "Registration, foreign investment, legal advice" },
  },
];
