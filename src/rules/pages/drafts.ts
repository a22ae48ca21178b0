import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  csrfField,
  emptyState,
  errorOf,
  errorSummary,
  formatDate,
  formatDateTime,
  html,
  icon,
  inLanguage,
  page,
  pagination,
  show,
  table,
  tag,
  textInput,
  type Chrome,
  type FieldError,
  type HtmlPage,
  type Tag,
  type Text,
} from "#ui";
import { rulePaths } from "./models.ts";

/** Where changes of rules are drafted and put into force. */
export const draftPaths = {
  all: "/desk/rules",
  upload: "/desk/rules/new",
  draft: (id: string): string => `/desk/rules/${id}`,
  csv: (id: string): string => `/desk/rules/${id}/cases.csv`,
  file: (id: string): string => `/desk/rules/${id}/model.dmn`,
} as const;

export type DraftState = "draft" | "active" | "in-force" | "withdrawn" | "discarded";

/** How a change stands, in words. */
export const draftStates: Readonly<Record<DraftState, Tag>> = {
  draft: { tone: "wait", text: both("草案，等第二人啟用", "Draft, waits for a second person") },
  active: { tone: "info", text: both("已啟用，尚未施行", "Activated, not in force yet") },
  "in-force": { tone: "good", text: both("已施行", "In force") },
  withdrawn: { tone: "quiet", text: both("施行前收回", "Taken back") },
  discarded: { tone: "quiet", text: both("不採用", "Laid aside") },
};

export interface DraftLine {
  readonly id: string;
  readonly model: Text;
  readonly version: string;
  readonly from: Date;
  readonly state: DraftState;
  readonly by: string;
  readonly at: Date;
}

const listWords = {
  title: both("規則的修正", "Changes of rules"),
  lede: both(
    "上傳改過的規則檔，先看它會改變哪些過去的案件；另一位同仁啟用後，從施行日起適用。",
    "Upload a changed rule and see which past cases it would have changed. A colleague puts it into force, and it applies from its first day.",
  ),
  upload: both("上傳修正", "Upload a change"),
  none: both("還沒有修正", "No changes yet"),
  noneText: both(
    "下載施行中的規則，用 DMN 編輯器改好，再上傳到這裡。",
    "Download the rule in force, change it in a DMN editor, and upload it here.",
  ),
  rule: both("規則", "Rule"),
  version: both("版本", "Version"),
  from: both("施行日", "First day"),
  state: both("狀態", "State"),
  by: both("提出", "By"),
  rules: both("施行中的規則", "Rules in force"),
};

/** All changes of an agency's rules, newest first. */
export function draftsPage(
  view: {
    readonly drafts: readonly DraftLine[];
    readonly pages: { readonly page: number; readonly pages: number; readonly href: (page: number) => string };
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(listWords, lang);
  const body = html`<a class="back" href="${rulePaths.all}">${t.rules}</a>
    <h1>${t.title}</h1>
    <p>${t.lede}</p>
    ${
      view.drafts.length === 0
        ? emptyState({
            drawing: icon("once"),
            title: t.none,
            text: t.noneText,
            action: buttonLink(t.upload, draftPaths.upload),
          })
        : html`<p>${buttonLink(t.upload, draftPaths.upload)}</p>
            <div class="card">
              ${table({
                caption: t.title,
                captionHidden: true,
                columns: [{ head: t.rule }, { head: t.version }, { head: t.from }, { head: t.state }, { head: t.by }],
                rows: view.drafts.map((one) => ({
                  cells: [
                    html`<a href="${draftPaths.draft(one.id)}">${show(one.model, lang)}</a>`,
                    html`<span>${one.version}</span>`,
                    html`<span>${formatDate(one.from, lang)}</span>`,
                    tag(draftStates[one.state], lang),
                    html`<span>${show(one.by, lang)} · ${formatDateTime(one.at, lang)}</span>`,
                  ],
                })),
              })}
            </div>
            ${pagination(view.pages, lang)}`
    }`;
  return page({ ...chrome, lang, title: t.title, area: "desk", active: "rules", body });
}

const uploadWords = {
  title: both("上傳修正", "Upload a change"),
  back: both("規則的修正", "Changes of rules"),
  rule: both("修正哪一個規則", "Which rule"),
  file: both("改過的規則檔（DMN）", "The changed rule (DMN file)"),
  fileHint: both("最大 1 MB。", "1 MB at most."),
  from: both("施行日", "First day"),
  fromHint: both(
    "西元年-月-日，最早是明天，例如 2027-01-01。",
    "Year-month-day, tomorrow at the earliest, for example 2027-01-01.",
  ),
  version: both("版本", "Version"),
  versionHint: both("不能和既有的版本相同。", "None of those there are."),
  note: both("為什麼修正", "Why it changes"),
  noteHint: both(
    "寫給要啟用的同仁，例如公告的文號。",
    "For the colleague who puts it into force, for example the number of the announcement.",
  ),
  send: both("上傳並試算", "Upload and try it out"),
  nothing: both("上傳不會讓任何規則生效。", "Nothing comes into force by uploading."),
  inForce: both("下載施行中的版本", "Download the one in force"),
};

export interface UploadForm {
  readonly model: string;
  readonly from: string;
  readonly version: string;
  readonly note: string;
}

/** The form by which a lawyer hands in a changed model. */
export function uploadPage(
  view: {
    readonly models: readonly { readonly id: string; readonly name: Text; readonly version: string }[];
    readonly form: UploadForm;
    readonly errors: readonly FieldError[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(uploadWords, lang);
  const fileError = errorOf(view.errors, "file");
  const field = (id: "from" | "version" | "note", label: string, hint: string, rows?: number) =>
    textInput(
      {
        id,
        label,
        hint,
        value: view.form[id],
        error: errorOf(view.errors, id),
        ...(rows ? { rows } : { width: "medium" as const }),
      },
      lang,
    );
  const body = html`<a class="back" href="${draftPaths.all}">${t.back}</a>
    ${errorSummary(view.errors, lang)}
    <h1>${t.title}</h1>
    <p>${t.nothing}</p>
    <form method="post" action="${draftPaths.upload}" enctype="multipart/form-data" novalidate data-submit-once>
      ${csrfField(chrome.csrf)}
      <fieldset class="ask">
        <legend>${t.rule}</legend>
        <ul class="picks">
          ${view.models.map(
            ({ id, name, version }, at) =>
              html`<li>
                <label class="pick" for="${at === 0 ? "model" : `model-${id}`}"
                  ><input
                    type="radio"
                    id="${at === 0 ? "model" : `model-${id}`}"
                    name="model"
                    value="${id}"
                    ${view.form.model === id || view.models.length === 1 ? html` checked` : ""}
                  /><span class="pick-name">${show(name, lang)} ${version}</span></label
                >
              </li>`,
          )}
        </ul>
        ${view.models.map(({ id, version }) => html`<p><a href="${rulePaths.file(id)}" download>${t.inForce} (${version})</a></p>`)}
      </fieldset>
      <div class="field${fileError ? " wrong" : ""}">
        <label for="file">${t.file}</label>
        <p class="hint" id="file-hint">${t.fileHint}</p>
        ${fileError ? html`<p class="field-error" id="file-error">${show(fileError.text, lang)}</p>` : ""}
        <input
          type="file"
          id="file"
          name="file"
          accept=".dmn,.xml,application/xml"
          aria-describedby="file-hint${fileError ? " file-error" : ""}"
        />
      </div>
      ${field("from", t.from, t.fromHint)} ${field("version", t.version, t.versionHint)}
      ${field("note", t.note, t.noteHint, 3)} ${actions(button(t.send))}
    </form>`;
  return page({ ...chrome, lang, title: t.title, area: "desk", active: "rules", error: view.errors.length > 0, body });
}
