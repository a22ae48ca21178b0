import type { Localised } from "#kernel";
import { both, type Explanation, type Fact } from "#ui";

/** A time of the sample day, in Taipei. */
export function at(clock: string): Date {
  return new Date(`2026-11-22T${clock}:00+08:00`);
}

export const service: Localised = both("身心障礙者輔具費用補助", "Assistive-device subsidy");

export const agencies: Readonly<Record<"interior" | "health" | "social", Localised>> = {
  interior: both("內政部", "Ministry of the Interior"),
  health: both("衛生福利部", "Ministry of Health and Welfare"),
  social: both("臺北市政府社會局", "Taipei City Department of Social Welfare"),
};

export const facts: readonly Fact[] = [
  {
    label: both("戶籍", "Registered at"),
    value: "臺北市大安區龍淵里",
    source: { agency: agencies.interior, at: at("14:02"), evidence: "/evidence/1" },
  },
  {
    label: both("障礙類別", "Disability"),
    value: both("第七類，輕度", "Category 7, mild"),
    source: { agency: agencies.health, at: at("14:02"), evidence: "/evidence/2" },
  },
  {
    label: both("福利身分", "Household class"),
    value: both("中低收入戶", "Lower-middle income"),
    source: { agency: agencies.social, at: at("14:02"), evidence: "/evidence/3" },
  },
];

/** The reckoning of a device's subsidy for a lower-middle-income household. */
export function subsidyWhy(item: number, cap: number): Explanation {
  return {
    lines: [
      { text: both(`基準表第 ${item} 項上限`, `Cap of item ${item}`), outcome: both(`${cap} 元`, `NT$${cap}`) },
      { text: both("中低收入戶比例", "Lower-middle income rate"), outcome: "75%" },
      { text: both("兩年內不超過 4 項", "At most 4 devices in two years"), outcome: true },
      { text: both("未先行購買", "Not bought beforehand"), outcome: true },
    ],
    rule: both("輔具補助金額 第 3 版", "Assistive-device amount, version 3"),
    ruleHref: "/rules/assistive-device",
    sources: [{ label: both("福利身分", "Household class"), source: { agency: agencies.social, at: at("14:02") } }],
  };
}
