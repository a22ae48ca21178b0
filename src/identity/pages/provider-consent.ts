import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  button,
  factList,
  form,
  html,
  inLanguage,
  note,
  page,
  show,
  tag,
  type Chrome,
  type Fact,
  type HtmlPage,
  type Source,
  type Text,
} from "#ui";

/** One thing that a relying party asks for, with what it would get. */
export interface AskedItem {
  readonly scope: string;
  readonly label: Localised;
  readonly optional: boolean;
  /** The present value as text; without it `missing` says why there is none. */
  readonly value?: Text;
  readonly missing?: "no-data" | "not-allowed" | "source-unavailable" | "level-too-low";
  readonly source?: Source;
}

export interface ReleaseView {
  readonly action: string;
  readonly cancel: string;
  readonly client: {
    readonly name: Localised;
    readonly purpose: Localised;
    /** Empty where the person's consent is the only ground. */
    readonly legalBasis: string;
    readonly retention: Localised;
    readonly sandbox: boolean;
    /** Where the person goes back to: the host. */
    readonly host: string;
  };
  readonly contextMessage?: string | undefined;
  /** For whom the person acts, if not for themself. */
  readonly party?: { readonly name: string; readonly kind: Localised } | undefined;
  readonly items: readonly AskedItem[];
}

const words = {
  title: both(
    (name: string) => `要讓「${name}」知道您是誰嗎？`,
    (name: string) => `Let ${name} know who you are?`,
  ),
  sandbox: both(
    "這是測試中的應用程式，尚未經過核可。它只能用虛構的人物。",
    "This is a test client that nobody has approved. It may use invented people only.",
  ),
  says: both("對方說明", "They say"),
  purpose: both("目的", "Purpose"),
  legalBasis: both("法律依據", "Legal basis"),
  consent: both("您的同意", "your consent"),
  retention: both("保存多久", "Kept for"),
  goesTo: both("送到", "Sent to"),
  actsFor: both("您代理", "You act for"),
  gets: both("對方會得到", "What they get"),
  always: both("只有這個機關知道，別的機關拿到的是另一個", "only this organisation knows it; another one gets another"),
  code: both("代號", "A name for you"),
  give: both("提供給對方（可以不給）", "Give it to them (you may leave it out)"),
  missing: both(
    {
      "no-data": "查無資料",
      "not-allowed": "這個應用程式不能取得",
      "source-unavailable": "來源機關目前無法回覆",
      "level-too-low": "需要用卡片重新登入才能提供",
    },
    {
      "no-data": "no data",
      "not-allowed": "this client may not have it",
      "source-unavailable": "the source cannot answer now",
      "level-too-low": "needs a sign-in with the card",
    },
  ),
  once: both("只限這一次。之後對方要再取得，會再問您。", "This once only. If they want it again, you are asked again."),
  yes: both("同意並繼續", "Agree and continue"),
  no: both("不同意", "Do not agree"),
};

/** Who asks, for what purpose, and each thing they would get with its present value; what is optional can be left out. */
export function releasePage(view: ReleaseView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { client } = view;
  const title = t.title(client.name[lang]);
  const item = ({ scope, label, optional, value, missing, source }: AskedItem): Fact => ({
    label,
    value: html`${value === undefined ? (missing ? t.missing[missing] : "") : show(value, lang)}${
      optional
        ? html`<label class="tick" for="give-${scope}"
            ><input type="checkbox" id="give-${scope}" name="give" value="${scope}" /><span
              >${t.give}<span class="aside"> ${show(label, lang)}</span></span
            ></label
          >`
        : ""
    }`,
    ...(source && { source }),
  });
  const body = html`<div class="narrow">
    <h1>${title}</h1>
    ${client.sandbox ? note(html`<p>${t.sandbox}</p>`, "wait") : ""}
    ${view.contextMessage ? note(html`<p><b>${t.says}</b> ${show(view.contextMessage, lang)}</p>`) : ""}
    ${factList(
      [
        { label: words.purpose, value: client.purpose },
        { label: words.legalBasis, value: client.legalBasis || words.consent },
        { label: words.retention, value: client.retention },
        { label: words.goesTo, value: client.host },
        ...(view.party
          ? [
              {
                label: words.actsFor,
                value: html`${show(view.party.name, lang)} ${tag({ tone: "info", text: view.party.kind }, lang)}`,
              },
            ]
          : []),
      ],
      lang,
    )}
    ${form(
      { action: view.action, csrf: chrome.csrf },
      html`<h2>${t.gets}</h2>
        ${factList([{ label: words.code, value: words.always }, ...view.items.map(item)], lang)}
        <p class="remark">${t.once}</p>
        ${actions(button(t.yes))}`,
    )}
    ${form({ action: view.cancel, csrf: chrome.csrf }, button(t.no, { kind: "quiet" }))}
  </div>`;
  return page({ ...chrome, lang, title, area: "citizen", body });
}
