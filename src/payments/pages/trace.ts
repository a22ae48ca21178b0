import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  buttonLink,
  factList,
  formatDateTime,
  html,
  inLanguage,
  note,
  ruleLines,
  show,
  sourceLine,
  tag,
  timeOf,
  type Chrome,
  type Html,
  type HtmlPage,
  type HtmlValue,
  type RuleLine,
  type Source,
  type Text,
} from "#ui";
import type { Banking } from "../contract.ts";
import { reasonClass } from "../bank/reasons.ts";
import type { PaymentTrace } from "../views/view-trace.ts";
import { paymentFrame } from "./frame.ts";
import { attemptStep, nameOf } from "./trace-attempt.ts";
import { moneyText, paymentPaths, reasonTask, reasonTitle, stateTag } from "./words.ts";

const words = {
  back: both("所有付款", "All payments"),
  title: both(
    (number: string) => `${number} 的付款`,
    (number: string) => `Payment for ${number}`,
  ),
  follow: both("跟著這筆錢走", "Follow this money"),
  rule: both("規則", "The rule"),
  version: both("版本", "Version"),
  wholeRule: both("看整個規則", "See the whole rule"),
  row: both("符合的列", "Rows that applied"),
  anew: both("每一格怎麼算，重新計算", "Every cell of it; judge anew"),
  facts: both("事實與來源", "Facts and their sources"),
  exchange: both("交換編號", "Exchange"),
  decision: both("決定", "The decision"),
  decided: both(
    (who: string) => `${who} 核定`,
    (who: string) => `Approved by ${who}`,
  ),
  case: both("看案件（會留下紀錄）", "See the case (this is recorded)"),
  noCase: both(
    "這筆付款不屬於任何案件：由名冊或外部系統建立。",
    "No case here: it came from a roster or another system.",
  ),
  right: both("受款權利", "The entitlement"),
  programme: both("計畫", "Programme"),
  purpose: both("用途", "Purpose"),
  amount: both("金額", "Amount"),
  granted: both("建立", "Made"),
  decisionHash: both("決定的雜湊", "Hash of the decision"),
  factsHash: both("事實的雜湊", "Hash of the facts"),
  attempt: both(
    (n: number) => `第 ${n} 次付款`,
    (n: number) => `Attempt ${n}`,
  ),
  log: both("公開紀錄", "In the public record"),
  logNone: both("還沒有登載。", "Nothing was entered yet."),
  soon: both("等待排入紀錄", "waiting for its place"),
  can: both("可以做的事", "What you can do"),
  nothing: both("現在沒有需要您做的事。", "There is nothing for you to do now."),
  contradicted: both(
    "銀行的回覆互相矛盾。先依對帳單更正，才能改付或重送。",
    "The bank’s reports contradict each other. Correct the state from the statement before anything is sent again.",
  ),
  task: both("該怎麼做：", "What to do: "),
  asked: both("等第二個人", "Waits for a second person"),
  askedBy: both(
    (who: string) => `${who} 提出`,
    (who: string) => `Asked for by ${who}`,
  ),
  look: both("看內容並確認或不同意", "Look at it and confirm or decline"),
};

/** The decision a payment rests on, as the case has it. */
export interface TracedDecision {
  readonly caseHref: string;
  readonly service: Text;
  readonly state: Parameters<typeof tag>[0];
  readonly rule: {
    readonly name: Text;
    readonly version: string;
    readonly hash: string;
    readonly href?: string;
    readonly lines: readonly RuleLine[];
    readonly amount: number;
    /** The rows of decision tables that fired. */
    readonly rows?: readonly Text[];
    /** Where every cell of it can be read, and judged anew. */
    readonly accountHref?: string;
  };
  readonly facts: readonly { readonly label: Text; readonly source: Source; readonly exchange: string }[];
  readonly decidedBy: string;
  readonly decidedAt: Date;
}

/** An entry in the log about this payment; without an address while it has no place yet. */
export interface TracedEntry {
  readonly title: Localised;
  readonly href?: string;
}

export interface TraceView {
  readonly trace: PaymentTrace;
  readonly decision?: TracedDecision;
  readonly entries: readonly TracedEntry[];
  /** Names of the people who acted, by id; parts of the system have none. */
  readonly people: ReadonlyMap<string, string>;
  /** What may be done now by the one who looks. */
  readonly acts: readonly { readonly title: Text; readonly href: string; readonly kind?: "main" | "quiet" | "stop" }[];
  /** What somebody asked for and a second person has not answered. */
  readonly asked?: { readonly title: Text; readonly by: string; readonly at: Date; readonly href?: string };
  readonly mayDownload: boolean;
  readonly done?: Text;
  readonly currency: Banking["currency"];
}

/** One dollar from the rule to the statement and back, each step with its time and who did it. */
export function tracePage(view: TraceView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { trace, currency } = view;
  const { entitlement, attempts } = trace;
  const newest = attempts.at(-1)!;
  const step = (title: string, content: HtmlValue): Html =>
    html`<li>
      <h2>${title}</h2>
      ${content}
    </li>`;
  const reason = newest.events.findLast(({ to }) => to === "rejected" || to === "returned")?.detail["reason"];
  const stuck = ["rejected", "returned", "waiting-for-person"].includes(newest.state);
  const body = html`<a class="back" href="${paymentPaths.all}">${t.back}</a>
    <div class="case-head">
      <h1>${t.title(entitlement.caseRef)} ${tag(stateTag(newest.state), lang)}</h1>
      <p>${moneyText(entitlement.amount, currency, lang)} · ${trace.programme} · <code>${newest.id}</code></p>
    </div>
    ${view.done ? note(html`<p role="status">${show(view.done, lang)}</p>`, "good") : ""}
    <div class="two">
      <section aria-labelledby="follow">
        <h2 id="follow" class="aside">${t.follow}</h2>
        <ol class="trail">
          ${
            view.decision
              ? html`${step(t.rule, ruleStep(view.decision, lang))}${step(t.facts, factStep(view.decision, lang))}${step(
                  t.decision,
                  html`<p>
                      ${show(t.decided(view.decision.decidedBy), lang)}
                      ${timeOf(view.decision.decidedAt, lang, formatDateTime)} · ${show(view.decision.service, lang)}
                      ${tag(view.decision.state, lang)}
                    </p>
                    <p><a href="${view.decision.caseHref}">${t.case}</a></p>`,
                )}`
              : step(t.decision, html`<p>${t.noCase}</p>`)
          }
          ${step(
            t.right,
            factList(
              [
                { label: words.amount, value: moneyText(entitlement.amount, currency, lang) },
                { label: words.programme, value: trace.programme },
                { label: words.purpose, value: `${entitlement.purpose.code} ${entitlement.purpose.text}` },
                {
                  label: words.granted,
                  value: html`${timeOf(entitlement.grantedAt, lang, formatDateTime)} ·
                  ${nameOf(view, entitlement.approvedBy, lang)}`,
                },
                { label: words.decisionHash, value: html`<span class="proof">${entitlement.decisionHash}</span>` },
                { label: words.factsHash, value: html`<span class="proof">${entitlement.factsHash}</span>` },
              ],
              lang,
            ),
          )}
          ${attempts.map((attempt) => step(t.attempt(attempt.attempt), attemptStep(view, attempt, lang)))}
          ${step(
            t.log,
            view.entries.length === 0
              ? html`<p>${t.logNone}</p>`
              : html`<ul>
                  ${view.entries.map(
                    ({ title, href }) =>
                      html`<li>
                        ${href ? html`<a href="${href}">${show(title, lang)}</a>` : html`${show(title, lang)} (${t.soon})`}
                      </li>`,
                  )}
                </ul>`,
          )}
        </ol>
      </section>
      <aside class="pile">
        <section class="card">
          <h2>${t.can}</h2>
          ${newest.contradicted ? note(html`<p>${t.contradicted}</p>`, "bad") : ""}
          ${
            stuck
              ? note(
                  html`<p><b>${show(reasonTitle(reasonClass(reason)), lang)}</b> ${reason ?? ""}</p>
                    <p>${t.task}${show(reasonTask(reasonClass(reason)), lang)}</p>`,
                  "wait",
                )
              : ""
          }
          ${
            view.asked
              ? note(
                  html`<p><b>${t.asked}</b> ${show(view.asked.title, lang)}</p>
                    <p>${show(t.askedBy(view.asked.by), lang)} ${timeOf(view.asked.at, lang, formatDateTime)}</p>
                    ${view.asked.href ? html`<p><a href="${view.asked.href}">${t.look}</a></p>` : ""}`,
                  "wait",
                )
              : ""
          }
          ${
            view.acts.length === 0
              ? html`<p>${t.nothing}</p>`
              : actions(view.acts.map(({ title, href, kind }) => buttonLink(show(title, lang), href, kind ?? "quiet")))
          }
        </section>
      </aside>
    </div>`;
  return paymentFrame(
    {
      title: both(words.title["zh-Hant"](entitlement.caseRef), words.title.en(entitlement.caseRef)),
      place: "all",
      body,
    },
    lang,
    chrome,
  );
}

function ruleStep({ rule }: TracedDecision, lang: Language): Html {
  const t = inLanguage(words, lang);
  return html`<p>
      <b>${show(rule.name, lang)}</b> · ${t.version} ${rule.version}
      ${rule.href ? html`· <a href="${rule.href}">${t.wholeRule}</a>` : ""}
      ${rule.accountHref ? html`· <a href="${rule.accountHref}">${t.anew}</a>` : ""}
    </p>
    ${
      rule.rows && rule.rows.length > 0
        ? html`<p><b>${t.row}</b></p>
            <ul>
              ${rule.rows.map((row) => html`<li>${show(row, lang)}</li>`)}
            </ul>`
        : ""
    }
    ${ruleLines(rule.lines, lang)}
    <p class="proof">${rule.hash}</p>`;
}

function factStep({ facts }: TracedDecision, lang: Language): Html {
  const t = inLanguage(words, lang);
  return html`<ul class="plain">
    ${facts.map(
      ({ label, source, exchange }) =>
        html`<li>
          ${show(label, lang)} ${sourceLine(source, lang, label)}
          <span class="proof">${t.exchange} ${exchange}</span>
        </li>`,
    )}
  </ul>`;
}
