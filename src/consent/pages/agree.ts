import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  factList,
  form,
  html,
  inLanguage,
  originLine,
  page,
  plain,
  show,
  taskSteps,
  type Chrome,
  type HtmlPage,
  type Text,
} from "#ui";

/** What one agency is asked for. */
export interface AskedData {
  readonly agency: Text;
  readonly dataset: Text;
  /** The fields by name, nothing that is not listed is fetched. */
  readonly fields: readonly Text[];
  readonly purpose: Text;
}

export interface AgreeView {
  readonly steps: { readonly names: readonly Text[]; readonly current: number };
  /** Who wants the data. */
  readonly requester: Text;
  readonly service: Text;
  /** Whose data it is, when that is another person than the one reading. */
  readonly subject?: string;
  readonly asked: readonly AskedData[];
  readonly legalBasis: Text;
  readonly retention: Text;
  readonly readers: Text;
  readonly onward: Text;
  readonly refusal: Text;
  /** The form posts `answer=agree` or `answer=refuse` here. */
  readonly action: string;
  /** Identifies the text that was shown, so that the record says what was agreed to. */
  readonly version: string;
}

const numerals = ["零", "一", "兩", "三", "四", "五", "六", "七", "八", "九", "十"];
const english = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

const words = {
  title: both(
    (count: number) => `我們會向${numerals[count] ?? ` ${count} `}個機關取得資料`,
    (count: number) => `We will fetch data from ${english[count] ?? count} ${count === 1 ? "agency" : "agencies"}`,
  ),
  lede: both(
    "您不用附任何文件。只取辦理這件事需要的欄位，看完可以不同意。",
    "You attach no papers. Only the fields this needs are fetched. Read it through; you are free to refuse.",
  ),
  purpose: both("用途", "Purpose"),
  requester: both("誰要用", "Who wants it"),
  subject: both("誰的資料", "Whose data"),
  law: both("法律依據", "Legal basis"),
  retention: both("保存多久", "Kept for"),
  readers: both("誰看得到", "Who sees it"),
  onward: both("會再給誰", "Passed on to"),
  refusal: both("不同意的話", "If you refuse"),
  agree: both("同意並取得", "Agree and fetch"),
  refuse: both("不同意，改到櫃台辦理", "Refuse and apply at a counter"),
  later: both("以後可以改變心意", "You can change your mind"),
  laterText: both(
    "隨時到「我的同意」撤回，之後不再取得任何資料。已送出的案件照常辦理。",
    "Withdraw under “My agreements” at any time; from then on nothing more is fetched. An application you sent goes on.",
  ),
  sealed: both(
    "這份同意會簽章，並記入防竄改紀錄。您馬上會拿到收據。",
    "This agreement is signed and entered in the tamper-proof record. You get a receipt at once.",
  ),
  record: both("紀錄", "Record"),
};

/** Everything that will be fetched, before it is: agree and refuse are one press each, nothing is ticked beforehand. */
export function agreePage(view: AgreeView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const comma = lang === "en" ? ", " : "、";
  const title = t.title(view.asked.length);
  const body = html`${taskSteps(view.steps.names, view.steps.current, lang)}
    <div class="two">
      <div>
        <h1>${title}</h1>
        <p class="lede">${t.lede}</p>
        ${view.asked.map(
          (one) =>
            html`<div class="card">
              <h2 class="asked">${show(one.agency, lang)}${lang === "en" ? ", " : "，"}${show(one.dataset, lang)}</h2>
              <p class="fields">${show(one.fields.map((field) => plain(field, lang)).join(comma), lang)}</p>
              ${originLine(words.purpose, show(one.purpose, lang), lang)}
            </div>`,
        )}
        <div class="terms">
          ${factList(
            [
              { label: words.requester, value: view.requester },
              ...(view.subject ? [{ label: words.subject, value: view.subject }] : []),
              { label: words.law, value: view.legalBasis },
              { label: words.retention, value: view.retention },
              { label: words.readers, value: view.readers },
              { label: words.onward, value: view.onward },
              { label: words.refusal, value: view.refusal },
            ],
            lang,
          )}
        </div>
        ${form(
          { action: view.action, csrf: chrome.csrf },
          html`<input type="hidden" name="version" value="${view.version}" />${actions(
              button(t.agree, { name: "answer", value: "agree" }),
              button(t.refuse, { name: "answer", value: "refuse", kind: "quiet" }),
            )}`,
        )}
      </div>
      <aside>
        <div class="card">
          <h2>${t.later}</h2>
          <p>${t.laterText}</p>
          ${originLine(words.record, t.sealed, lang)}
        </div>
      </aside>
    </div>`;
  return page({ ...chrome, lang, title, area: "citizen", active: "services", body });
}
