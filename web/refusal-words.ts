import type { ListCode } from "#ledger/lists";

/** Why a check refused, and what to do: one text for each code, so that a new code does not compile without its words. */
type RefusalWords = Readonly<Record<ListCode, string>>;

/** Loaded only when a check has failed. */
export const refusalWords: Readonly<Record<"zh-Hant" | "en", RefusalWords>> = {
  "zh-Hant": {
    "receipt-malformed": "這個檔案不是收據，或是不完整。請重新下載一次再驗。",
    "proof-malformed": "收據裡的證明讀不出來，可能少了一段。請重新下載一次再驗。",
    "note-malformed": "證明裡的簽章部分讀不出來，可能被剪掉或改過。請重新下載一次再驗。",
    "checkpoint-malformed": "證明裡的紀錄版本（筆數與樹根）讀不出來。請重新下載一次再驗。",
    "tree-too-large": "收據說的紀錄筆數大得不合理，這份收據不可信。",
    "policy-malformed": "見證規則讀不出來，不是收據的錯。請稍後再試，或用您自己存的見證規則驗。",
    "entry-unreadable": "收據裡的那一筆讀不出來。檔案可能壞了，請重新下載一次。",
    "log-not-in-policy": "見證規則裡沒有這份紀錄：紀錄是假的，或見證規則太舊。請換最新的見證規則再驗。",
    "log-signature-missing": "這一版沒有紀錄保管者的簽章，不能相信。請向原單位重新要一份收據。",
    "log-signature-wrong": "紀錄保管者的簽章不對：簽章是假的，或簽過的內容被改過，不能相信。",
    "witness-signature-wrong": "有一位見證者的簽章不對：簽章是假的，或簽過的內容被改過，不能相信。",
    "witness-time-ahead": "有一位見證者的簽章日期還沒到。請先看這臺裝置的時鐘準不準；時鐘準的話，這份收據不能相信。",
    "witnesses-too-few": "獨立見證者的簽章不夠。剛寫下的一筆請過一會兒重新下載；不是剛寫下的，就不能相信。",
    "index-outside-tree": "收據說的位置超出簽過章的紀錄：位置被改過，或證明是別的版本的。",
    "proof-length-wrong": "證明的長短與這個位置不合：少了、多了，或位置被改過。請重新下載一次再驗。",
    "root-differs": "照收據走不到簽過章的樹根：這一筆或證明被改過。",
    "opening-malformed": "收據裡用來核對內容的部分不完整，無法核對。請重新下載一次再驗。",
    "opening-differs": "紀錄裡有這一筆，可是收據寫給您看的內容不是當初承諾的那一份。",
    "list-malformed": "這份清單的證明不完整或被改過。請重新整理網頁再驗一次。",
    "root-not-of-index": "清單附的收據不是索引的樹根，不能證明沒有漏掉。",
    "root-too-early": "索引自稱涵蓋了比它更晚的紀錄，不能相信。",
    "label-differs": "清單的標籤不是您的：可能拿到別人的清單，或機關用錯號碼。",
    "list-withheld": "索引裡有您的清單，機關卻沒有拿出來。",
    "list-of-another": "這份清單是別的紀錄或別的系統的，不是這裡要的那一份。",
    "list-differs": "清單與索引不符：有幾筆被拿掉、加上，或換過。",
  },
  en: {
    "receipt-malformed": "This file is no receipt, or only a part of one. Download it again.",
    "proof-malformed": "The proof inside cannot be read; a part may be missing. Download the receipt again.",
    "note-malformed":
      "The signatures inside cannot be read; they may be cut off or changed. Download the receipt again.",
    "checkpoint-malformed":
      "The signed head inside (number of entries and root) cannot be read. Download the receipt again.",
    "tree-too-large": "The receipt states a number of entries that no log can have. Do not believe it.",
    "policy-malformed":
      "The witness policy cannot be read; the receipt is not to blame. Try again later, or check with a policy that you saved.",
    "entry-unreadable": "The entry inside cannot be read. The file may be damaged; download it again.",
    "log-not-in-policy":
      "The witness policy does not list this log: the log is not genuine, or the policy is too old. Check again with the newest policy.",
    "log-signature-missing": "The log’s keeper did not sign this head. Do not believe it; ask for a new receipt.",
    "log-signature-wrong":
      "The signature of the log’s keeper is wrong: it is forged, or what was signed has been changed. Do not believe it.",
    "witness-signature-wrong":
      "A witness’s signature is wrong: it is forged, or what was signed has been changed. Do not believe it.",
    "witness-time-ahead":
      "A witness’s signature bears a time that is still to come. See whether this device’s clock is right; if it is, do not believe the receipt.",
    "witnesses-too-few":
      "Too few independent witnesses signed. If the entry is new, download the receipt again in a moment; if not, do not believe it.",
    "index-outside-tree":
      "The receipt names a place beyond the signed record: the place was changed, or the proof is of another head.",
    "proof-length-wrong":
      "The proof does not have the length that this place needs: something is missing, added, or the place was changed. Download the receipt again.",
    "root-differs": "The receipt does not lead to the signed root: the entry or its proof was changed.",
    "opening-malformed":
      "The part that opens the content is incomplete, so it cannot be compared. Download the receipt again.",
    "opening-differs": "The entry stands in the log, but what the receipt shows you is not what was committed to.",
    "list-malformed": "The proof of this list is incomplete or was changed. Reload the page and check again.",
    "root-not-of-index":
      "The receipt with the list is not that of a root of the index, so it cannot show that nothing is missing.",
    "root-too-early": "The index claims to cover entries that came after it. Do not believe it.",
    "label-differs":
      "The label of the list is not yours: it is somebody else’s list, or the agency used a wrong number.",
    "list-withheld": "The index holds a list of yours, but the agency does not show it.",
    "list-of-another": "This is the list of another log or system, not the one that was asked for.",
    "list-differs": "The list is not the one in the index: entries were taken out, added or exchanged.",
  },
};
