import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  checkbox,
  emptyState,
  errorOf,
  errorSummary,
  fieldset,
  form,
  formatDate,
  html,
  icon,
  inLanguage,
  page,
  paths,
  pickCards,
  postButton,
  selectInput,
  show,
  table,
  tag,
  textInput,
  timeline,
  type Chrome,
  type FieldError,
  type Html,
  type HtmlPage,
  type Tag,
} from "#ui";
import { mandateTitles } from "../contract.ts";
import type { GivenMandate, MandateStepName } from "../mandates/index.ts";

/** What may be chosen, and what it is called. */
export interface ScopeChoice {
  readonly scope: string;
  readonly title: Localised;
}

/** Where these pages stand. */
export const mandatePaths: Readonly<Record<"all" | "give" | "powers", string>> = {
  all: paths.mandates,
  give: "/mandates/new",
  powers: "/desk/powers",
};

const words = {
  title: both("委任", "Mandates"),
  lede: both(
    "您可以委任別人替您辦指定的服務，到您指定的日期為止。不必把卡片或密碼交給任何人；隨時可以收回。",
    "You can let somebody act for you in the services you name, until the day you name. Nobody needs your card or your PIN, and you can end it at any time.",
  ),
  give: both("委任別人", "Give a mandate"),
  given: both("我給的委任", "Those I gave"),
  received: both("別人給我的委任", "Those I was given"),
  noneGiven: both("您沒有委任任何人。", "You have given none."),
  noneReceived: both("沒有人委任您。", "You were given none."),
  empty: both("還沒有委任", "No mandates yet"),
  emptyText: both(
    "家人或代辦人員替您辦事時，在這裡給他們委任。對方接受後才會生效。",
    "When a relative or a professional does things for you, give them a mandate here. It counts once they accept it.",
  ),
  to: both("受任人", "To"),
  from: both("委任人", "From"),
  what: both("事項", "For"),
  until: both("到期", "Until"),
  state: both("狀態", "State"),
  kind: both("種類", "Kind"),
  since: both("開始", "From"),
  confirmBy: both("須在此日前再確認", "To be confirmed again by"),
  history: both("經過", "What happened"),
  signature: both("下載簽署的委任書", "Download the signed mandate"),
  back: both("所有委任", "All mandates"),

  newTitle: both("委任別人替我辦理", "Let somebody act for me"),
  newTitleFor: both(
    (name: string) => `以「${name}」的名義委任`,
    (name: string) => `Give a mandate for ${name}`,
  ),
  who: both("受任人姓名", "Name of the one who is to act"),
  number: both("受任人身分證統一編號", "Their national identification number"),
  numberHint: both(
    "只用來確認是同一個人，不會存下來，也不會顯示給任何人。",
    "Only to be sure that it is the right person. It is not kept and shown to nobody.",
  ),
  scopes: both("可以替您辦什麼？", "What may they do for you?"),
  scopesHint: both("只勾需要的。沒有勾的，一律不能辦。", "Tick only what is needed. Nothing else is covered."),
  lasts: both("到什麼時候？", "Until when?"),
  sign: both("用卡片簽署", "Sign with the card"),
  signHint: both(
    "簽署後，對方會在登入時看到，接受後生效。",
    "The other sees it on signing in. It counts once they accept.",
  ),
};

const stateTags: Readonly<Record<GivenMandate["state"], Tag>> = {
  proposed: { tone: "wait", text: both("等待接受", "Waiting to be accepted") },
  active: { tone: "good", text: both("有效", "In force") },
  declined: { tone: "quiet", text: both("已婉拒", "Declined") },
  suspended: { tone: "wait", text: both("暫停", "Suspended") },
  revoked: { tone: "quiet", text: both("已終止", "Ended") },
  expired: { tone: "quiet", text: both("已到期", "Run out") },
  unconfirmed: { tone: "wait", text: both("逾期未確認，暫不生效", "Not confirmed, so not in force") },
  ended: { tone: "quiet", text: both("因登記資料變更而終止", "Ended by a register") },
};

const stepTitles: Readonly<Record<MandateStepName, Localised>> = {
  given: both("簽署委任", "Given and signed"),
  accepted: both("接受", "Accepted"),
  declined: both("婉拒", "Declined"),
  suspended: both("暫停", "Suspended"),
  resumed: both("恢復", "Resumed"),
  confirmed: both("再次確認", "Confirmed again"),
  revoked: both("收回", "Revoked"),
  resigned: both("辭任", "Resigned"),
};

const stepButtons: Readonly<
  Record<Exclude<MandateStepName, "given">, { readonly text: Localised; readonly kind: "main" | "quiet" | "stop" }>
> = {
  accepted: { text: both("接受委任", "Accept"), kind: "main" },
  declined: { text: both("婉拒", "Decline"), kind: "quiet" },
  confirmed: { text: both("再確認一年", "Confirm for another year"), kind: "main" },
  resumed: { text: both("恢復", "Resume"), kind: "main" },
  suspended: { text: both("暫停", "Suspend"), kind: "quiet" },
  resigned: { text: both("不再代理", "Resign"), kind: "stop" },
  revoked: { text: both("立即收回", "End it now"), kind: "stop" },
};

/** The mandates one gave and was given. */
export function mandatesPage(
  view: {
    readonly given: readonly GivenMandate[];
    readonly received: readonly GivenMandate[];
    readonly scopes: readonly ScopeChoice[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const list = (mandates: readonly GivenMandate[], other: "given" | "received") =>
    table({
      caption: t[other],
      captionHidden: true,
      columns: [{ head: other === "given" ? t.to : t.from }, { head: t.what }, { head: t.until }, { head: t.state }],
      rows: mandates.map((mandate) => ({
        cells: [
          html`<a href="${mandatePaths.all}/${mandate.id}"
            >${show(other === "given" ? mandate.representative.name : mandate.principal.name, lang)}</a
          >`,
          scopesText(mandate.scopes, view.scopes, lang),
          formatDate(mandate.validTo, lang),
          tag(stateTags[mandate.state], lang),
        ],
      })),
    });
  const none = view.given.length + view.received.length === 0;
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${
      none
        ? emptyState({
            drawing: icon("mountain"),
            title: t.empty,
            text: t.emptyText,
            action: buttonLink(t.give, mandatePaths.give),
          })
        : html`<p>${buttonLink(t.give, mandatePaths.give)}</p>
            <h2>${t.received}</h2>
            ${view.received.length === 0 ? html`<p>${t.noneReceived}</p>` : list(view.received, "received")}
            <h2>${t.given}</h2>
            ${view.given.length === 0 ? html`<p>${t.noneGiven}</p>` : list(view.given, "given")}`
    }`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", body });
}

/** What was typed into the form for a new mandate. */
export interface MandateForm {
  readonly name: string;
  readonly kind: string;
  readonly scopes: readonly string[];
  readonly months: string;
}

/** The form for a new mandate. The number is never sent back to the page. */
export function giveMandatePage(
  view: {
    readonly form: MandateForm;
    readonly kinds: readonly GivenMandate["kind"][];
    readonly scopes: readonly ScopeChoice[];
    /** The company in whose name it would be. */
    readonly company?: string;
    readonly errors?: readonly FieldError[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { errors } = view;
  const title = view.company === undefined ? t.newTitle : t.newTitleFor(view.company);
  const body = html`<div class="narrow">
    <a class="back" href="${mandatePaths.all}">${t.back}</a>
    ${errorSummary(errors, lang)}
    <h1>${title}</h1>
    ${form(
      { action: mandatePaths.give, csrf: chrome.csrf },
      html`${textInput({ id: "name", label: words.who, value: view.form.name, width: "medium", autocomplete: "off", error: errorOf(errors, "name") }, lang)}
        ${textInput({ id: "number", label: words.number, hint: words.numberHint, width: "medium", autocomplete: "off", error: errorOf(errors, "number") }, lang)}
        ${
          view.kinds.length > 1
            ? fieldset(
                { id: "kind", legend: t.kind, error: errorOf(errors, "kind") },
                pickCards(
                  {
                    name: "kind",
                    chosen: view.form.kind,
                    choices: view.kinds.map((kind) => ({ value: kind, text: mandateTitles[kind] })),
                  },
                  lang,
                ),
                lang,
              )
            : ""
        }
        ${fieldset(
          { id: "scope-0", legend: t.scopes, hint: t.scopesHint, error: errorOf(errors, "scope-0") },
          view.scopes.map(({ scope, title: label }, at) =>
            checkbox({ id: `scope-${at}`, value: scope, label, checked: view.form.scopes.includes(scope) }, lang),
          ),
          lang,
        )}
        ${selectInput(
          {
            id: "months",
            label: words.lasts,
            value: view.form.months,
            error: errorOf(errors, "months"),
            options: [
              { value: "1", text: both("一個月", "One month") },
              { value: "3", text: both("三個月", "Three months") },
              { value: "6", text: both("六個月", "Six months") },
              { value: "12", text: both("一年", "One year") },
              { value: "24", text: both("兩年（每年確認一次）", "Two years, confirmed every year") },
            ],
          },
          lang,
        )}
        <p class="hint">${t.signHint}</p>
        ${actions(button(t.sign))}`,
    )}
  </div>`;
  return page({ ...chrome, lang, title, area: "citizen", error: Boolean(errors?.length), body });
}

/** One mandate: what it says, what happened to it, and what the one who looks may do. */
export function mandatePage(
  view: {
    readonly mandate: GivenMandate;
    readonly steps: readonly { readonly what: MandateStepName; readonly by: string; readonly at: Date }[];
    readonly may: readonly Exclude<MandateStepName, "given">[];
    readonly scopes: readonly ScopeChoice[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { mandate, steps, may } = view;
  const line = (name: string, value: Html | string) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  const title = `${mandate.principal.name} → ${mandate.representative.name}`;
  const body = html`<a class="back" href="${mandatePaths.all}">${t.back}</a>
    <h1>${title}</h1>
    <p>${tag(stateTags[mandate.state], lang)}</p>
    <dl class="facts">
      ${line(t.kind, show(mandateTitles[mandate.kind], lang))}${line(t.from, show(mandate.principal.name, lang))}
      ${line(t.to, show(mandate.representative.name, lang))}
      ${line(t.what, scopesText(mandate.scopes, view.scopes, lang))}
      ${line(t.since, formatDate(mandate.validFrom, lang))}${line(t.until, formatDate(mandate.validTo, lang))}
      ${
        mandate.confirmBy && mandate.confirmBy < mandate.validTo
          ? line(t.confirmBy, formatDate(mandate.confirmBy, lang))
          : ""
      }
    </dl>
    ${actions(
      ...(Object.keys(stepButtons) as (keyof typeof stepButtons)[])
        .filter((step) => may.includes(step))
        .map((step) =>
          postButton({
            action: `${mandatePaths.all}/${mandate.id}`,
            csrf: chrome.csrf,
            text: show(stepButtons[step].text, lang),
            kind: stepButtons[step].kind,
            name: "step",
            value: step,
          }),
        ),
    )}
    <h2>${t.history}</h2>
    ${timeline(
      steps.map(({ what, by, at }, index) => ({
        at,
        title: stepTitles[what],
        by,
        state: index === steps.length - 1 ? "now" : "done",
      })),
      lang,
    )}
    <p><a href="${mandatePaths.all}/${mandate.id}/signed" download>${t.signature}</a></p>`;
  return page({ ...chrome, lang, title, area: "citizen", body });
}

/** Scopes in words; one that has none is shown as it is. */
export function scopesText(scopes: readonly string[], choices: readonly ScopeChoice[], lang: Language): Html {
  const texts = scopes.map((scope) => {
    const choice = choices.find((one) => one.scope === scope);
    return choice ? show(choice.title, lang) : html`<code>${scope}</code>`;
  });
  return html`<span>${texts.map((text, at) => (at === 0 ? text : html`${lang === "en" ? ", " : "、"}${text}`))}</span>`;
}
