interface ListWords {
  readonly press: string;
  readonly busy: string;
  readonly unreachable: string;
  readonly bad: string;
  readonly allHere: string;
  readonly comma: string;
  good(count: number, from: number, upto: number, at: Date): string;
  denied(count: number, which: string): string;
  notHere(count: number, which: string): string;
  signed(name: string, at: Date): string;
  readonly steps: Readonly<Record<"format" | "root" | "label" | "list", string>>;
}

/** What the check of a whole list says. */
export const listWords: Readonly<Record<"zh-Hant" | "en", ListWords>> = {
  "zh-Hant": {
    press: "在這個瀏覽器驗證沒有漏掉",
    busy: "正在計算…",
    unreachable: "拿不到證明或見證規則，還沒有驗證。請稍後再試。",
    bad: "驗證沒有通過。請下載這份證明，並拿給監理機關看。",
    allHere: "每一筆都在這一頁。",
    comma: "、",
    good: (count, from, upto, at) =>
      `驗證通過。這個紀錄第 ${from} 到第 ${upto - 1} 筆（${at.toLocaleString("zh-TW")}）中，從這個系統讀取您資料的就是 ${count} 筆，沒有漏掉。`,
    denied: (count, which) =>
      `這一頁有 ${count} 筆（第 ${which} 筆）不在機關的清單裡：清單不實。請下載證明，並拿給監理機關看。`,
    notHere: (count, which) =>
      `其中 ${count} 筆不在這一頁有證明的各筆之中：第 ${which} 筆。請看其他頁，或稍後重新整理。`,
    signed: (name, at) => `${name} 於 ${at.toLocaleString("zh-TW")} 簽署`,
    steps: {
      format: "證明的格式不對",
      root: "紀錄裡的索引沒有得到證實",
      label: "標籤不是您的",
      list: "清單與索引不符",
    },
  },
  en: {
    press: "Check in this browser that nothing is missing",
    busy: "Calculating…",
    unreachable: "The proof or the witness policy could not be loaded; nothing was checked. Please try again.",
    bad: "The check failed. Download this proof and show it to the supervisor.",
    allHere: "Each of them stands on this page.",
    comma: ", ",
    good: (count, from, upto, at) =>
      `Checked: of entries ${from} to ${upto - 1} of this log (${at.toLocaleString("en-GB")}), exactly ${count} ${count === 1 ? "is a reading" : "are readings"} of your data from this system. None was left out.`,
    denied: (count, which) =>
      `${count} ${count === 1 ? "line" : "lines"} of this page (entry ${which}) ${count === 1 ? "is" : "are"} not on the agency’s list: the list is not true. Download the proof and show it to the supervisor.`,
    notHere: (count, which) =>
      `${count} of them ${count === 1 ? "is" : "are"} not among the proven lines of this page: entry ${which}. See the other pages, or reload later.`,
    signed: (name, at) => `${name} signed at ${at.toLocaleString("en-GB")}`,
    steps: {
      format: "The proof is malformed",
      root: "The index in the log is not proven",
      label: "The label is not yours",
      list: "The list is not the one in the index",
    },
  },
};
