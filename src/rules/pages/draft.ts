import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  formatCount,
  formatDate,
  formatDateTime,
  formatMoney,
  html,
  inLanguage,
  note,
  page,
  pagination,
  plain,
  postButton,
  show,
  table,
  tag,
  type Chrome,
  type Html,
  type HtmlPage,
  type Text,
} from "#ui";
import type { Finding } from "../analyse.ts";
import type { ModelChange } from "../compare.ts";
import { draftPaths, draftStates, type DraftState } from "./drafts.ts";
import { changeList, findingList, scrolling } from "./words.ts";

/** How far a trial is and what came out. Sums in whole units of the currency. */
export interface TrialView {
  readonly state: "running" | "done" | "failed";
  readonly total: number;
  readonly done: number;
  readonly changed: number;
  readonly gained: number;
  readonly lost: number;
  readonly unclear: number;
  readonly before: bigint;
  readonly after: bigint;
  /** Difference (lower end of its step) → cases. */
  readonly plot: Readonly<Record<string, number>>;
}

/** A case that would come out otherwise. */
export interface TrialCase {
  readonly number: string;
  /** For those who may see the case. */
  readonly href?: string;
  readonly at: Date;
  readonly before: bigint | null;
  readonly after: bigint | null;
  readonly why: readonly {
    readonly label: Localised;
    readonly before: Localised | null;
    readonly after: Localised | null;
  }[];
}

export interface DraftView {
  readonly id: string;
  readonly model: { readonly id: string; readonly name: Text };
  readonly version: string;
  readonly from: Date;
  readonly note: string;
  readonly state: DraftState;
  readonly drafted: { readonly by: string; readonly at: Date };
  readonly activated?: { readonly by: string; readonly at: Date };
  readonly ended?: { readonly by: string; readonly at: Date };
  readonly changes: readonly ModelChange[];
  readonly findings: readonly Finding[];
  readonly trial?: TrialView;
  readonly cases: readonly TrialCase[];
  readonly pages: { readonly page: number; readonly pages: number; readonly href: (page: number) => string };
  /** What this officer may do now. */
  readonly may: { readonly activate: boolean; readonly withdraw: boolean; readonly discard: boolean };
  /** Why not, where one would expect a button. */
  readonly blocked?: Text;
}

const draftWords = {
  back: both("規則的修正", "Changes of rules"),
  changed: both("改了什麼", "What changes"),
  findings: both("自動檢查", "Checked by machine"),
  trial: both("過去的案件會怎樣", "What would become of past cases"),
  trialText: both(
    "每一件已送出的申請，都照送件那天的事實，用新的規則再算一次，和當時的結果比較。",
    "Each application that was sent is judged by the new rule, with the facts of the day it was sent, and compared with what came out then.",
  ),
  running: both(
    (done: string, total: string) => `試算中：${done}／${total} 件。重新整理看最新進度。`,
    (done: string, total: string) => `Trying it out: ${done} of ${total} cases. Reload the page to see how far it is.`,
  ),
  failed: both("試算沒有完成，模型無法讀取。", "The trial did not end: the model cannot be read."),
  noCases: both("還沒有任何案件。", "There are no cases yet."),
  tried: both("試算件數", "Cases tried"),
  changedCases: both("結果不同", "Would change"),
  gained: both("變成可補助", "Newly entitled"),
  lost: both("變成不補助", "No longer entitled"),
  unclear: both("無法計算", "Cannot be judged"),
  before: both("原來的總額", "Sum before"),
  after: both("新的總額", "Sum after"),
  plot: both("每件差多少", "By how much"),
  cases: both("結果不同的案件", "Cases that would change"),
  noChanged: both("沒有任何案件會改變。", "No case would change."),
  number: both("案號", "Case"),
  sent: both("送出", "Sent"),
  was: both("原來", "Before"),
  is: both("新的", "After"),
  why: both("為什麼", "Why"),
  csv: both("下載清單（CSV）", "Download the list (CSV)"),
  file: both("下載這一版（DMN）", "Download this version (DMN)"),
  decide: both("下一步", "Next step"),
  activate: both(
    (day: string) => `啟用，${day}起施行`,
    (day: string) => `Put into force from ${day}`,
  ),
  activateText: both(
    "啟用後，公開紀錄會記下這一版；施行前一天為止都可以收回。",
    "The public record will say so. Until the day before, it can be taken back.",
  ),
  withdraw: both("收回，不施行", "Take it back"),
  discard: both("不採用這份草案", "Lay this draft aside"),
  course: both("經過", "What happened"),
  draftedBy: both("提出", "Drafted"),
  activatedBy: both("啟用", "Activated"),
  endedBy: both("收回或不採用", "Taken back or laid aside"),
  first: both("施行日", "First day"),
  note: both("說明", "Note"),
  unknown: both("無法計算", "cannot be judged"),
};

/** One change: what it changes, what is wrong with it, which past cases would change, and the button that puts it into force. */
export function draftPage(view: DraftView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(draftWords, lang);
  const act = (one: { readonly by: string; readonly at: Date } | undefined, label: string) =>
    one
      ? html`<div>
          <dt>${label}</dt>
          <dd>${show(one.by, lang)} · ${formatDateTime(one.at, lang)}</dd>
        </div>`
      : "";
  const send = (step: "activate" | "withdraw" | "discard", text: string, kind: "main" | "quiet" | "stop") =>
    view.may[step]
      ? postButton({ action: draftPaths.draft(view.id), csrf: chrome.csrf, text, kind, name: "step", value: step })
      : "";
  const body = html`<a class="back" href="${draftPaths.all}">${t.back}</a>
    <div class="between start">
      <h1>${show(view.model.name, lang)} ${view.version}</h1>
      ${tag(draftStates[view.state], lang)}
    </div>
    <dl class="facts spaced">
      <div>
        <dt>${t.first}</dt>
        <dd>${formatDate(view.from, lang)}</dd>
      </div>
      ${
        view.note === ""
          ? ""
          : html`<div>
              <dt>${t.note}</dt>
              <dd>${show(view.note, lang)}</dd>
            </div>`
      }
      ${act(view.drafted, t.draftedBy)} ${act(view.activated, t.activatedBy)} ${act(view.ended, t.endedBy)}
    </dl>
    <section class="card">
      <h2>${t.changed}</h2>
      ${changeList(view.changes, lang)}
    </section>
    <section class="card">
      <h2>${t.findings}</h2>
      ${findingList(view.findings, lang)}
    </section>
    <section class="card" id="trial">
      <h2>${t.trial}</h2>
      <p>${t.trialText}</p>
      ${view.trial ? trialOf(view, view.trial, lang) : ""}
    </section>
    ${
      view.may.activate || view.may.withdraw || view.may.discard || view.blocked
        ? html`<section class="card">
            <h2>${t.decide}</h2>
            ${view.blocked ? note(show(view.blocked, lang)) : view.may.activate ? html`<p>${t.activateText}</p>` : ""}
            ${actions(send("activate", t.activate(formatDate(view.from, lang)), "main"), send("withdraw", t.withdraw, "stop"), send("discard", t.discard, "quiet"))}
          </section>`
        : ""
    }
    <p class="rule-files"><a href="${draftPaths.file(view.id)}" download>${t.file}</a></p>`;
  return page({
    ...chrome,
    lang,
    title: `${plain(view.model.name, lang)} ${view.version}`,
    area: "desk",
    active: "rules",
    body,
  });
}

function trialOf(view: DraftView, trial: TrialView, lang: Language): Html {
  const t = inLanguage(draftWords, lang);
  if (trial.state === "failed") return html`<p>${t.failed}</p>`;
  const money = (amount: bigint | null) => (amount === null ? t.unknown : formatMoney(Number(amount), lang));
  const sum = (label: string, value: string) =>
    html`<div>
      <dt>${label}</dt>
      <dd>${value}</dd>
    </div>`;
  return html`${
      trial.state === "running"
        ? html`<p role="status">${t.running(formatCount(trial.done), formatCount(trial.total))}</p>
            <progress class="progress-line" max="${Math.max(1, trial.total)}" value="${trial.done}">
              ${trial.done} / ${trial.total}
            </progress>`
        : ""
    }
    ${trial.state === "done" && trial.done === 0 ? html`<p>${t.noCases}</p>` : ""}
    <dl class="sums">
      ${sum(t.tried, formatCount(trial.done))} ${sum(t.changedCases, formatCount(trial.changed))}
      ${sum(t.gained, formatCount(trial.gained))} ${sum(t.lost, formatCount(trial.lost))}
      ${trial.unclear > 0 ? sum(t.unclear, formatCount(trial.unclear)) : ""} ${sum(t.before, money(trial.before))}
      ${sum(t.after, money(trial.after))}
    </dl>
    ${plotOf(trial.plot, lang)}
    ${
      trial.changed === 0
        ? trial.state === "done" && trial.done > 0
          ? html`<p>${t.noChanged}</p>`
          : ""
        : html`<h3>${t.cases}</h3>
            ${table({
              caption: t.cases,
              captionHidden: true,
              columns: [
                { head: t.number },
                { head: t.sent },
                { head: t.was, number: true },
                { head: t.is, number: true },
                { head: t.why },
              ],
              rows: view.cases.map((one) => ({
                cells: [
                  one.href ? html`<a href="${one.href}">${one.number}</a>` : html`<span>${one.number}</span>`,
                  html`<span>${formatDate(one.at, lang)}</span>`,
                  html`<span>${money(one.before)}</span>`,
                  html`<b>${money(one.after)}</b>`,
                  html`<span
                    >${one.why.map(
                      ({ label, before, after }) =>
                        html`<span class="pair"
                          >${show(label, lang)}${before || after ? html`: ${before ? show(before, lang) : "–"} → ${after ? show(after, lang) : "–"}` : ""}</span
                        > `,
                    )}</span
                  >`,
                ],
              })),
            })}
            ${pagination(view.pages, lang)}
            <p><a href="${draftPaths.csv(view.id)}" download>${t.csv}</a></p>`
    }`;
}

const barHeight = 26;
const bars = { left: 190, width: 330 } as const;

/** Cases by how much more or less they would get. The picture repeats the list of its own numbers. */
function plotOf(plot: Readonly<Record<string, number>>, lang: Language): Html | "" {
  const steps = Object.entries(plot)
    .map(([step, cases]) => [Number(step), cases] as const)
    .toSorted(([a], [b]) => a - b);
  if (steps.length === 0) return "";
  const most = Math.max(...steps.map(([, cases]) => cases));
  const label = ([step]: readonly [number, number]): string => stepText(step, lang);
  const height = steps.length * barHeight + 6;
  return html`<h3>${draftWords.plot[lang]}</h3>
    ${scrolling(
      draftWords.plot[lang],
      html`<svg
        class="plot"
        width="600"
        height="${height}"
        viewBox="0 0 600 ${height}"
        role="img"
        aria-label="${steps.map((step) => `${label(step)}: ${step[1]}`).join(lang === "en" ? "; " : "；")}"
      >
        <path class="axis" d="M${bars.left} 0V${height}" />
        ${steps.map((step, at) => {
          const y = at * barHeight + 4;
          const wide = Math.max(2, (step[1] / most) * bars.width);
          return html`<text x="${bars.left - 8}" y="${y + 14}" text-anchor="end">${label(step)}</text>
            <rect
              class="${step[0] > 0 ? "bar-more" : step[0] < 0 ? "bar-less" : "bar-same"}"
              x="${bars.left}"
              y="${y}"
              width="${wide}"
              height="${barHeight - 8}"
            />
            <text x="${bars.left + wide + 8}" y="${y + 14}">${formatCount(step[1])}</text>`;
        })}
      </svg>`,
    )}`;
}

const edges: readonly number[] = [1, 100, 500, 1_000, 5_000, 10_000, 50_000];

/** A step of differences in words, from its lower end: `+100 – 499`. */
function stepText(step: number, lang: Language): string {
  if (step === 0) return lang === "en" ? "the same amount" : "金額相同";
  const sign = step < 0 ? "−" : "+";
  const low = Math.abs(step);
  const next = edges[edges.indexOf(low) + 1];
  return next === undefined
    ? `${sign}${formatCount(low)}${lang === "en" ? " or more" : " 以上"}`
    : `${sign}${formatCount(low)} – ${formatCount(next - 1)}`;
}
