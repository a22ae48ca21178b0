interface CheckWords {
  readonly press: string;
  readonly busy: string;
  readonly unreachable: string;
  readonly good: string;
  readonly bad: string;
  signed(name: string, at: Date): string;
  stands(index: number, size: number): string;
  readonly steps: Readonly<Record<"format" | "leaf" | "log-signature" | "quorum" | "inclusion" | "opening", string>>;
}

/** What the check says. Browser code keeps its own words, so that it can run anywhere. */
export const checkWords: Readonly<Record<"zh-Hant" | "en", CheckWords>> = {
  "zh-Hant": {
    press: "在這個瀏覽器驗證",
    busy: "正在計算…",
    unreachable: "拿不到收據或見證規則，還沒有驗證。請稍後再試。",
    good: "驗證通過。這一筆確實在紀錄裡。",
    bad: "驗證沒有通過。請保留這份收據，並拿給監理機關看。",
    signed: (name, at) => `${name} 於 ${at.toLocaleString("zh-TW")} 簽署`,
    stands: (index, size) => `第 ${index + 1} 筆，全部 ${size} 筆`,
    steps: {
      format: "收據格式正確",
      leaf: "內容的指紋算得出來",
      "log-signature": "紀錄的保管者簽了章",
      quorum: "足夠的獨立見證者簽了章",
      inclusion: "這一筆在簽過的紀錄裡",
      opening: "收據上的內容與紀錄的承諾相符",
    },
  },
  en: {
    press: "Check in this browser",
    busy: "Calculating…",
    unreachable: "The receipt or the witness policy could not be loaded; nothing was checked. Please try again.",
    good: "Checked: this entry stands in the record.",
    bad: "The check failed. Keep this receipt and show it to the supervisor.",
    signed: (name, at) => `${name} signed at ${at.toLocaleString("en-GB")}`,
    stands: (index, size) => `Entry ${index + 1} of ${size}`,
    steps: {
      format: "The receipt is well formed",
      leaf: "The fingerprint of the content can be computed",
      "log-signature": "The keeper of the record signed",
      quorum: "Enough independent witnesses signed",
      inclusion: "The entry stands in the signed record",
      opening: "What the receipt shows is what the record committed to",
    },
  },
};
