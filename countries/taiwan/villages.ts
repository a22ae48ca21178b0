import { readFileSync } from "node:fs";
import type { Localised } from "#kernel";

/** A village (村、里) with the town and county it lies in. */
export interface Village {
  /** 11 digits: county 5, town 3, village 3. */
  readonly code: string;
  readonly county: Localised;
  readonly town: Localised;
  readonly name: Localised;
}

let all: readonly Village[] | undefined;

/** The 7,701 villages of `data/villages.csv`, by code. Read at first use. */
export function villages(): readonly Village[] {
  all ??= readFileSync(new URL("./data/villages.csv", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => {
      const [code = "", county = "", town = "", name = "", countyEn = "", townEn = "", nameEn = ""] = line.split(",");
      return {
        code,
        // The map data write 台; the official names of the municipalities have 臺.
        county: { "zh-Hant": county.replace(/^台/, "臺"), en: countyEn },
        town: { "zh-Hant": town, en: townEn || town },
        name: { "zh-Hant": name, en: nameEn || name },
      };
    });
  return all;
}

/** The villages of one county, by its official Chinese name. */
export function villagesOf(county: string): readonly Village[] {
  return villages().filter((village) => village.county["zh-Hant"] === county);
}
