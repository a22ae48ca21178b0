import type { Language } from "#kernel";
import {
  both,
  buttonLink,
  details,
  factList,
  html,
  inLanguage,
  originLine,
  page,
  paths,
  plain,
  show,
  type Chrome,
  type HtmlPage,
  type Text,
} from "#ui";

/** What will be fetched for a service, said before anyone signs in. */
export interface FetchedData {
  readonly agency: Text;
  readonly dataset: Text;
  readonly fields: Text;
  readonly purpose: Text;
}

export interface ServiceView {
  readonly name: Text;
  readonly summary: Text;
  readonly agency: Text;
  /** Who may apply, one condition a line. */
  readonly who: readonly Text[];
  readonly duration: Text;
  readonly fee: Text;
  readonly amount?: Text;
  readonly fetched: readonly FetchedData[];
  /** What the person must have at hand. */
  readonly needs: readonly Text[];
  readonly legalBasis: readonly { readonly name: Text; readonly href?: string }[];
  readonly remedies: Text;
  /** How surely one must prove who one is, said before anybody begins. */
  readonly proof?: Text;
  readonly startHref: string;
}

const words = {
  back: both("全部服務", "All services"),
  start: both("開始申請", "Start now"),
  who: both("誰可以申請", "Who can apply"),
  fetched: both("我們會替您取得的資料", "What we fetch for you"),
  fetchedText: both(
    "登入後會再請您逐項看過並同意，才會去取。",
    "After you sign in you see each item again and agree before anything is fetched.",
  ),
  purpose: both("用途", "Purpose"),
  needs: both("請準備", "Have ready"),
  remedies: both("不服決定時", "If you disagree with the decision"),
  glance: both("一眼看懂", "At a glance"),
  duration: both("多久", "How long"),
  fee: both("費用", "Fee"),
  amount: both("補助", "You get"),
  agency: both("承辦", "Run by"),
  proof: both("怎麼確認身分", "Proving who you are"),
  law: both("法律依據", "Legal basis"),
  counter: both(
    "不方便上網？到任何一個區公所櫃台，同仁會用同一套系統替您辦理。",
    "No internet? Any district office can do this for you, in the same system.",
  ),
  counterTitle: both("改到櫃台辦理", "Apply at a counter instead"),
};

/** What a service is: for whom, how long, what is fetched from whom, under which law; and where to begin. */
export function servicePage(view: ServiceView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const laws = html`${view.legalBasis.map(
    ({ name, href }) =>
      html`<span class="law">${href ? html`<a href="${href}">${show(name, lang)}</a>` : show(name, lang)}</span>`,
  )}`;
  const body = html`<a class="back" href="${paths.services}">${t.back}</a>
    <div class="two">
      <div>
        <h1>${show(view.name, lang)}</h1>
        <p class="lede">${show(view.summary, lang)}</p>
        <p class="start">${buttonLink(t.start, view.startHref, "sun")}</p>
        <h2>${t.who}</h2>
        <ul class="ticks">
          ${view.who.map((condition) => html`<li>${show(condition, lang)}</li>`)}
        </ul>
        <h2>${t.needs}</h2>
        <ul>
          ${view.needs.map((need) => html`<li>${show(need, lang)}</li>`)}
        </ul>
        <h2>${t.fetched}</h2>
        <p>${t.fetchedText}</p>
        ${view.fetched.map(
          (one) =>
            html`<div class="card">
              <h3>${show(one.agency, lang)}${lang === "en" ? ", " : "，"}${show(one.dataset, lang)}</h3>
              <p class="fields">${show(one.fields, lang)}</p>
              ${originLine(words.purpose, show(one.purpose, lang), lang)}
            </div>`,
        )}
        <h2>${t.remedies}</h2>
        <p>${show(view.remedies, lang)}</p>
        ${details(t.counterTitle, html`<p>${t.counter}</p>`)}
      </div>
      <aside aria-label="${t.glance}">
        <div class="card">
          <h2>${t.glance}</h2>
          ${factList(
            [
              ...(view.amount ? [{ label: words.amount, value: view.amount }] : []),
              { label: words.duration, value: view.duration },
              { label: words.fee, value: view.fee },
              ...(view.proof ? [{ label: words.proof, value: view.proof }] : []),
              { label: words.agency, value: view.agency },
              { label: words.law, value: laws },
            ],
            lang,
          )}
        </div>
      </aside>
    </div>`;
  return page({ ...chrome, lang, title: plain(view.name, lang), area: "citizen", active: "services", body });
}
