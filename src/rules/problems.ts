import { problemTable, type ProblemEntry, type Refusal } from "#kernel";

export type RulesProblem =
  | "rules-model-unreadable"
  | "rules-model-incomplete"
  | "rules-model-circular"
  | "rules-validity-invalid"
  | "rules-versions-overlap"
  | "rules-versions-gap"
  | "rules-decision-unknown"
  | "rules-budget-exhausted";

/** What `rules` refuses. */
export const rulesProblems: Readonly<Record<RulesProblem, ProblemEntry>> = problemTable({
  "rules-model-unreadable": {
    status: 422,
    title: { "zh-Hant": "無法讀取決策模型", en: "The decision model cannot be read" },
    action: {
      "zh-Hant": "請用 DMN 編輯器重新存檔，檔案不得含有 DTD，也不得超過大小上限。",
      en: "Save it again in a DMN editor. It must have no DTD and stay within the size limit.",
    },
    when: "The XML is not well-formed, is larger or deeper than allowed, declares a DTD, or is not DMN 1.1 to 1.5.",
  },
  "rules-model-incomplete": {
    status: 422,
    title: { "zh-Hant": "決策模型不完整", en: "The decision model is incomplete" },
    action: {
      "zh-Hant": "模型中有指向不存在元件的連結，或缺少匯入的模型，請補上。",
      en: "The model points at an element or an imported model that is not there. Add it.",
    },
    when: "A requirement names an element that no loaded model has, an element has no name, or an import is missing.",
  },
  "rules-model-circular": {
    status: 422,
    title: { "zh-Hant": "決策互相依賴成環", en: "Decisions depend on each other in a circle" },
    action: { "zh-Hant": "請拆開這個環。", en: "Break the circle." },
    when: "A decision requires itself, directly or through others.",
  },
  "rules-validity-invalid": {
    status: 422,
    title: { "zh-Hant": "看不出這一版何時施行", en: "It is not clear when this version is in force" },
    action: {
      "zh-Hant": "請在模型的 extensionElements 寫明 version 與 validity（施行日），名稱須與原模型相同。",
      en: "Let the model say its version and its validity (first day) in its extensionElements, under the same id as before.",
    },
    when: "A model does not say its version or its first day, says days that are none, or has another id than its family.",
  },
  "rules-versions-overlap": {
    status: 409,
    title: { "zh-Hant": "兩個版本的施行期間重疊", en: "Two versions are in force on the same day" },
    action: {
      "zh-Hant": "請改其中一版的施行日或版本號。",
      en: "Give one of them another first day, or another version.",
    },
    when: "Two versions of a model begin on the same day, share days, or have the same version.",
  },
  "rules-versions-gap": {
    status: 409,
    title: { "zh-Hant": "有些日子沒有適用的版本", en: "On some days no version is in force" },
    action: {
      "zh-Hant": "請讓下一版從上一版最後一日的隔天開始。",
      en: "Let the next version begin on the day after the last one ends.",
    },
    when: "A version of a model says its last day, and the next one does not begin on the day after.",
  },
  "rules-decision-unknown": {
    status: 404,
    title: { "zh-Hant": "沒有這個決策", en: "There is no such decision" },
    action: { "zh-Hant": "請確認決策名稱。", en: "Check the name of the decision." },
    when: "The model has no decision or decision service of that name.",
  },
  "rules-budget-exhausted": {
    status: 422,
    title: { "zh-Hant": "計算超過上限", en: "The calculation exceeds its limit" },
    action: {
      "zh-Hant": "請縮小輸入資料，或請維護人員簡化規則。",
      en: "Give it less data, or ask the keeper of the rules to simplify them.",
    },
    when: "An evaluation took more steps, or nested calls more deeply, than its budget allows.",
  },
});

export type RulesRefusal = Refusal<RulesProblem>;
