import type { Language } from "#kernel";
import { formatDateTime, timeOf } from "./format.ts";
import { html, type Html, type HtmlValue } from "./html.ts";
import { drop } from "./icons.ts";
import { both, show, type Text } from "./texts.ts";

/** Where a fact comes from: which agency said so, when, and where its evidence can be seen. */
export interface Source {
  readonly agency: Text;
  readonly at?: Date;
  /** Address of the evidence (the log entry, the record). */
  readonly evidence?: string;
}

const words = { evidence: both("證據", "Evidence"), about: both("：", ": "), change: both("更改", "Change") };

/** The small line under every fact. `about` names the fact for those who hear the link alone. */
export function sourceLine(source: Source, lang: Language, about?: Text): Html {
  return html`<span class="source"
    ><b>${drop()}${show(source.agency, lang)}</b>${source.at ? timeOf(source.at, lang, formatDateTime) : ""}${
      source.evidence
        ? html`<a href="${source.evidence}"
            >${words.evidence[lang]}${about ? html`<span class="aside">${words.about[lang]}${show(about, lang)}</span>` : ""}</a
          >`
        : ""
    }</span
  >`;
}

/** The same line for other origins: a rule with its version, a purpose, a law. */
export function originLine(label: Text, content: HtmlValue, lang: Language): Html {
  return html`<span class="source"><b>${drop()}${show(label, lang)}</b><span>${content}</span></span>`;
}

export interface Fact {
  readonly label: Text;
  readonly value: Text | Html;
  readonly source?: Source;
}

function isHtml(value: Text | Html): value is Html {
  return typeof value === "object" && "isEscaped" in value;
}

function valueOf(value: Text | Html, lang: Language): Html {
  return isHtml(value) ? value : show(value, lang);
}

/** Facts, each with its source under it. */
export function factList(facts: readonly Fact[], lang: Language): Html {
  return html`<dl class="facts">
    ${facts.map(
      (fact) =>
        html`<div>
          <dt>${show(fact.label, lang)}</dt>
          <dd>${valueOf(fact.value, lang)}${fact.source ? sourceLine(fact.source, lang, fact.label) : ""}</dd>
        </div>`,
    )}
  </dl>`;
}

export interface SummaryRow extends Fact {
  /** Address of the page where the answer can be changed. Fetched facts have none. */
  readonly change?: string;
}

/** Check-your-answers: facts and answers, the latter with a link back to their question. */
export function summaryList(rows: readonly SummaryRow[], lang: Language): Html {
  return html`<dl class="facts summary">
    ${rows.map(
      (row) =>
        html`<div>
          <dt>${show(row.label, lang)}</dt>
          <dd>${valueOf(row.value, lang)}${row.source ? sourceLine(row.source, lang, row.label) : ""}</dd>
          ${
            row.change
              ? html`<dd class="change">
                  <a href="${row.change}">${words.change[lang]}<span class="aside"> ${show(row.label, lang)}</span></a>
                </dd>`
              : ""
          }
        </div>`,
    )}
  </dl>`;
}

/** One line of a rule's explanation: what was compared, with what outcome. */
export interface RuleLine {
  readonly text: Text;
  /** An amount, a share, or whether the condition holds. */
  readonly outcome: Text | boolean;
}

/** Why an amount is what it is. Stands beside the amount, always. */
export interface Explanation {
  readonly title?: Text;
  readonly lines: readonly RuleLine[];
  /** The rule's name and version, for example 輔具補助金額 第 3 版. */
  readonly rule: Text;
  readonly ruleHref?: string;
  readonly sources?: readonly { readonly label: Text; readonly source: Source }[];
}

const holds = { yes: both("符合", "Met"), no: both("不符合", "Not met") };
const ruleWords = { rule: both("規則", "Rule"), whole: both("看整張表", "See the whole table") };

export function ruleLines(lines: readonly RuleLine[], lang: Language): Html {
  return html`<dl class="reckon">
    ${lines.map(({ text, outcome }) => {
      const said =
        typeof outcome === "boolean"
          ? html`<span class="${outcome ? "met" : "unmet"}"
              >${outcome ? "✓" : "✗"} ${(outcome ? holds.yes : holds.no)[lang]}</span
            >`
          : show(outcome, lang);
      return html`<div>
        <dt>${show(text, lang)}</dt>
        <dd>${said}</dd>
      </div>`;
    })}
  </dl>`;
}

export function explanation(of: Explanation, lang: Language): Html {
  return html`${ruleLines(of.lines, lang)}${(of.sources ?? []).map(({ label, source }) => html`<p class="origin"><small>${show(label, lang)}</small>${sourceLine(source, lang, label)}</p>`)}
    <p class="origin">
      ${originLine(
        ruleWords.rule,
        html`${show(of.rule, lang)}${of.ruleHref ? html` <a href="${of.ruleHref}">${ruleWords.whole[lang]}</a>` : ""}`,
        lang,
      )}
    </p>`;
}
