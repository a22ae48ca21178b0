import { problemTable, type ProblemEntry } from "#kernel";

export type RosterProblem =
  | "roster-invalid"
  | "roster-unknown"
  | "roster-head"
  | "roster-encoding"
  | "roster-differs"
  | "roster-busy"
  | "roster-hopeless"
  | "row-malformed"
  | "row-too-long"
  | "row-encoding"
  | "row-reference"
  | "row-repeated"
  | "row-programme"
  | "row-currency"
  | "batch-unknown"
  | "batch-empty"
  | "batch-busy"
  | "batch-changed"
  | "batch-stopped"
  | "batch-late"
  | "batch-not-recallable"
  | "not-batchable";

/** What is refused when a list of payees is read, and when many payments are released together. */
export const rosterProblems: Readonly<Record<RosterProblem, ProblemEntry>> = problemTable({
  "roster-invalid": {
    status: 422,
    title: { "zh-Hant": "這份名冊還不能匯入", en: "This roster cannot be imported yet" },
    action: {
      "zh-Hant": "請填寫名稱、核定依據和匯入人，並選擇有撥款用途的計畫。",
      en: "Give its name, the decision and who imports it, and choose a programme that has a purpose.",
    },
    when: "Name, decision or importer is missing, or the programme has no purpose of its own.",
  },
  "roster-unknown": {
    status: 404,
    title: { "zh-Hant": "查無此名冊", en: "There is no such roster" },
    action: { "zh-Hant": "請從名冊清單選擇。", en: "Choose one from the list." },
    when: "No roster has this id.",
  },
  "roster-head": {
    status: 422,
    title: { "zh-Hant": "名冊的欄位名稱不正確", en: "The roster's column names are not right" },
    action: {
      "zh-Hant":
        "第一行請用逗號分隔這些欄位：reference, name, institution, account, amount；可另加 currency, programme。",
      en: "Let the first line name, separated by commas: reference, name, institution, account, amount; currency and programme may follow.",
    },
    when: "The first line lacks a required column, names one twice or one that is not known, or the file is empty. Nothing was taken.",
  },
  "roster-encoding": {
    status: 422,
    title: { "zh-Hant": "名冊不是 UTF-8 編碼", en: "The roster is not encoded as UTF-8" },
    action: {
      "zh-Hant": "可能是 Big5 或其他編碼。請另存為 UTF-8（有無 BOM 都可以）再匯入；沒有匯入任何資料。",
      en: "It may be Big5 or another encoding. Save it as UTF-8, with or without a byte order mark; nothing was imported.",
    },
    when: "One of the first lines is not UTF-8; `params.line` says which.",
  },
  "roster-differs": {
    status: 409,
    title: { "zh-Hant": "同名的名冊內容不同", en: "A roster of this name has other content" },
    action: {
      "zh-Hant": "請用原來的檔案繼續，或換一個名稱。",
      en: "Go on with the file it began with, or take another name.",
    },
    when: "The beginning of the file is not what was read before, or another person or statement about the accounts comes with it.",
  },
  "roster-busy": {
    status: 409,
    title: { "zh-Hant": "這份名冊正在匯入", en: "This roster is being imported" },
    action: { "zh-Hant": "請等它完成。", en: "Wait until that import has ended." },
    when: "Another process read on while this one did.",
  },
  "roster-hopeless": {
    status: 422,
    title: { "zh-Hant": "名冊中太多資料不能使用", en: "Too many rows of the roster cannot be used" },
    action: {
      "zh-Hant": "匯入已停止。請查看退件清單，確認檔案是否正確；已匯入的部分尚未放行。",
      en: "The import has stopped. Look at the refused rows and whether this is the right file; what was imported is not released.",
    },
    when: "More rows were refused than the import allows.",
  },
  "row-malformed": {
    status: 422,
    title: { "zh-Hant": "這一行的欄位數或引號不正確", en: "This line has the wrong cells or quotes" },
    action: { "zh-Hant": "請對照第一行的欄位修正。", en: "Compare it with the first line." },
    when: "The number of cells differs from the head, a quote is not closed, or a JSON line is no flat object of the known names.",
  },
  "row-too-long": {
    status: 422,
    title: { "zh-Hant": "這一行太長", en: "This line is too long" },
    action: { "zh-Hant": "一行最多 8,192 位元組。", en: "A line has at most 8,192 bytes." },
    when: "A line has more than 8,192 bytes; it is passed over without being kept.",
  },
  "row-encoding": {
    status: 422,
    title: { "zh-Hant": "這一行不是 UTF-8 編碼", en: "This line is not UTF-8" },
    action: { "zh-Hant": "請以 UTF-8 重新輸出這一行。", en: "Write this line anew as UTF-8." },
    when: "A line further down the file holds bytes that are not UTF-8.",
  },
  "row-reference": {
    status: 422,
    title: { "zh-Hant": "編號不能使用", en: "The reference cannot be used" },
    action: { "zh-Hant": "請填 1 到 40 個字的編號，不含控制字元。", en: "Give a reference of 1 to 40 characters." },
    when: "The reference is empty, too long, holds control characters, or does not fit beside the purpose in RmtInf/Ustrd.",
  },
  "row-repeated": {
    status: 409,
    title: { "zh-Hant": "編號重複", en: "This reference was there before" },
    action: {
      "zh-Hant": "同一核定對同一編號只付一次；沒有重複付款。",
      en: "One decision pays one reference once; it is not paid again.",
    },
    when: "The same reference stands earlier in this roster, or in another one of the same decision.",
  },
  "row-programme": {
    status: 422,
    title: { "zh-Hant": "這一行屬於另一個計畫", en: "This line belongs to another programme" },
    action: {
      "zh-Hant": "一份名冊只付一個計畫，請分開匯入。",
      en: "A roster pays from one programme; import it apart.",
    },
    when: "The programme cell names another programme than the import.",
  },
  "row-currency": {
    status: 422,
    title: { "zh-Hant": "幣別不正確", en: "The currency is not the country's" },
    action: { "zh-Hant": "請改用本國幣別。", en: "Use the country's currency." },
    when: "The currency cell is not the currency of the payer's accounts.",
  },
  "batch-unknown": {
    status: 404,
    title: { "zh-Hant": "查無此批次", en: "There is no such batch" },
    action: { "zh-Hant": "請從批次清單選擇。", en: "Choose one from the list." },
    when: "No batch has this id.",
  },
  "batch-empty": {
    status: 409,
    title: { "zh-Hant": "沒有可以組成批次的撥款", en: "No payment is ready for a batch" },
    action: {
      "zh-Hant": "請先匯入名冊或核定案件；新帳戶要等 24 小時或由銀行確認。",
      en: "Import a roster or approve cases first; new accounts wait 24 hours or for the bank's confirmation.",
    },
    when: "No payment of the programme is approved once and free; `params.heldOut` counts those whose account is too new.",
  },
  "batch-busy": {
    status: 409,
    title: { "zh-Hant": "這個計畫有一個批次還在彙整", en: "Another batch of this programme is being gathered" },
    action: {
      "zh-Hant": "請等它完成；提出人可以接續，任何承辦人也可以先收回它。",
      en: "Wait for it. Its maker can go on with it, or any officer can recall it.",
    },
    when: "Somebody else's batch of the programme, or this maker's for another day, is still `gathering`.",
  },
  "batch-changed": {
    status: 409,
    title: { "zh-Hant": "批次內容在您查看之後變了", en: "The batch changed after you looked at it" },
    action: {
      "zh-Hant": "請重新查看批次。若有撥款已經異動，所有核准都已失效，須重新提出。",
      en: "Look at it again. If one of its payments has moved, all approvals are void: propose it anew.",
    },
    when: "The hash is not the batch's, or one of its payments has moved since it was proposed.",
  },
  "batch-stopped": {
    status: 409,
    title: { "zh-Hant": "批次中同一帳戶收款太多筆", en: "Too many payments of the batch go to one account" },
    action: {
      "zh-Hant": "請查看列出的帳戶，取消不該付的撥款後重新提出。",
      en: "Look at the accounts that are listed, cancel what should not be paid, and propose anew.",
    },
    when: "More payments than the programme's `maxPerAccount` would go to one account.",
  },
  "batch-late": {
    status: 409,
    title: { "zh-Hant": "趕不上原定的付款日", en: "The day of payment can no longer be kept" },
    action: {
      "zh-Hant": "核准只對原定的日期有效。請收回批次，以新的日期重新提出。",
      en: "The approval holds for its day only. Recall the batch and propose it for another day.",
    },
    when: "The bank's next entry day is after the batch's day, or the wanted day is no day on which banks pay.",
  },
  "batch-not-recallable": {
    status: 409,
    title: { "zh-Hant": "這個批次現在不能收回", en: "This batch cannot be recalled now" },
    action: { "zh-Hant": "已送出的檔案請與銀行聯絡。", en: "For files that were sent, speak with the bank." },
    when: "It was recalled before, or all of its files were sent.",
  },
  "not-batchable": {
    status: 409,
    title: { "zh-Hant": "這個批次現在不能放行", en: "This batch cannot be released now" },
    action: { "zh-Hant": "請查看它目前的狀態。", en: "Look at its present state." },
    when: "The batch is not waiting for approval; `params.state` says where it is.",
  },
});
