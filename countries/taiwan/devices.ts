import { readFileSync } from "node:fs";
import type { ScheduleItem } from "#flows";
import type { Localised } from "#kernel";

interface DeviceFile {
  readonly items: readonly {
    readonly id: string;
    readonly item_number: number | null;
    readonly name_zh: string;
    readonly name_en: string;
    readonly category: { readonly zh: string; readonly en: string } | null;
    readonly cap_twd: number;
    readonly source: string;
  }[];
}

const sources: Readonly<Record<string, Localised>> = {
  schedule: { "zh-Hant": "輔具費用補助基準表", en: "Official schedule of assistive devices" },
  "long-term-care-price-list": { "zh-Hant": "長照輔具價目表", en: "Long-term care price list" },
  elsewhere: { "zh-Hant": "公開網頁所引基準表", en: "Schedule as quoted on a public page" },
};

/** The assistive devices that can be applied for, from `data/assistive-devices.json`. */
export function assistiveDevices(): readonly ScheduleItem[] {
  const file = JSON.parse(
    readFileSync(new URL("./data/assistive-devices.json", import.meta.url), "utf8"),
  ) as DeviceFile;
  return file.items.map((item) => ({
    id: item.id,
    number: item.item_number,
    name: { "zh-Hant": item.name_zh, en: item.name_en },
    category: item.category && { "zh-Hant": item.category.zh, en: item.category.en },
    cap: item.cap_twd,
    source: sources[item.source] ?? sources["elsewhere"]!,
  }));
}
