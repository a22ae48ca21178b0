import type { Language } from "#kernel";
import { both, type Text } from "#ui";

/** What can be wrong with a log or its entries, as the monitor names it. */
export type FindingKind =
  | "unavailable"
  | "broken-file"
  | "bad-signature"
  | "quorum-missing"
  | "stale"
  | "shrunk"
  | "fork"
  | "mismatch"
  | "schema"
  | "merge-delay"
  | "orphan-consumer"
  | "orphan-provider"
  | "index-key-changed"
  | "index-went-back"
  | "index-missing"
  | "configuration-split";

/** Why a log could not be shown. `detail` is the program's own words, English. */
export interface LogTrouble {
  readonly kind: FindingKind;
  readonly detail: string;
}

interface FindingWords {
  readonly title: Readonly<Record<Language, string>>;
  readonly meaning: Readonly<Record<Language, string>>;
  readonly next: Readonly<Record<Language, string>>;
}

/** Each kind of finding in plain words: its name, what it means, what happens next. */
export const troubleWords: Readonly<Record<FindingKind, FindingWords>> = {
  unavailable: {
    title: both("讀不到", "Silent"),
    meaning: both("這份紀錄的檔案現在讀不到。", "A file of this log cannot be had right now."),
    next: both(
      "每一輪都會再試。長時間讀不到，見證者仍保有它最後一版的簽章，事後補不出另一段歷史。",
      "Each round tries again. However long it lasts, the witnesses keep its last signed head, so no other history can be put in its place later.",
    ),
  },
  "broken-file": {
    title: both("檔案對不上", "File does not fit"),
    meaning: both(
      "送出來的檔案算不出簽過章的根：檔案壞了，或被換過。",
      "A file does not lead to the signed root: it is damaged, or was exchanged.",
    ),
    next: both(
      "這裡不顯示對不上的內容。保管的機關必須從備份還原正確的檔案，並說明原因。",
      "Nothing that does not fit is shown here. Its keeper has to restore the right file and say what happened.",
    ),
  },
  "bad-signature": {
    title: both("簽章不對", "Wrong signature"),
    meaning: both("最新一版不是這份紀錄自己簽的。", "The newest head was not signed by this log."),
    next: both(
      "不採用這一版。請以設定中公布的驗證金鑰為準；監理機關會向保管的機關查問。",
      "That head is not used. The key in the signed configuration counts; the supervisor asks the keeper.",
    ),
  },
  "quorum-missing": {
    title: both("見證不足", "Too few witnesses"),
    meaning: both("最新一版的見證者簽章還不夠。", "Too few witnesses have signed the newest head."),
    next: both(
      "紀錄照樣收，等見證者恢復後補簽；在那之前，最新幾筆還不能開立收據。",
      "The log goes on and is signed when the witnesses are back; until then its newest entries have no receipt.",
    ),
  },
  stale: {
    title: both("停住了", "Standing still"),
    meaning: both("見證者一個多小時沒有再簽這份紀錄。", "No witness has signed this log for more than an hour."),
    next: both(
      "保管的機關要查出停在哪裡。停住不會改掉任何已經寫下的一筆。",
      "Its keeper has to find out why. Standing still changes nothing that was written.",
    ),
  },
  shrunk: {
    title: both("倒退", "Rolled back"),
    meaning: both(
      "曾經公布過的紀錄不見了：現在的筆數比看過的少。",
      "Entries that were published are gone: it now serves fewer than were seen.",
    ),
    next: both(
      "見證者拒簽較少的一版，紀錄會停下來，直到從公開的檔案補回原來的內容。這一項會一直留著。",
      "Witnesses refuse to sign the smaller tree, and the log stops until the entries are restored from the published files. This finding stays.",
    ),
  },
  fork: {
    title: both("分岔", "Forked"),
    meaning: both(
      "這份紀錄簽了兩套不能同時成立的歷史。下面的兩份簽章就是證據。",
      "The log signed two histories that cannot both be true. The two signed notes are the proof.",
    ),
    next: both(
      "兩份都留存並通知見證者與監理機關；這份紀錄到此為止，由新的紀錄接續並說明原因。",
      "Both are kept and shown to the witnesses and the supervisor. The log ends here; a new one follows it and says why.",
    ),
  },
  mismatch: {
    title: both("兩邊說法不同", "The two sides differ"),
    meaning: both(
      "同一次資料交換，雙方記下的內容互相矛盾。",
      "Both sides recorded the same exchange, and their entries contradict each other.",
    ),
    next: both(
      "雙方各自保存的完整紀錄可以對質；監理機關會要求兩邊說明。",
      "Each side keeps the full record behind its entry; the supervisor asks both.",
    ),
  },
  schema: {
    title: both("格式不符", "Not on the list"),
    meaning: both("有一筆不在公布的種類清單上。", "An entry is not of the published kinds."),
    next: both(
      "這一筆照樣保留，因為誰也不能刪。寫入的機關要更正程式並說明。",
      "It stays, since nobody can delete. The agency that wrote it has to mend its program and explain.",
    ),
  },
  "merge-delay": {
    title: both("延遲公布", "Published late"),
    meaning: both(
      "有些紀錄在發生之後過了太久才公布。",
      "Some entries were published long after they say they happened.",
    ),
    next: both(
      "查明是故障還是刻意壓著。這一項會一直留著。",
      "Its keeper has to say whether this was a fault. The finding stays.",
    ),
  },
  "orphan-consumer": {
    title: both("提供資料的一方沒有記", "The providing side is missing"),
    meaning: both(
      "要求資料的一方記下了收到的回覆，提供的一方卻沒有記。",
      "The side that asked recorded an answer; the side that answered recorded nothing.",
    ),
    next: both(
      "之後補記就會消失。沒有補記，監理機關會向提供資料的機關查問。",
      "It goes away if the other entry comes late. If not, the supervisor asks the providing agency.",
    ),
  },
  "orphan-provider": {
    title: both("要求資料的一方沒有記", "The asking side is missing"),
    meaning: both(
      "資料已經提供出去，要求的一方卻沒有留下紀錄。這是最要緊的一種。",
      "Data were given out, and the side that asked recorded nothing. This is the grave one.",
    ),
    next: both(
      "之後補記就會消失。沒有補記，監理機關會向要求資料的機關查問這次讀取的理由。",
      "It goes away if the other entry comes late. If not, the supervisor asks that agency why it read.",
    ),
  },
  "index-key-changed": {
    title: both("個人索引換了金鑰", "The index of people has another key"),
    meaning: both(
      "個人紀錄索引的金鑰從一開始就不能換。換了，就能讓同一個人看到兩份不同的清單。",
      "The key of the index that proves people’s lists whole must never change. With another one, a person could be shown two different lists.",
    ),
    next: both(
      "從這裡開始的清單不能當作完整的證明。保管的機關必須說明。這一項會一直留著。",
      "Lists from here on do not count as proof that nothing is missing. Its keeper has to explain. The finding stays.",
    ),
  },
  "index-went-back": {
    title: both("個人索引倒退或超前", "The index of people went back or ahead"),
    meaning: both(
      "個人紀錄索引涵蓋的筆數比上一次少，或涵蓋了還不存在的紀錄。",
      "The index that proves people’s lists whole covers fewer entries than before, or entries that do not exist yet.",
    ),
    next: both(
      "保管的機關要說明原因。以前拿到的清單仍然有效。這一項會一直留著。",
      "Its keeper has to explain. Lists that people got before stay valid. The finding stays.",
    ),
  },
  "index-missing": {
    title: both("個人索引沒有跟上", "The index of people is behind"),
    meaning: both(
      "有關於個人的紀錄，過了時限還沒有列入索引，所以沒有人能證明自己的清單完整。",
      "Entries about people are not in the index in time, so nobody can prove that their list is whole.",
    ),
    next: both(
      "索引補上後就會消失。沒有補上，就要問保管的機關。",
      "It goes away when the index catches up. If not, ask its keeper.",
    ),
  },
  "configuration-split": {
    title: both("閘道採用了另一份設定", "A gateway works by another configuration"),
    meaning: both(
      "閘道採用的共同設定，內容和主管機關紀錄上的不同。可能有人讓不同的閘道看到不同的名冊。",
      "The configuration that a gateway took into use is not the one in the authority’s log. Somebody may be showing gateways different registers.",
    ),
    next: both(
      "主管機關補記就會消失。沒有補記，主管機關必須說明它簽發了什麼。",
      "It goes away if the authority’s entry comes late. If not, the authority has to say what it signed.",
    ),
  },
};

const scale: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** How long ago, in words: 3 分鐘前; 3 minutes ago. */
export function ago(then: Date, now: Date, lang: Language): string {
  const seconds = Math.max(0, Math.round((now.getTime() - then.getTime()) / 1000));
  const [unit, length] = scale.find(([, size]) => seconds >= size) ?? ["second", 1];
  const words = new Intl.RelativeTimeFormat(lang === "en" ? "en" : "zh-TW", { numeric: "always" });
  return words.format(-Math.floor(seconds / length), unit);
}

/** Where entries stand, in words: 第 42 筆; entry 42. Entries count from 0, as in the files. */
export function entryName(index: number): Text {
  return both(`第 ${index} 筆`, `Entry ${index}`);
}

/** The witness's name with when it signed, for a line of its own. */
export interface SignedBy {
  readonly name: Text;
  readonly at: Date;
}
