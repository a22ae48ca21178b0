import type { Language, ProblemEntry } from "#kernel";
import {
  actions,
  both,
  buttonLink,
  details,
  factList,
  formatCount,
  html,
  inLanguage,
  page,
  postButton,
  show,
  sourceLine,
  taskSteps,
  type Chrome,
  type Fact,
  type HtmlPage,
  type Source,
  type Text,
} from "#ui";

/** One agency's answer, or why there is none yet. */
export interface FetchLine {
  readonly dataset: Text;
  readonly source: Source;
  readonly state: "waiting" | "done" | "failed";
  /** What came, when it came. */
  readonly facts?: readonly Fact[];
  /** Milliseconds it took. */
  readonly took?: number;
  readonly problem?: ProblemEntry;
}

export interface FetchedView {
  readonly steps: { readonly names: readonly Text[]; readonly current: number };
  readonly lines: readonly FetchLine[];
  readonly nextHref: string;
  /** Posting here asks again, only those that failed. */
  readonly retryAction: string;
  readonly counterHref: string;
}

const words = {
  working: both("正在取得資料", "Fetching the data"),
  workingText: both(
    "通常只要一兩秒。這一頁可以重新整理，不會重複取得。",
    "This usually takes a second or two. You may reload this page; nothing is fetched twice.",
  ),
  done: both("資料都到齊了", "All the data is here"),
  doneText: both(
    "這些資料只用於這件申請。看看對不對；若不對，請向來源機關申請更正。",
    "It is used for this application only. Please look whether it is right; if not, ask the agency it comes from to correct it.",
  ),
  failed: both("有資料還沒取到", "Some data is still missing"),
  failedText: both(
    "已經取到的會留著。可以再試一次，或改到櫃台辦理。",
    "What has arrived is kept. Try again, or apply at a counter.",
  ),
  took: both(
    (took: number) => `${formatCount(took)} 毫秒`,
    (took: number) => `${formatCount(took)} ms`,
  ),
  states: both(
    { done: "已取得", failed: "沒有取到", waiting: "等待中" },
    { done: "Received", failed: "Not received", waiting: "Waiting" },
  ),
  facts: both("看取得的內容", "See what was received"),
  next: both("繼續", "Continue"),
  retry: both("再試一次", "Try again"),
  reload: both("重新整理", "Reload"),
  counter: both("改到櫃台辦理", "Apply at a counter"),
};

const marks = { done: "✓", failed: "✗", waiting: "…" };

/** What each agency answered: everything here with its source, or what is missing and how to go on. */
export function fetchedPage(view: FetchedView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const failed = view.lines.some(({ state }) => state === "failed");
  const waiting = !failed && view.lines.some(({ state }) => state === "waiting");
  const title = failed ? t.failed : waiting ? t.working : t.done;
  const tones = { done: "", failed: "bad", waiting: "wait" };
  const body = html`${taskSteps(view.steps.names, view.steps.current, lang)}
    <div class="narrow">
      <h1>${title}</h1>
      <p class="lede">${failed ? t.failedText : waiting ? t.workingText : t.doneText}</p>
      <ul class="fetch" aria-live="polite">
        ${view.lines.map(
          (line) =>
            html`<li class="${tones[line.state]}">
              <span class="dot" aria-hidden="true">${marks[line.state]}</span>
              <div>
                <h2>
                  ${show(line.dataset, lang)}<span class="aside"
                    >${lang === "en" ? ": " : "："}${t.states[line.state]}</span
                  >
                </h2>
                ${sourceLine(line.source, lang, line.dataset)}
                ${line.problem ? html`<p class="missing"><b>${show(line.problem.title, lang)}</b> ${show(line.problem.action, lang)}</p>` : ""}
                ${
                  line.facts?.length
                    ? details(
                        html`${t.facts}<span class="aside"
                            >${lang === "en" ? ": " : "："}${show(line.dataset, lang)}</span
                          >${line.took === undefined ? "" : html` <small>(${t.took(line.took)})</small>`}`,
                        factList(line.facts, lang),
                      )
                    : ""
                }
              </div>
            </li>`,
        )}
      </ul>
      ${
        failed
          ? actions(
              postButton({ action: view.retryAction, csrf: chrome.csrf, text: t.retry }),
              buttonLink(t.counter, view.counterHref, "quiet"),
            )
          : waiting
            ? actions(buttonLink(t.reload, chrome.path, "quiet"))
            : actions(buttonLink(t.next, view.nextHref))
      }
    </div>`;
  return page({ ...chrome, lang, title, area: "citizen", active: "services", body });
}
