import type { Language } from "#kernel";
import {
  both,
  buttonLink,
  formatCount,
  formatDate,
  html,
  inLanguage,
  page,
  plain,
  show,
  table,
  tag,
  type Area,
  type Chrome,
  type Html,
  type HtmlPage,
  type Tag,
  type Text,
} from "#ui";
import type { Finding } from "../analyse.ts";
import type { ModelChange } from "../compare.ts";
import type { ElementDescription, ModelDescription, TableDescription } from "../describe.ts";
import { coverColumns, coverPicture } from "./cover-picture.ts";
import { graphPicture } from "./graph-picture.ts";
import { changeList, findingList, hitPolicyText, isAny, testText } from "./words.ts";

/** Where these pages are. `version` only where it is not the one in force. */
export const rulePaths = {
  all: "/rules",
  model: (id: string, version?: string): string =>
    `/rules/${id}${version === undefined ? "" : `?version=${encodeURIComponent(version)}`}`,
  table: (id: string, table: string, version?: string): string =>
    `/rules/${id}/${table}${version === undefined ? "" : `?version=${encodeURIComponent(version)}`}`,
  file: (id: string, version?: string): string =>
    `/rules/${id}/model.dmn${version === undefined ? "" : `?version=${encodeURIComponent(version)}`}`,
  /** One text for good, whichever versions there are by then. */
  text: (id: string, hash: string): string => `/rules/${id}/model.dmn?hash=${encodeURIComponent(hash)}`,
  csv: (id: string, table: string, version?: string): string =>
    `/rules/${id}/${table}.csv${version === undefined ? "" : `?version=${encodeURIComponent(version)}`}`,
  compare: (id: string, from: string, to: string): string =>
    `/rules/${id}/compare?${new URLSearchParams({ from, to }).toString()}`,
} as const;

/** One version as lists show it. */
export interface VersionLine {
  readonly version: string;
  readonly from: Date;
  readonly until?: Date;
  readonly hash: string;
  readonly state: "past" | "in-force" | "to-come";
}

const states: Readonly<Record<VersionLine["state"], Tag>> = {
  "in-force": { tone: "good", text: both("施行中", "In force") },
  "to-come": { tone: "info", text: both("將施行", "To come") },
  past: { tone: "quiet", text: both("已不施行", "No longer in force") },
};

const allWords = {
  title: both("規則", "Rules"),
  lede: both(
    "決定資格與金額的規則，就是這些表。每一件決定都記下用了哪一版。",
    "These tables decide who is entitled to how much. Each decision records the version it used.",
  ),
  version: both(
    (version: string) => `第 ${version} 版`,
    (version: string) => `Version ${version}`,
  ),
  since: both(
    (day: string) => `${day}起施行`,
    (day: string) => `In force from ${day}`,
  ),
  next: both(
    (version: string, day: string) => `第 ${version} 版將從 ${day}起施行。`,
    (version: string, day: string) => `Version ${version} will be in force from ${day}.`,
  ),
  whole: both("看圖、版本與依據", "Graph, versions and laws"),
  policies: both("誰可以做什麼：系統的授權規則", "Who may do what: the policies of authorisation"),
  drafts: both("規則的修正", "Changes of rules"),
  tables: both("決策表", "Decision tables"),
};

export interface RulesView {
  readonly area: Area;
  readonly models: readonly {
    readonly id: string;
    readonly name: Text;
    readonly current: VersionLine;
    readonly next?: VersionLine;
    readonly tables: readonly { readonly id: string; readonly name: Text }[];
  }[];
  /** For those who may change rules. */
  readonly draftsHref?: string;
}

/** The decision models in force, each with its tables. */
export function rulesPage(view: RulesView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(allWords, lang);
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${view.draftsHref ? html`<p>${buttonLink(t.drafts, view.draftsHref, "quiet")}</p>` : ""}
    ${view.models.map(
      ({ id, name, current, next, tables }) =>
        html`<section class="card">
          <h2>${show(name, lang)}</h2>
          <p>
            ${t.version(current.version)} ·
            ${t.since(formatDate(current.from, lang))}${next ? html`<br />${t.next(next.version, formatDate(next.from, lang))}` : ""}
          </p>
          <ul>
            ${tables.map((one) => html`<li><a href="${rulePaths.table(id, one.id)}">${show(one.name, lang)}</a></li>`)}
          </ul>
          <p><a href="${rulePaths.model(id)}">${t.whole}</a></p>
        </section>`,
    )}
    <p class="rule-files"><a href="/policies">${t.policies}</a></p>`;
  return page({ ...chrome, lang, title: t.title, area: view.area, ...activeAt(view.area), body });
}

const modelWords = {
  back: both("所有規則", "All rules"),
  graph: both("什麼決定什麼", "What decides what"),
  versions: both("版本", "Versions"),
  version: both("版本", "Version"),
  from: both("施行", "From"),
  until: both("至", "Until"),
  open: both("至今", "open"),
  state: both("狀態", "State"),
  files: both("檔案", "File"),
  compare: both("與前一版比較", "Compare with the one before"),
  laws: both("法律依據", "Laws"),
  noLaws: both("模型沒有寫明依據。", "The model names none."),
  hash: both("內容雜湊值", "Hash"),
  file: both("下載規則檔（DMN）", "Download the rule (DMN)"),
  tables: both("決策表", "Decision tables"),
  facts: both("用到的事實", "Facts it uses"),
  findings: both("自動檢查", "Checked by machine"),
};

export interface ModelView {
  readonly area: Area;
  readonly model: ModelDescription;
  /** The version that is shown. */
  readonly shown: VersionLine;
  /** All of them, newest first. */
  readonly versions: readonly VersionLine[];
  readonly findings: readonly Finding[];
}

/** One model: its graph, its tables, its laws and its versions. */
export function modelPage(view: ModelView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(modelWords, lang);
  const { model, shown, versions } = view;
  const version = shown.state === "in-force" ? undefined : shown.version;
  const tables = new Set(model.tables.map(({ id }) => id));
  const laws = model.elements.filter(({ kind }) => kind === "authority");
  const body = html`<a class="back" href="${rulePaths.all}">${t.back}</a>
    <div class="between start">
      <h1>${show(model.name, lang)}</h1>
      ${tag(states[shown.state], lang)}
    </div>
    <p class="lede">${allWords.version[lang](shown.version)} · ${allWords.since[lang](formatDate(shown.from, lang))}</p>
    <section class="card">
      <h2>${t.graph}</h2>
      ${graphPicture(model, lang, (id) => (tables.has(id) ? rulePaths.table(model.id, id, version) : undefined))}
    </section>
    <section class="card">
      <h2>${t.tables}</h2>
      <ul>
        ${model.tables.map(({ id, name }) => html`<li><a href="${rulePaths.table(model.id, id, version)}">${show(name, lang)}</a></li>`)}
      </ul>
      <h2>${t.findings}</h2>
      ${findingList(view.findings, lang)}
    </section>
    <section class="card">
      <h2>${t.laws}</h2>
      ${
        laws.length === 0
          ? html`<p>${t.noLaws}</p>`
          : html`<ul>
              ${laws.map((law) => html`<li>${lawLink(law, lang)}</li>`)}
            </ul>`
      }
    </section>
    <section class="card">
      <h2>${t.versions}</h2>
      <div class="rule-table">
        ${table({
          caption: t.versions,
          captionHidden: true,
          columns: [{ head: t.version }, { head: t.state }, { head: t.from }, { head: t.until }, { head: t.files }],
          rows: versions.map((one, at) => {
            const before = versions[at + 1];
            const shownAs = one.state === "in-force" ? undefined : one.version;
            return {
              current: one.version === shown.version,
              cells: [
                html`<a href="${rulePaths.model(model.id, shownAs)}">${one.version}</a>`,
                tag(states[one.state], lang),
                html`<span>${formatDate(one.from, lang)}</span>`,
                html`<span>${one.until ? formatDate(one.until, lang) : t.open}</span>`,
                html`<span
                  ><a href="${rulePaths.file(model.id, shownAs)}" download>DMN</a
                  >${before ? html` · <a href="${rulePaths.compare(model.id, before.version, one.version)}">${t.compare}</a>` : ""}</span
                >`,
              ],
            };
          }),
        })}
      </div>
      <p class="remark">${t.hash} <code class="hash">${shown.hash}</code></p>
      <p><a href="${rulePaths.file(model.id, version)}" download>${t.file}</a></p>
    </section>`;
  return page({ ...chrome, lang, title: plain(model.name, lang), area: view.area, ...activeAt(view.area), body });
}

function lawLink(law: ElementDescription, lang: Language): Html {
  const label = show(law.label, lang);
  return law.uri !== undefined && /^https?:/.test(law.uri) ? html`<a href="${law.uri}">${label}</a>` : label;
}

const tableWords = {
  back: both("返回這個規則", "Back to this rule"),
  lede: both("這張表就是程式執行的規則，不是說明。", "This table is what the program runs, not a description of it."),
  version: both("版本", "Version"),
  from: both("施行", "In force from"),
  law: both("依據", "Legal basis"),
  policy: both("怎麼選列", "How a row is chosen"),
  otherwise: both("都不符合時", "If no row applies"),
  row: both("列", "Row"),
  note: both("說明", "Note"),
  rowLaw: both("依據", "Law"),
  csv: both("下載這張表（CSV）", "Download this table (CSV)"),
  file: both("下載規則檔（DMN）", "Download the rule (DMN)"),
  findings: both("自動檢查", "Checked by machine"),
  picture: both("畫哪兩欄", "Columns to draw"),
  applied: both("件數", "Cases"),
  never: both("沒有", "none"),
  appliedIn: both(
    (cases: string) => `「件數」是最近 ${cases} 件申請中，這一列適用的件數。沒有適用過的列，值得再看一次。`,
    (cases: string) =>
      `"Cases": in how many of the latest ${cases} applications the row applied. A row that never did deserves another look.`,
  ),
  howOften: both("每一列適用過幾件", "How often each row applied"),
};

export interface TableView {
  readonly area: Area;
  readonly model: { readonly id: string; readonly name: Text };
  readonly table: TableDescription;
  readonly shown: VersionLine;
  readonly findings: readonly Finding[];
  /** Names that cells may refer to. */
  readonly names: readonly string[];
  /** How often each row applied in the latest cases; for those who keep the rule, where they asked. */
  readonly applied?: { readonly cases: number; readonly rows: ReadonlyMap<number, number> };
  /** Where that is asked. */
  readonly appliedHref?: string;
  /** Columns of the picture, from 0. */
  readonly across?: number;
  readonly down?: number;
}

/** A decision table as it runs: conditions at the left, outcomes at the right; what is checked, and a map of it. */
export function tablePage(view: TableView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(tableWords, lang);
  const { table: shown, model } = view;
  const version = view.shown.state === "in-force" ? undefined : view.shown.version;
  const notes = shown.rows.some(({ note }) => note);
  // A law that all rows share stands once, below.
  const laws = new Set(shown.rows.map(({ law }) => law?.[lang] ?? "")).size > 1;
  const columns = [
    { head: t.row },
    ...shown.inputs.map((name) => ({ head: plain(name, lang) })),
    ...shown.outputs.map(({ name }) => ({ head: `→ ${name === "" ? plain(shown.name, lang) : name}` })),
    ...(notes ? [{ head: t.note }] : []),
    ...(laws ? [{ head: t.rowLaw }] : []),
    ...(view.applied ? [{ head: t.applied, number: true }] : []),
  ];
  const wide = columns.length > 7;
  const others = coverColumns(shown, view.names);
  // Where all rows that apply are taken, a map says nothing but that they are.
  const mapped = ["UNIQUE", "ANY", "FIRST", "PRIORITY"].includes(shown.hitPolicy) || others.length <= 2;
  const otherwise = shown.outputs.flatMap(({ otherwise: value }) => value ?? []);
  const body = html`<a class="back" href="${rulePaths.model(model.id, version)}">${t.back}</a>
    <h1>${show(shown.name, lang)}</h1>
    <p class="lede">${t.lede}</p>
    <div
      class="card rule-table${wide ? " wide" : ""}"
      ${wide ? html`role="region" tabindex="0" aria-label="${plain(shown.name, lang)}"` : ""}
    >
      ${table({
        caption: plain(shown.name, lang),
        captionHidden: true,
        columns,
        rows: shown.rows.map((row, at) => ({
          cells: [
            html`<span>${at + 1}</span>`,
            ...row.tests.map(
              (cell) => html`<span ${isAny(cell) ? html`class="any"` : ""}>${show(testText(cell), lang)}</span>`,
            ),
            ...row.outputs.map((cell) => html`<b>${show(cell, lang)}</b>`),
            ...(notes ? [html`<span>${row.note ? show(row.note, lang) : ""}</span>`] : []),
            ...(laws ? [html`<small>${row.law ? show(row.law, lang) : ""}</small>`] : []),
            ...(view.applied ? [html`<span>${view.applied.rows.get(at + 1) ?? t.never}</span>`] : []),
          ],
        })),
      })}
    </div>
    ${view.applied ? html`<p>${t.appliedIn(formatCount(view.applied.cases))}</p>` : view.appliedHref ? html`<p><a href="${view.appliedHref}">${t.howOften}</a></p>` : ""}
    <dl class="facts narrow spaced">
      <div>
        <dt>${t.version}</dt>
        <dd>${view.shown.version} ${tag(states[view.shown.state], lang)}</dd>
      </div>
      <div>
        <dt>${t.from}</dt>
        <dd>${formatDate(view.shown.from, lang)}</dd>
      </div>
      <div>
        <dt>${t.law}</dt>
        <dd>${shown.laws.map((law, at) => html`${at > 0 ? (lang === "en" ? ", " : "、") : ""}${show(law, lang)}`)}</dd>
      </div>
      <div>
        <dt>${t.policy}</dt>
        <dd>${show(hitPolicyText(shown), lang)}</dd>
      </div>
      ${
        otherwise.length > 0
          ? html`<div>
              <dt>${t.otherwise}</dt>
              <dd>${otherwise.join(", ")}</dd>
            </div>`
          : ""
      }
    </dl>
    <section class="card">
      <h2>${t.findings}</h2>
      ${findingList(view.findings, lang)}
    </section>
    ${mapped ? coverPicture(shown, view.names, lang, view) : ""}
    ${
      mapped && others.length > 2
        ? html`<p>
            ${t.picture}
            ${others.slice(1).map((column) => {
              const query = new URLSearchParams({
                ...(version === undefined ? {} : { version }),
                across: String(others[0]),
                down: String(column),
              });
              return html`<a href="${rulePaths.table(model.id, shown.id)}?${query.toString()}"
                >${show(shown.inputs[others[0]!]!, lang)} × ${show(shown.inputs[column]!, lang)}</a
              > `;
            })}
          </p>`
        : ""
    }
    <p class="links rule-files">
      <a href="${rulePaths.csv(model.id, shown.id, version)}" download>${t.csv}</a>
      <a href="${rulePaths.file(model.id, version)}" download>${t.file}</a>
    </p>`;
  return page({ ...chrome, lang, title: plain(shown.name, lang), area: view.area, ...activeAt(view.area), body });
}

/** A table as CSV for a spreadsheet: heads in both languages, cells as the model has them. Formulas are defused. */
export function tableCsv(shown: TableDescription): string {
  const head = [
    "#",
    ...shown.inputs.map((name) => `${name["zh-Hant"]}｜${name.en}`),
    ...shown.outputs.map(({ name }) => `→ ${name === "" ? `${shown.name["zh-Hant"]}｜${shown.name.en}` : name}`),
    "說明｜Note",
    "依據｜Law",
  ];
  const rows = shown.rows.map((row, at) => [
    String(at + 1),
    ...row.tests.map((cell) => cell || "-"),
    ...row.outputs,
    row.note ? `${row.note["zh-Hant"]}｜${row.note.en}` : "",
    row.law ? `${row.law["zh-Hant"]}｜${row.law.en}` : "",
  ]);
  return `\uFEFF${[head, ...rows].map(csvLine).join("\r\n")}\r\n`;
}

/** One line of RFC 4180; a field that a spreadsheet would take for a formula gets an apostrophe. */
export function csvLine(fields: readonly string[]): string {
  return fields
    .map((field) => (/^[=+@\t\r]|^-(?!$|\d)/.test(field) ? `'${field}` : field))
    .map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(",");
}

const compareWords = {
  title: both("兩個版本的差別", "What is not the same"),
  lede: both(
    (from: string, to: string) => `第 ${from} 版與第 ${to} 版`,
    (from: string, to: string) => `Version ${from} and version ${to}`,
  ),
  back: both("返回這個規則", "Back to this rule"),
};

/** What two versions of a model do not share. */
export function comparePage(
  view: {
    readonly area: Area;
    readonly model: { readonly id: string; readonly name: Text };
    readonly from: string;
    readonly to: string;
    readonly changes: readonly ModelChange[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(compareWords, lang);
  const body = html`<a class="back" href="${rulePaths.model(view.model.id)}">${t.back}</a>
    <h1>${t.title}</h1>
    <p class="lede">${show(view.model.name, lang)} · ${t.lede(view.from, view.to)}</p>
    <section class="card">${changeList(view.changes, lang)}</section>`;
  return page({ ...chrome, lang, title: t.title, area: view.area, ...activeAt(view.area), body });
}

function activeAt(area: Area): { active?: "rules" } {
  return area === "desk" ? { active: "rules" } : {};
}
