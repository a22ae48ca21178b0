import type { Language, Localised } from "#kernel";
import {
  both,
  button,
  details,
  errorSummary,
  factList,
  form,
  html,
  inLanguage,
  note,
  page,
  selectInput,
  textInput,
  type Chrome,
  type FieldError,
  type Html,
  type HtmlPage,
  type HtmlValue,
} from "#ui";
import { codeSelect, type ListedCodes } from "./code-inputs.ts";
import { controlName, type TryField, type TryOperation } from "../try-call.ts";

/** What was asked and what came back. */
export interface Tried {
  readonly curl: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly body: string;
  /** Under which both sides recorded it, where there are sides. */
  readonly exchangeId?: string | undefined;
  /** Fields of the description that no row of the answer has. */
  readonly missing: readonly string[];
  /** Why it was refused, in the gateway's words. */
  readonly problem?: string | undefined;
}

/** A list to choose from; the choice is in the address, as nothing in it is about a person. */
export interface TryChoice {
  readonly name: "client" | "provider" | "service" | "operation";
  readonly chosen: string;
  readonly options: readonly string[];
}

export interface TryView {
  readonly path: string;
  readonly choices: readonly TryChoice[];
  /** Whose services are listed; empty before one is chosen. */
  readonly provider?: string;
  readonly operation: TryOperation | undefined;
  /** True where calls state purpose and legal basis and are recorded; not so in a sandbox. */
  readonly recorded: boolean;
  readonly form: Readonly<Record<string, string>>;
  /** Purposes and laws to choose from. */
  readonly listed?: ListedCodes;
  /** Places of required fields that were left empty: nothing was sent. */
  readonly empty?: readonly number[];
  readonly tried?: Tried | undefined;
}

const words = {
  title: both("試用服務", "Try a service"),
  lede: both(
    "用真正的呼叫試一個資料服務：表單由服務的 OpenAPI 說明產生，旁邊是同樣內容的 curl 指令。",
    "Try a data service with real calls: the form comes from the service's OpenAPI description, and the same request as a curl command stands beside it.",
  ),
  recorded: both(
    "這是真的呼叫：會檢查權限、留下紀錄，當事人也會在自己的清單上看到。",
    "These are real calls: rights are checked, they are recorded, and the person concerned sees them on their list.",
  ),
  sandbox: both(
    "只在這部電腦上：沒有閘道、沒有權限檢查，也不留紀錄。",
    "On this machine only: no gateway, no rights, no records.",
  ),
  client: both("以哪個子系統的名義", "In the name of"),
  provider: both("提供者", "Provider"),
  service: both("服務", "Service"),
  operation: both("操作", "Operation"),
  choose: both("選定", "Choose"),
  first: both("先選提供者，再選它的服務。", "Choose a provider first, then one of its services."),
  nothing: both("這個提供者沒有附說明、可以試的服務。", "This provider has no described service to try."),
  purpose: both("使用目的", "Purpose"),
  basis: both("法律依據", "Legal basis"),
  send: both("送出", "Send"),
  request: both("送出的請求", "The request"),
  answer: both("回覆", "The answer"),
  status: both("狀態", "Status"),
  time: both("時間", "Time"),
  exchange: both("交換代碼", "Exchange"),
  removed: both("被移除的欄位", "Fields removed"),
  none: both("沒有", "none"),
  required: both("必填", "required"),
  fillIn: both("請填寫這一欄；還沒有送出任何東西。", "Fill this in; nothing was sent yet."),
  list: both("以逗號分隔", "separated by commas"),
  yesNo: both("true 或 false", "true or false"),
};

const sensitivities: Readonly<Record<string, Localised>> = {
  public: both("公開", "public"),
  internal: both("內部", "internal"),
  personal: both("個人資料", "personal"),
  special: both("特種個人資料", "special"),
};

/** Pick a service and an operation, fill in its form, see the request, the answer, its time and what was removed. */
export function tryPage(view: TryView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { operation, tried } = view;
  const errors = (view.empty ?? []).map((at): FieldError => {
    const name = operation?.fields[at]?.title ?? "";
    return { field: `field-${at}`, text: both(`請填寫：${name}`, `Fill in: ${name}`) };
  });
  const body = html`${errorSummary(errors, lang)}
    <h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${view.recorded ? note(t.recorded, "wait") : note(t.sandbox)}
    ${view.choices.length > 0 ? form({ action: view.path, method: "get" }, html`${view.choices.map((one) => choice(one, lang))}${button(t.choose, { kind: "quiet" })}`) : ""}
    ${operation ? question(view, operation, lang, chrome) : html`<p>${view.provider === "" ? t.first : t.nothing}</p>`}
    ${tried ? answer(tried, lang) : ""}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

function choice({ name, chosen, options }: TryChoice, lang: Language): Html {
  const shown = options.map((value) => ({ value, text: decodeURIComponent(value) }));
  return selectInput({ id: name, label: words[name], value: chosen, options: shown }, lang);
}

function question(view: TryView, operation: TryOperation, lang: Language, chrome: Chrome): Html {
  const t = inLanguage(words, lang);
  const controls: HtmlValue[] = [
    ...view.choices.map(({ name, chosen }) => html`<input type="hidden" name="${name}" value="${chosen}" />`),
    ...(view.recorded
      ? [
          codeSelect(
            { id: "purpose", name: "header.purpose", label: words.purpose, value: view.form["header.purpose"] },
            view.listed?.purposes ?? [],
            lang,
          ),
          codeSelect(
            { id: "basis", name: "header.basis", label: words.basis, value: view.form["header.basis"] },
            view.listed?.legalBases ?? [],
            lang,
          ),
        ]
      : []),
    ...operation.fields.map((field, index) =>
      control(
        field,
        index,
        { value: view.form[controlName(field)], empty: view.empty?.includes(index) ?? false },
        lang,
      ),
    ),
    button(t.send),
  ];
  return html`<h2><code>${operation.id}</code></h2>
    ${operation.summary === "" ? "" : html`<p lang="en">${operation.summary}</p>`}
    ${form({ action: view.path, csrf: chrome.csrf }, controls)}`;
}

function control(
  field: TryField,
  index: number,
  { value, empty }: { readonly value: string | undefined; readonly empty: boolean },
  lang: Language,
): Html {
  const t = inLanguage(words, lang);
  const kind = field.kind === "list" ? t.list : field.kind === "boolean" ? t.yesNo : "";
  const sensitivity = sensitivities[field.sensitivity ?? ""]?.[lang] ?? field.sensitivity ?? "";
  const hint = [field.required ? t.required : "", kind, sensitivity, field.description ?? ""].filter(
    (part) => part !== "",
  );
  return textInput(
    {
      id: `field-${index}`,
      name: controlName(field),
      label: field.title,
      ...(hint.length > 0 ? { hint: hint.join(" · ") } : {}),
      value,
      error: empty ? { field: `field-${index}`, text: words.fillIn } : undefined,
      width: "medium",
      autocomplete: "off",
    },
    lang,
  );
}

function answer(tried: Tried, lang: Language): Html {
  const t = inLanguage(words, lang);
  return html`<h2 id="answer">${t.answer}</h2>
    ${factList(
      [
        { label: words.status, value: String(tried.status) },
        { label: words.time, value: `${tried.milliseconds.toFixed(1)} ms` },
        ...(tried.exchangeId === undefined
          ? []
          : [
              {
                label: words.exchange,
                value: html`<a href="/rights/ask?id=${encodeURIComponent(tried.exchangeId)}"
                  ><code class="wrap-any">${tried.exchangeId}</code></a
                >`,
              },
            ]),
        { label: words.removed, value: tried.missing.length === 0 ? words.none : tried.missing.join(", ") },
      ],
      lang,
    )}
    ${tried.problem ? note(tried.problem, "bad") : ""}
    <pre tabindex="0"><code>${tried.body}</code></pre>
    ${details(t.request, html`<pre tabindex="0"><code>${tried.curl}</code></pre>`, true)}`;
}
