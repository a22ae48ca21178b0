import type { Localised } from "#kernel";
import type { Text } from "#ui";
import { both } from "#ui";

interface Words {
  readonly title: Localised;
  readonly task: Localised;
}

function words(zh: string, en: string, doZh: string, doEn: string): Words {
  return { title: both(zh, en), task: both(doZh, doEn) };
}

const why: Readonly<Record<string, Words>> = {
  unmatched: words(
    "對不上任何付款",
    "Matches no payment",
    "找出是誰的；若與我們無關就退回去。",
    "Find out whose it is; if it is not ours, it goes back.",
  ),
  "amount-differs": words(
    "金額和付款不同",
    "Another amount than the payment",
    "向銀行查明差額。",
    "Ask the bank about the difference.",
  ),
  contradiction: words(
    "和我們所知矛盾",
    "Contradicts what we know",
    "看銀行的回覆，再說明這一行。",
    "Read what the bank said, then explain the line.",
  ),
  "paid-twice": words(
    "同一筆扣了兩次",
    "Taken from our account twice",
    "請銀行退回一次。",
    "Have the bank give one back.",
  ),
  "returned-twice": words(
    "同一筆退了兩次",
    "Came back twice",
    "退還銀行多的一次。",
    "Give the second one back to the bank.",
  ),
  "no-return-reason": words(
    "退回但沒有原因",
    "Came back without a reason",
    "問銀行為什麼退回。",
    "Ask the bank why it came back.",
  ),
  "asked-back": words(
    "正在追回的款項又退回",
    "Came back while it is asked back",
    "歸到那筆追回。",
    "Count it towards the recovery.",
  ),
};

/** Why a line of the bank explains nothing, and what to do about it. */
export function whyWords(code: string): Words {
  return why[code] ?? { title: both(code, code), task: both("請查明並說明。", "Find out, and explain it.") };
}

/** What each list of the reconciliation desk is called, and what its rows ask for. */
export const chores: {
  readonly lists: Readonly<
    Record<
      "asked" | "incidents" | "suspense" | "quarantine" | "unclear" | "files",
      { readonly title: Localised; readonly about: Localised }
    >
  >;
  readonly incidents: Readonly<Record<string, Words>>;
  readonly quarantine: Readonly<Record<string, Text>>;
  readonly states: Readonly<Record<string, Text>>;
  readonly done: Readonly<Record<string, Localised>>;
} = {
  lists: {
    asked: {
      title: both("等第二個人確認", "Waiting for a second person"),
      about: both(
        "同仁提出、要另一個人確認才會發生的事。",
        "What colleagues asked for and another person must confirm.",
      ),
    },
    incidents: {
      title: both("異常", "Incidents"),
      about: both(
        "有期限的待辦；有些會擋住新的銀行檔。",
        "Each is due by a time; some stop new files until they are dealt with.",
      ),
    },
    suspense: {
      title: both("待查款項", "Suspense"),
      about: both("帳戶上有、但說不出原因的每一行。", "Lines on the account that nothing explains."),
    },
    quarantine: {
      title: both("隔離的銀行回覆", "The bank's reports in quarantine"),
      about: both(
        "讀不懂、對不上或自相矛盾的回覆；什麼都沒有因此改變。",
        "Reports that cannot be read, match nothing or contradict; they changed nothing.",
      ),
    },
    unclear: {
      title: both("停在路上的付款", "Payments that stand still"),
      about: both("結果不明、退件、退匯或暫停。", "Unknown outcome, refused, came back or held."),
    },
    files: {
      title: both("送不出去的檔案", "Files that do not leave"),
      about: both("銀行沒有收下的檔案。", "Files the bank has not taken."),
    },
  },
  incidents: {
    "file-refused": words(
      "銀行退回整個檔案",
      "The bank refused a whole file",
      "修正格式，確認後整檔重送。",
      "Mend the format, then send the file's payments again.",
    ),
    "funds-missing": words(
      "付款帳戶餘額不足",
      "The payer's account lacks money",
      "補足餘額後重送。",
      "Fund the account, then send again.",
    ),
    "amount-refused": words(
      "銀行不收這個金額",
      "The bank does not take the amount",
      "查明檢查為何放過。",
      "Find out why our checks let it through.",
    ),
    "reason-unmapped": words(
      "沒看過的原因代碼",
      "A reason code nobody knows",
      "問銀行意思，歸類後再處理這筆付款。",
      "Ask the bank what it means, map it, then act on the payment.",
    ),
    "reason-in-words": words(
      "銀行用文字說明原因",
      "The bank gave its reason in words",
      "讀原文，再處理這筆付款。",
      "Read the text, then act on the payment.",
    ),
    "reference-reused": words(
      "銀行重複使用編號",
      "The bank reused a reference",
      "請銀行說明哪一行是真的。",
      "Ask the bank which line is true.",
    ),
    inquiry: words(
      "要向銀行查詢",
      "The bank must be asked",
      "問銀行這筆的下落，依答覆更正。",
      "Ask the bank where it is, and correct from its answer.",
    ),
    "payee-dead": words(
      "受款人已歿",
      "The payee has died",
      "停止付款，轉繼承程序。",
      "Stop the payment; the heirs' procedure follows.",
    ),
    overdue: words(
      "停留過久",
      "Stands too long",
      "看這筆付款，決定下一步。",
      "Look at the payment and decide what follows.",
    ),
  },
  quarantine: {
    "status-invalid": both("原檔已保存。請銀行重送正確的檔。", "The original is kept. Ask the bank for a right one."),
    "status-unmatched": both(
      "這不是我們送的檔。請與銀行核對。",
      "It is about a file we never sent. Check with the bank.",
    ),
    "notification-invalid": both(
      "原檔已保存，沒有記帳。請銀行重送正確的檔。",
      "The original is kept and nothing was booked. Ask the bank for a right one.",
    ),
    contradiction: both("依對帳單更正這筆付款。", "Correct the payment from the statement."),
    unmatched: both("請銀行說明這一行是哪一筆。", "Ask the bank which payment it means."),
    "amount-differs": both("向銀行查明，依對帳單更正。", "Ask the bank, and correct from the statement."),
    unmapped: both("問銀行代碼的意思，歸類後更正。", "Ask what the code means, map it, then correct."),
  },
  states: {
    unknown: both(
      "向銀行查詢；只依對帳單更正，絕不直接重送。",
      "Ask the bank; correct from the statement only, never send again blindly.",
    ),
    "not-received": both("兩人核准後重送同一筆。", "Two people approve that it is sent again."),
    rejected: both("依原因改付、補正或停止。", "Send another way, mend or stop it, as its reason says."),
    returned: both("依原因改付、補正或停止。", "Send another way, mend or stop it, as its reason says."),
    held: both("看暫停的原因，改付或等待。", "See why it is held; send another way, or wait."),
  },
  done: {
    done: both("已完成。", "Done."),
    asked: both("已提出，等另一位出納確認。", "Asked for; another treasury officer confirms."),
    declined: both("已收回或不同意，什麼都沒有改變。", "Taken back or declined; nothing changed."),
  },
};
