import type { Language } from "#kernel";
import { html, type Html } from "./html.ts";
import { formatMoment } from "./format.ts";

/** A hidden field; every form that changes something carries the session's token. */
export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`;
}

/** The one thing to do next is `sun`; saying no is as easy as saying yes, and looks `quiet`. */
export function button(
  text: string,
  options: { kind?: "plain" | "sun" | "quiet" | "stop"; name?: string; value?: string } = {},
): Html {
  return html`<button
    class="button ${options.kind ?? "plain"}"
    ${options.name ? html` name="${options.name}" value="${options.value ?? ""}"` : ""}
  >
    ${text}
  </button>`;
}

export function linkButton(text: string, href: string, kind: "plain" | "sun" | "quiet" = "plain"): Html {
  return html`<a class="button ${kind}" href="${href}" role="button" draggable="false">${text}</a>`;
}

export function actions(...parts: readonly Html[]): Html {
  return html`<div class="actions">${parts}</div>`;
}

/** A faulty field and what to tell about it. */
export interface FieldError {
  readonly field: string;
  readonly text: string;
}

/** Stands first on a page whose form was not accepted; each line leads to its field. */
export function errorSummary(errors: readonly FieldError[], lang: Language): Html | undefined {
  if (errors.length === 0) return undefined;
  return html`<div class="error-summary" role="alert" tabindex="-1" data-focus>
    <h2>${lang === "en" ? "There is a problem" : "有地方需要修正"}</h2>
    <ul>
      ${errors.map((one) => html`<li><a href="#${one.field}">${one.text}</a></li>`)}
    </ul>
  </div>`;
}

export function fieldError(errors: readonly FieldError[], field: string): Html | undefined {
  const own = errors.find((one) => one.field === field);
  return own && html`<p class="field-error" id="${field}-error"><span class="unseen">⚠ </span>${own.text}</p>`;
}

/** A line of text to type. */
export function textInput(o: {
  name: string;
  label: string;
  hint?: string;
  value?: string;
  errors: readonly FieldError[];
  numeric?: boolean;
  width?: 4 | 8 | 20;
  autocomplete?: string;
}): Html {
  const wrong = o.errors.some((one) => one.field === o.name);
  const described = [o.hint ? `${o.name}-hint` : "", wrong ? `${o.name}-error` : ""].filter(Boolean).join(" ");
  return html`<div class="field${wrong ? " wrong" : ""}">
    <label for="${o.name}">${o.label}</label
    >${o.hint && html`<p class="hint" id="${o.name}-hint">${o.hint}</p>`}${fieldError(o.errors, o.name)}
    <input
      class="input w${String(o.width ?? 20)}"
      id="${o.name}"
      name="${o.name}"
      value="${o.value ?? ""}"
      ${o.numeric ? html` inputmode="numeric" pattern="[0-9 \\-]*"` : ""}${described ? html` aria-describedby="${described}"` : ""}${wrong ? html` aria-invalid="true"` : ""}
      autocomplete="${o.autocomplete ?? "off"}"
      spellcheck="false"
    />
  </div>`;
}

export function select(o: {
  name: string;
  label: string;
  hint?: string;
  value?: string;
  empty: string;
  options: readonly { value: string; text: string }[];
  errors: readonly FieldError[];
}): Html {
  const wrong = o.errors.some((one) => one.field === o.name);
  const described = [o.hint ? `${o.name}-hint` : "", wrong ? `${o.name}-error` : ""].filter(Boolean).join(" ");
  return html`<div class="field${wrong ? " wrong" : ""}">
    <label for="${o.name}">${o.label}</label
    >${o.hint && html`<p class="hint" id="${o.name}-hint">${o.hint}</p>`}${fieldError(o.errors, o.name)}
    <select
      class="input"
      id="${o.name}"
      name="${o.name}"
      ${described ? html` aria-describedby="${described}"` : ""}${wrong ? html` aria-invalid="true"` : ""}
    >
      <option value="">${o.empty}</option>
      ${o.options.map((one) => html`<option value="${one.value}" ${one.value === o.value ? html` selected` : ""}>${one.text}</option>`)}
    </select>
  </div>`;
}

/** Choices as cards, with an amount at the side where there is one. */
export function pickCards(o: {
  name: string;
  value?: string | undefined;
  items: readonly {
    value: string;
    title: string;
    note?: string;
    amount?: string;
    muted?: boolean;
    keywords?: string;
  }[];
  firstId: string;
}): Html {
  return html`${o.items.map(
    (item, at) =>
      html`<label class="pick${item.muted ? " muted" : ""}"
        ><input
          type="radio"
          name="${o.name}"
          value="${item.value}"
          ${at === 0 ? html` id="${o.firstId}"` : ""}${item.value === o.value ? html` checked` : ""}
        /><span class="pick-title">${item.title}</span
        >${item.amount && html`<span class="amount">${item.amount}</span>`}${item.note && html`<small>${item.note}</small>`}</label
      >`,
  )}`;
}

/** Where a value comes from: the agency, when, and the way to the evidence. The product's signature. */
export function sourceLine(source: { agency: string; at?: string; href?: string }, lang: Language): Html {
  return html`<p class="source">
    <b>${source.agency}</b
    >${source.at && html`<span>${formatMoment(source.at, lang)}</span>`}${source.href && html`<a href="${source.href}">${lang === "en" ? "evidence" : "證據"}</a>`}
  </p>`;
}

/** Question and answer, line by line; with a source under a value that the state knew, with a link to change one that was typed. */
export function summaryList(
  rows: readonly { key: string; value: Html | string; source?: Html; change?: { href: string; text: string } }[],
): Html {
  return html`<dl class="facts">
    ${rows.map(
      (row) =>
        html`<div>
          <dt>${row.key}</dt>
          <dd>${row.value}${row.source}</dd>
          ${
            row.change &&
            html`<dd class="change">
              <a href="${row.change.href}">${row.change.text}<span class="unseen"> ${row.key}</span></a>
            </dd>`
          }
        </div>`,
    )}
  </dl>`;
}

export type TagKind = "good" | "wait" | "info" | "bad" | "plain";

export function tag(text: string, kind: TagKind): Html {
  return html`<span class="tag ${kind}">${text}</span>`;
}

/** The road of an application: where one is, what is done. */
export function steps(titles: readonly string[], current: number, lang: Language): Html {
  return html`<nav class="steps" aria-label="${lang === "en" ? "Progress" : "進度"}">
    <p class="steps-short">
      ${lang === "en" ? `Step ${current + 1} of ${titles.length}` : `第 ${current + 1} 步，共 ${titles.length} 步`}：${titles[current]}
    </p>
    <ol>
      ${titles.map(
        (title, at) =>
          html`<li
            class="${at < current ? "done" : at === current ? "now" : ""}"
            ${at === current ? html` aria-current="step"` : ""}
          >
            <span>${title}</span>
          </li>`,
      )}
    </ol>
  </nav>`;
}

export function note(body: Html, kind: "info" | "good" | "wait" | "bad" = "info"): Html {
  return html`<div class="note ${kind}">${body}</div>`;
}

export function details(summary: string, body: Html): Html {
  return html`<details class="more">
    <summary>${summary}</summary>
    <div>${body}</div>
  </details>`;
}

export function emptyState(o: { icon: Html; title: string; text: string; action?: Html }): Html {
  return html`<div class="empty">
    ${o.icon}
    <h2>${o.title}</h2>
    <p>${o.text}</p>
    ${o.action}
  </div>`;
}

/** A table that becomes a list of cards on a narrow screen. */
export function table(o: {
  caption?: string;
  head: readonly string[];
  rows: readonly (readonly (Html | string)[])[];
  numeric?: readonly number[];
}): Html {
  return html`<table class="cards">
    ${
      o.caption &&
      html`<caption>
        ${o.caption}
      </caption>`
    }
    <thead>
      <tr>
        ${o.head.map((cell, at) => html`<th scope="col" ${o.numeric?.includes(at) ? html` class="num"` : ""}>${cell}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${o.rows.map(
        (row) =>
          html`<tr>
            ${row.map((cell, at) => html`<td data-label="${o.head[at] ?? ""}" ${o.numeric?.includes(at) ? html` class="num"` : ""}>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** Previous and next page of a long list. */
export function pagination(
  o: { page: number; pages: number; href: (page: number) => string },
  lang: Language,
): Html | undefined {
  if (o.pages <= 1) return undefined;
  const say =
    lang === "en"
      ? { label: "Pages", before: "Previous", after: "Next", of: `Page ${o.page} of ${o.pages}` }
      : { label: "分頁", before: "上一頁", after: "下一頁", of: `第 ${o.page} 頁，共 ${o.pages} 頁` };
  return html`<nav class="pages" aria-label="${say.label}">
    ${o.page > 1 && html`<a rel="prev" href="${o.href(o.page - 1)}">← ${say.before}</a>`}<span>${say.of}</span>${o.page < o.pages && html`<a rel="next" href="${o.href(o.page + 1)}">${say.after} →</a>`}
  </nav>`;
}

/** What the rule says, line by line, each with its tick or cross in words too. */
export function ruleLines(
  lines: readonly { label: string; value: string; ok?: boolean | undefined }[],
  lang: Language,
): Html {
  return html`<table class="rule">
    <tbody>
      ${lines.map(
        (line) =>
          html`<tr${line.ok === false ? html` class="failed"` : ""}><th scope="row">${line.label}</th><td>${
            line.ok === undefined
              ? line.value
              : html`<span class="verdict ${line.ok ? "yes" : "no"}"
                    >${line.ok ? "✓" : "✗"}<span class="unseen"
                      >${line.ok ? (lang === "en" ? "met" : "符合") : lang === "en" ? "not met" : "不符合"}</span
                    ></span
                  >${line.value && line.value !== "✓" && line.value !== "✗" ? html` ${line.value}` : ""}`
          }</td></tr>`,
      )}
    </tbody>
  </table>`;
}
