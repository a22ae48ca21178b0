type Step = "format" | "leaf" | "log-signature" | "quorum" | "inclusion" | "opening";

export interface CheckWords {
  readonly press: string;
  readonly drop: string;
  readonly stays: string;
  readonly busy: string;
  readonly unreachable: string;
  readonly good: string;
  readonly bad: string;
  signed(name: string, at: Date): string;
  stands(origin: string, index: number, size: number): string;
  /** What the mark before a step means, for those who hear it. */
  readonly states: Readonly<Record<"yes" | "no" | "not-reached", string>>;
  readonly steps: Readonly<Record<Step, string>>;
}

/** What the check says. Browser code keeps its own words, so that it can run anywhere. */
export const checkWords: Readonly<Record<"zh-Hant" | "en", CheckWords>> = {
  "zh-Hant": {
    press: "在這個瀏覽器驗證",
    drop: "把收據拖到這裡，或選一個檔案",
    stays: "檔案只在這個瀏覽器裡讀，不會送出去。",
    busy: "正在計算…",
    unreachable: "拿不到收據或見證規則，還沒有驗證。請稍後再試。",
    good: "驗證通過。這一筆確實在紀錄裡。",
    bad: "驗證沒有通過。請保留這份收據，並拿給監理機關看。",
    signed: (name, at) => `${name} 於 ${at.toLocaleString("zh-TW")} 簽署`,
    stands: (origin, index, size) => `${origin} 的第 ${index} 筆（從 0 數起），全部 ${size} 筆`,
    states: { yes: "通過：", no: "沒有通過：", "not-reached": "還沒驗：" },
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
    drop: "Drop a receipt here, or choose a file",
    stays: "The file is read in this browser only and is sent nowhere.",
    busy: "Calculating…",
    unreachable: "The receipt or the witness policy could not be loaded; nothing was checked. Please try again.",
    good: "Checked: this entry stands in the record.",
    bad: "The check failed. Keep this receipt and show it to the supervisor.",
    signed: (name, at) => `${name} signed at ${at.toLocaleString("en-GB")}`,
    stands: (origin, index, size) => `Entry ${index}, counted from 0, of ${size} in ${origin}`,
    states: { yes: "Holds: ", no: "Fails: ", "not-reached": "Not reached: " },
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
