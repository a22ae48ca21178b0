import type { WrittenGrant } from "#exchange";
import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  button,
  errorOf,
  errorSummary,
  form,
  html,
  inLanguage,
  page,
  selectInput,
  textInput,
  type Chrome,
  type FieldError,
  type HtmlPage,
} from "#ui";
import { codeTicks, type ListedCode, type ListedCodes } from "./code-inputs.ts";

const words = {
  title: both("提出權限", "Propose a right"),
  amend: both("修改草稿", "Amend a draft"),
  lede: both(
    "寫下誰可以為了什麼使用哪一項服務。另一位管理人員核可之後才會生效。",
    "Write down who may use which service, and what for. It grants nothing until another operator approves it.",
  ),
  service: both("服務", "Service"),
  subject: both("對象", "Who"),
  subjectHint: both(
    "子系統或機關的路徑，例如 TW/GOV/2.16.886.101.20003/portal；群組寫 LOCALGROUP:代碼 或 GLOBALGROUP:代碼。",
    "The path of a subsystem or member, for example TW/GOV/2.16.886.101.20003/portal; a group as LOCALGROUP:code or GLOBALGROUP:code.",
  ),
  method: both("方法", "Method"),
  methodHint: both("一個方法，或 * 表示全部。", "One method, or * for all."),
  path: both("路徑", "Path"),
  pathHint: both(
    "* 是一段裡的任何字，** 是任何路徑。例如 /v1/people/*",
    "* is anything inside a segment, ** any path. For example /v1/people/*",
  ),
  purposes: both("目的", "Purposes"),
  legalBases: both("法律依據", "Legal bases"),
  anyOf: both("不選表示不限。", "None chosen means any."),
  spaced: both("以空格分開。不寫表示不限。", "With spaces between. None means any."),
  fields: both("可釋出的欄位", "Fields released"),
  fieldsHint: both(
    "欄位名稱或 JSON 指標，例如 name /address/city，以空格分開。不寫表示全部。",
    "Names or JSON pointers with spaces between, for example name /address/city. None means all.",
  ),
  consent: both("當事人同意", "The person's consent"),
  none: both("不需要", "not needed"),
  required: both("需要", "needed"),
  consentUnless: both("可免同意的法律依據", "Legal bases that stand in for the consent"),
  consentUnlessHint: both(
    "需要同意時才填：以這些法律依據呼叫，可以沒有當事人同意。",
    "Only where consent is needed: calls that state one of these need none.",
  ),
  timeWindow: both("時段", "Hours"),
  timeWindowHint: both(
    "例如 mon-fri 08:00-18:00 Asia/Taipei；不寫表示隨時。",
    "For example mon-fri 08:00-18:00 Asia/Taipei; always if left out.",
  ),
  sourceGateways: both("來源閘道", "Source gateways"),
  sourceGatewaysHint: both(
    "只接受從這些閘道送來的呼叫，例如 TW/GOV/2.16.886.101.20003/gw1，以空格分開。不寫表示不限。",
    "Takes calls from these only, for example TW/GOV/2.16.886.101.20003/gw1, with spaces between. None means any.",
  ),
  quota: both("額度", "Quota"),
  quotaHint: both(
    "例如 1000/day；單位是 second、minute、day、month。1000/day+50 表示一次最多連續 50 次。",
    "For example 1000/day; units are second, minute, day, month. 1000/day+50 allows 50 at once.",
  ),
  people: both("每天最多查詢幾個人", "People a day"),
  until: both("到期日", "Ends on"),
  untilHint: both(
    "例如 2027-12-31；不寫表示兩年，最長五年。",
    "For example 2027-12-31; two years if left out, five at most.",
  ),
  review: both("檢視日", "Review on"),
  owner: both("負責單位", "Responsible unit"),
  note: both("為什麼需要", "Why it is needed"),
  noteHint: both("寫進歷程，不要寫個人資料。", "Kept in the history; no personal data."),
  propose: both("送出核可", "Propose"),
  draft: both("存成草稿", "Keep as a draft"),
  wrong: both("這一項無法讀懂或不正確", "This cannot be read or is not right"),
  empty: both("請選擇或填寫這一項", "Choose or fill this in"),
  group: both("沒有這個群組", "There is no such group"),
  unknown: both("沒有登記這個名稱", "Nothing of this name is registered"),
  near: both("。是不是「%s」？", ". Is %s meant?"),
};

export interface RightFormView {
  readonly written: WrittenGrant & { readonly note?: string | undefined };
  /** `subsystem/service` of what is published. */
  readonly services: readonly string[];
  /** Purposes and laws to choose from. */
  readonly listed: ListedCodes;
  readonly amend?: string | undefined;
  /** The right it would take the place of. */
  readonly replaces?: string | undefined;
  /** Id of the field that was refused, or `group`. */
  readonly wrong?: string | undefined;
  /** It names something that is not there. */
  readonly unknown?: boolean | undefined;
  /** What was perhaps meant. */
  readonly near?: string | undefined;
}

/** Which control a refusal's reason speaks of. */
const controls: Readonly<Record<string, string>> = {
  serviceCode: "service",
  subsystem: "service",
  pathGlob: "path",
  dates: "until",
  reviewAt: "review",
  group: "subject",
};

function faultText({ written, wrong, unknown, near }: RightFormView): Localised {
  const field = controls[wrong ?? ""] ?? wrong;
  if ((field === "service" || field === "subject") && !written[field]) return words.empty;
  const text = wrong === "group" ? words.group : unknown ? words.unknown : words.wrong;
  if (near === undefined) return text;
  const meant = (lang: Language): string => text[lang] + words.near[lang].replace("%s", decodeURIComponent(near));
  return both(meant("zh-Hant"), meant("en"));
}

export function rightFormPage(view: RightFormView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { written, wrong } = view;
  const errors: readonly FieldError[] =
    wrong === undefined ? [] : [{ field: controls[wrong] ?? wrong, text: faultText(view) }];
  const text = (id: keyof RightFormView["written"], hint?: { "zh-Hant": string; en: string }) =>
    textInput(
      {
        id,
        label: words[id as keyof typeof words],
        ...(hint ? { hint } : {}),
        value: written[id] ?? "",
        error: errorOf(errors, id),
      },
      lang,
    );
  const codes = (id: "purposes" | "legalBases" | "consentUnless", listed: readonly ListedCode[], hint: Localised) =>
    codeTicks(
      {
        id,
        label: words[id],
        hint: listed.length === 0 && id !== "consentUnless" ? words.spaced : hint,
        value: written[id],
        error: errorOf(errors, id),
      },
      listed,
      lang,
    );
  const title = view.amend ? t.amend : t.title;
  const body = html`<p><a href="/rights">${both("所有權限", "All rights")[lang]}</a></p>
    ${errorSummary(errors, lang)}
    <h1>${title}</h1>
    <p class="lede">${t.lede}</p>
    ${form(
      { action: "/rights/new", csrf: chrome.csrf },
      html`${view.amend ? html`<input type="hidden" name="amend" value="${view.amend}" />` : ""}${view.replaces ? html`<input type="hidden" name="replaces" value="${view.replaces}" />` : ""}
      ${selectInput(
        {
          id: "service",
          label: words.service,
          value: written.service,
          error: errorOf(errors, "service"),
          options: view.services.map((value) => ({ value, text: decodeURIComponent(value) })),
        },
        lang,
      )}
      ${text("subject", words.subjectHint)}${text("method", words.methodHint)}${text("path", words.pathHint)}
      ${codes("purposes", view.listed.purposes, words.anyOf)}${codes("legalBases", view.listed.legalBases, words.anyOf)}${text("fields", words.fieldsHint)}
      ${selectInput(
        {
          id: "consent",
          label: words.consent,
          value: written.consent ?? "none",
          error: errorOf(errors, "consent"),
          options: [
            { value: "none", text: words.none },
            { value: "required", text: words.required },
          ],
        },
        lang,
      )}
      ${codes("consentUnless", view.listed.legalBases, words.consentUnlessHint)}${text("timeWindow", words.timeWindowHint)}
      ${text("sourceGateways", words.sourceGatewaysHint)}${text("quota", words.quotaHint)}${text("people")}${text("until", words.untilHint)}${text("review")}
      ${text("owner")}${text("note", words.noteHint)}
      ${actions(
        button(t.propose, { name: "as", value: "proposed" }),
        button(t.draft, { name: "as", value: "draft", kind: "quiet" }),
      )}`,
    )}`;
  return page({ ...chrome, lang, title, area: "desk", body });
}
