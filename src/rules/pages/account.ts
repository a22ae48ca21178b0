import type { JsonValue, Language } from "#kernel";
import {
  both,
  details,
  formatDateTime,
  html,
  inLanguage,
  note,
  page,
  plain,
  show,
  table,
  tag,
  type Chrome,
  type Html,
  type HtmlPage,
  type Text,
} from "#ui";
import type { Explanation, ExplainedStep, ExplainedTable } from "../explain.ts";
import { splitLabel } from "../localised-text.ts";
import { rulePaths } from "./models.ts";
import { testText } from "./words.ts";

/** A decision, from its facts up to its outcome, and whether it still comes out so. */
export interface AccountView {
  readonly number: string;
  readonly backHref: string;
  readonly model: { readonly id: string; readonly version: string; readonly hash: string; readonly name: Text };
  readonly at: Date;
  readonly explanation: Explanation;
  /** The answer of judging it anew, where that was asked for. */
  readonly replay?: {
    readonly same: boolean;
    readonly engine: { readonly was: string; readonly is: string };
    readonly differences: readonly { readonly what: string; readonly was: string; readonly is: string }[];
  };
  /** Where it is judged anew. */
  readonly replayHref: string;
}

const words = {
  title: both("規則怎麼算出來的", "How the rule came to this"),
  back: both("返回案件", "Back to the case"),
  by: both("依據", "By"),
  judged: both("計算時間", "Judged at"),
  hash: both("規則內容雜湊值", "Hash of the rule"),
  again: both("重新計算", "Judge anew"),
  againText: both(
    "用當時的規則、當時的事實與時間再算一次。",
    "By the rule, the facts and the instant of that time, once more.",
  ),
  same: both("重新計算的結果完全相同。", "Judged anew, it comes out exactly the same."),
  differs: both("重新計算的結果不同。", "Judged anew, it does not come out the same."),
  engine: both("計算程式", "Engine"),
  was: both("當時", "Then"),
  is: both("現在", "Now"),
  what: both("項目", "What"),
  facts: both("事實", "Facts"),
  fact: both("事實", "Fact"),
  value: both("值", "Value"),
  row: both("列", "Row"),
  applies: both("符合", "applies"),
  not: both("不符合", "does not"),
  outcome: both("結果", "Outcome"),
  law: both("法律", "Law"),
  rests: both("依據", "Rests on"),
  any: both("沒有條件", "no condition"),
  none: both("沒有一列符合。", "No row applied."),
};

/** All of why: facts, decisions in the order they were made, their tables with each row, each cell's test and value. */
export function accountOfRulingPage(view: AccountView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { steps } = view.explanation;
  const facts = steps.filter(({ kind }) => kind === "input");
  const decisions = steps.filter(({ kind }) => kind === "decision");
  const labels = new Map(steps.map((one) => [one.id, titleOf(one, lang)]));
  const { replay } = view;
  const body = html`<a class="back" href="${view.backHref}">${t.back} ${view.number}</a>
    <h1>${t.title}</h1>
    <p>
      ${t.by}
      <a href="${rulePaths.model(view.model.id, view.model.version)}"
        >${show(view.model.name, lang)} ${view.model.version}</a
      >
      · ${t.judged} ${formatDateTime(view.at, lang)}
    </p>
    <section class="card">
      <h2>${t.again}</h2>
      ${
        replay
          ? html`${note(replay.same ? t.same : t.differs, replay.same ? "good" : "bad")}
              <p>
                ${t.engine}
                ${replay.engine.was}${replay.engine.was === replay.engine.is ? "" : ` → ${replay.engine.is}`}
              </p>
              ${
                replay.differences.length === 0
                  ? ""
                  : table({
                      caption: t.differs,
                      captionHidden: true,
                      columns: [{ head: t.what }, { head: t.was }, { head: t.is }],
                      rows: replay.differences.map(({ what, was, is }) => ({
                        cells: [what, html`<code>${was.slice(0, 400)}</code>`, html`<code>${is.slice(0, 400)}</code>`],
                      })),
                    })
              }`
          : html`<p>${t.againText} <a href="${view.replayHref}">${t.again}</a></p>`
      }
      <p class="remark">
        ${t.hash}
        <a href="${rulePaths.text(view.model.id, view.model.hash)}" download
          ><code class="hash">${view.model.hash}</code></a
        >
      </p>
    </section>
    <section class="card">
      <h2>${t.facts}</h2>
      ${table({
        caption: t.facts,
        captionHidden: true,
        columns: [{ head: t.fact }, { head: t.value }],
        rows: facts.map(({ label, value, shown }) => ({
          cells: [html`<span>${show(label, lang)}</span>`, html`<span>${valueText(value, shown, lang)}</span>`],
        })),
      })}
    </section>
    ${decisions.map((step) => decisionCard(step, labels, view.model, lang))}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", active: "cases", body });
}

function decisionCard(
  step: ExplainedStep,
  labels: ReadonlyMap<string, string>,
  model: AccountView["model"],
  lang: Language,
): Html {
  const t = inLanguage(words, lang);
  const law = step.law.map(({ name, uri }) =>
    uri !== undefined && /^https?:/.test(uri) ? html`<a href="${uri}">${show(name, lang)}</a>` : show(name, lang),
  );
  return html`<section class="card">
    <h2>${show(titleOf(step, lang), lang)}</h2>
    ${isPlain(step) ? html`<p><b>${valueText(step.value, step.shown, lang)}</b></p>` : ""}
    <p class="remark">
      ${t.rests}:
      ${step.requires.map((id) => labels.get(id) ?? id).join(lang === "en" ? ", " : "、")}${law.length > 0 ? html` · ${t.law}: ${law}` : ""}
    </p>
    ${step.tables.map((one) => tableOf(step, one, model, lang))}
  </section>`;
}

/** What a step is called: its label, else its question, else its name. */
function titleOf({ label, question, name }: ExplainedStep, lang: Language): string {
  return label[lang] || question?.[lang] || name;
}

/** Lists that a table made are read in the table. */
function isPlain({ value, tables }: ExplainedStep): boolean {
  return tables.length === 0 || value === null || typeof value !== "object";
}

function tableOf(step: ExplainedStep, given: ExplainedTable, model: AccountView["model"], lang: Language): Html {
  const t = inLanguage(words, lang);
  const inner = html`${given.matched.length === 0 ? html`<p>${t.none}</p>` : ""}
    <ol class="rows">
      ${given.rules.map(({ row, matched, cells, outputs, annotation, law }) => {
        const asked = cells.filter(({ test }) => test !== "-");
        return html`<li value="${row}">
          ${tag(matched ? { tone: "good", text: words.applies } : { tone: "quiet", text: words.not }, lang)}
          ${annotation ? html`<b>${show(annotation, lang)}</b>` : ""}${law ? html` <small>${show(law, lang)}</small>` : ""}
          <ul>
            ${asked.length === 0 ? html`<li>${t.any}</li>` : ""}${asked.map(
              ({ label, test, value, passed }) =>
                html`<li>
                  <span class="${passed ? "met" : "unmet"}">${passed ? "✓" : "✗"}</span>
                  ${show(splitLabel(label), lang)}: ${valueText(value, undefined, lang)} ·
                  <code>${show(testText(test), lang)}</code>
                </li>`,
            )}${
              outputs
                ? html`<li>
                    →
                    ${Object.entries(outputs).map(([name, value], at) => html`${at > 0 ? ", " : ""}${name === "" ? "" : html`${name}: `}<b>${valueText(value, undefined, lang)}</b>`)}
                  </li>`
                : ""
            }
          </ul>
        </li>`;
      })}
    </ol>
    <p>
      <a href="${rulePaths.table(model.id, step.id, model.version)}"
        >${plain(both("看整張表", "See the whole table"), lang)}</a
      >
    </p>`;
  const refused = given.rules.some(({ matched }) => !matched);
  return given.rules.length > 3
    ? details(
        plain(
          both(
            `${given.matched.length} 列符合，共 ${given.rules.length} 列`,
            `${given.matched.length} of ${given.rules.length} rows ${refused ? "apply" : "shown"}`,
          ),
          lang,
        ),
        inner,
      )
    : inner;
}

function valueText(value: JsonValue, shown: string | undefined, lang: Language): Html {
  if (shown !== undefined) return show(shown, lang);
  if (value === null) return html`–`;
  if (typeof value === "boolean") return html`${plain(value ? both("是", "yes") : both("否", "no"), lang)}`;
  if (typeof value === "string" || typeof value === "number") return show(String(value), lang);
  if (Array.isArray(value) && value.length === 0) return html`–`;
  if (Array.isArray(value))
    return html`${(value as readonly JsonValue[]).map((one, at) => html`${at > 0 ? (lang === "en" ? ", " : "、") : ""}${valueText(one, undefined, lang)}`)}`;
  const members = value as Readonly<Record<string, JsonValue | undefined>>;
  // A name in both languages is one thing to a reader.
  const said = members[lang];
  if (typeof said === "string") return show(said, lang);
  return html`${Object.entries(members).map(([name, one], at) => html`${at > 0 ? "; " : ""}${show(name, lang)} ${valueText(one ?? null, undefined, lang)}`)}`;
}
