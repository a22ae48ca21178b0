import {
  subjectText,
  type AccessRight,
  type ExplainedExchange,
  type FieldReader,
  type Judgement,
  type RightVerdict,
  type Simulation,
} from "#exchange";
import type { Language } from "#kernel";
import {
  both,
  button,
  details,
  emptyState,
  factList,
  form,
  formatCount,
  formatDateTime,
  html,
  icon,
  inLanguage,
  note,
  page,
  selectInput,
  show,
  table,
  tag,
  textInput,
  type Chrome,
  type Html,
  type HtmlPage,
} from "#ui";
import { outcomeText } from "../../desk/refusal-words.ts";
import { codeSelect, type ListedCodes } from "./code-inputs.ts";
import { callName, rightLink, serviceName, stateTag, stepWords, subjectName } from "./right-words.ts";

const words = {
  title: both("為什麼？誰讀得到？", "Why? Who reads?"),
  back: both("所有權限", "All rights"),
  explain: both("這次呼叫為什麼被允許或拒絕？", "Why was this call allowed or refused?"),
  id: both("交換代碼（x-road-request-id）或紀錄代碼", "Exchange id (x-road-request-id), or a record's id"),
  why: both("說明", "Explain"),
  suppose: both("如果這樣呼叫呢？", "What if somebody called like this?"),
  supposeText: both(
    "只是試算：不扣額度，不留紀錄。",
    "Only reckoned: takes nothing from a quota and leaves no record.",
  ),
  client: both("呼叫者", "Caller"),
  service: both("服務", "Service"),
  method: both("方法", "Method"),
  path: both("路徑", "Path"),
  purpose: both("目的", "Purpose"),
  legalBasis: both("法律依據", "Legal basis"),
  gateway: both("來源閘道（只有一個時可不填）", "Source gateway (may be left out where there is one)"),
  at: both("時間（不填表示現在）", "When (now if left out)"),
  consent: both("當事人同意", "The person's consent"),
  with: both("有", "given"),
  without: both("沒有", "not given"),
  tryIt: both("試算", "Reckon"),
  reads: both("誰讀得到這個欄位？", "Who could read this field?"),
  field: both("欄位名稱或 JSON 指標", "Name of a field, or a JSON pointer"),
  show: both("查詢", "Look"),
  allowed: both("允許", "allowed"),
  refused: both("拒絕", "refused"),
  elsewhere: both("由對方機關決定", "decided by the other agency"),
  elsewhereText: both(
    "這裡只有我方送出的紀錄。請向提供機關詢問。",
    "Only the record of our own side is here. Ask the provider.",
  ),
  open: both("不需要權限", "no right needed"),
  openText: both(
    "每個會員都可以問一個機關提供什麼服務；這種呼叫照樣留下紀錄。",
    "Every member may ask what an agency offers. Such a call is recorded all the same.",
  ),
  by: both("依據的權限", "By the right"),
  nearest: both("最接近的權限", "The nearest right"),
  every: both("每一項權限走到哪一步", "How far each right came"),
  noRights: both("這項服務沒有任何權限。", "There is no right on this service."),
  unknown: both("沒有這個代碼的紀錄，或這項服務。", "No record with this id, or no such service."),
  when: both("時間", "When"),
  outcome: both("結果", "Outcome"),
  left: both(
    (n: number) => `額度還有 ${n} 次。`,
    (n: number) => `The quota holds ${n} more calls.`,
  ),
  nobody: both("沒有人讀得到這個欄位", "Nobody could read this field"),
  nobodyText: both("沒有一項有效的權限釋出它。", "No right in force releases it."),
  undescribed: both("不確定：服務的說明沒有寫出欄位", "Unknown: the service's description does not say"),
  all: both("釋出服務回覆的全部欄位", "all that the service answers"),
  part: both("只有一部分", "a part of it only"),
  evidence: both("匯出這次交換的證據", "Export the evidence of this exchange"),
  evidenceText: both(
    "一個經過簽章的容器，稽核人員用 npx taroko evidence verify 就能離線檢驗。它可能含有個人資料：只交給可以看這次交換的人。誰匯出會記在管理紀錄。",
    "A sealed container that an auditor checks without a network: npx taroko evidence verify. It may show personal data: hand it to whoever may see this exchange. Who exports it stands under Acts.",
  ),
  withConsent: both("需要當事人同意", "with the person's consent"),
  unless: both(
    (bases: string) => `法律依據為 ${bases} 時除外`,
    (bases: string) => `unless the basis is ${bases}`,
  ),
  how: both("條件", "On condition"),
};

export interface AskView {
  readonly services: readonly string[];
  readonly listed: ListedCodes;
  readonly id?: string | undefined;
  readonly explained?: ExplainedExchange | undefined;
  readonly suppose?: Readonly<Record<string, string>> | undefined;
  readonly judged?: Judgement | undefined;
  readonly field?: string | undefined;
  readonly readers?: readonly FieldReader[] | undefined;
  /** What was asked for is not there. */
  readonly unknown?: boolean;
}

export function askPage(view: AskView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { suppose = {} } = view;
  const input = (id: "client" | "method" | "path" | "gateway" | "at") =>
    textInput({ id, label: words[id], value: suppose[id] ?? "" }, lang);
  const answer = view.unknown
    ? note(html`${t.unknown}`, "wait")
    : view.explained
      ? html`${explainedPart(view.explained, lang)}${evidencePart(view.explained, lang, chrome)}`
      : view.judged
        ? judgedPart(view.judged, lang)
        : view.readers
          ? readersPart(view.readers, view.field ?? "", lang)
          : "";
  const body = html`<p><a href="/rights">${t.back}</a></p>
    <h1>${t.title}</h1>
    ${answer}
    <h2>${t.explain}</h2>
    ${form(
      { action: "/rights/ask", method: "get" },
      html`${textInput({ id: "id", label: words.id, value: view.id ?? "" }, lang)}${button(t.why)}`,
    )}
    <h2>${t.reads}</h2>
    ${form(
      { action: "/rights/ask", method: "get" },
      html`${textInput({ id: "field", label: words.field, value: view.field ?? "", width: "medium" }, lang)}${button(t.show, { kind: "quiet" })}`,
    )}
    ${details(
      show(words.suppose, lang),
      html`<p>${t.supposeText}</p>
        ${form(
          { action: "/rights/ask", method: "get" },
          html`${input("client")}${selectInput(
            {
              id: "service",
              label: words.service,
              value: suppose["service"],
              options: view.services.map((value) => ({ value, text: decodeURIComponent(value) })),
            },
            lang,
          )}${input("method")}${input("path")}${codeSelect({ id: "purpose", label: words.purpose, value: suppose["purpose"] }, view.listed.purposes, lang)}${codeSelect({ id: "legalBasis", label: words.legalBasis, value: suppose["legalBasis"] }, view.listed.legalBases, lang)}${input("gateway")}${input("at")}${selectInput(
            {
              id: "consent",
              label: words.consent,
              value: suppose["consent"] ?? "no",
              options: [
                { value: "no", text: words.without },
                { value: "yes", text: words.with },
              ],
            },
            lang,
          )}${button(t.tryIt, { kind: "quiet" })}`,
        )}`,
      view.suppose !== undefined,
    )}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

function explainedPart(explained: ExplainedExchange, lang: Language): Html {
  const { recorded } = explained;
  return html`${factList(
    [
      { label: words.when, value: formatDateTime(recorded.at, lang) },
      { label: words.client, value: html`<code class="wrap-any">${recorded.client}</code>` },
      {
        label: words.service,
        value: html`<code class="wrap-any">${recorded.service} ${recorded.method} ${recorded.operation ?? ""}</code>`,
      },
      { label: words.purpose, value: html`<code>${recorded.purpose ?? "–"} ${recorded.legalBasis ?? ""}</code>` },
      {
        label: words.outcome,
        value:
          recorded.outcome === null
            ? "–"
            : html`${show(outcomeText(recorded.outcome), lang)} <code>${recorded.outcome}</code>`,
      },
    ],
    lang,
  )}${decidedPart(explained, lang)}`;
}

function decidedPart(explained: ExplainedExchange, lang: Language): Html {
  const t = inLanguage(words, lang);
  if (explained.decision === "elsewhere") return note(html`<b>${t.elsewhere}</b> ${t.elsewhereText}`);
  if (explained.decision === "no-right-needed") return note(html`<b>${t.open}</b> ${t.openText}`, "good");
  return judgedPart({ ...explained, decision: explained.decision }, lang);
}

/** An exchange without an outcome is still open and has no evidence yet. */
function evidencePart({ recorded }: ExplainedExchange, lang: Language, chrome: Chrome): Html | "" {
  const t = inLanguage(words, lang);
  if (recorded.outcome === null) return "";
  return html`<p>${t.evidenceText}</p>
    ${form(
      { action: "/evidence", csrf: chrome.csrf },
      html`<input
          type="hidden"
          name="side"
          value="${recorded.side}"
        />${button(t.evidence, { kind: "quiet", name: "id", value: recorded.exchangeId })}`,
    )}`;
}

function judgedPart(judged: Omit<Judgement, "reason"> & { readonly reason?: string }, lang: Language): Html {
  const t = inLanguage(words, lang);
  const allowed = judged.decision === "allow";
  return html`${note(
      html`<b>${allowed ? t.allowed : t.refused}</b> ${judged.reason ? html`<code>${judged.reason}</code>` : ""}
        ${judged.right ? html`<p>${allowed ? t.by : t.nearest}: ${rightLink(judged.right)} ${callName(judged.right, lang)}</p>` : ""}
        ${judged.advice ? html`<p>${show(judged.advice, lang)}</p>` : ""}
        ${judged.callsLeft === undefined ? "" : html`<p>${t.left(judged.callsLeft)}</p>`}`,
      allowed ? "good" : "bad",
    )}
    <h2>${t.every}</h2>
    ${judged.verdicts.length === 0 ? html`<p>${t.noRights}</p>` : judged.verdicts.map((one) => verdictPart(one, lang))}`;
}

/** One right with its steps: passed, the one that failed, and those nobody came to. */
function verdictPart({ right, passed, failed }: RightVerdict, lang: Language): Html {
  const reached = failed ? [...passed, failed] : passed;
  return html`<h3>${rightLink(right)} ${stateTag(right.state, lang)}</h3>
    <p>${subjectName(right)} ${callName(right, lang)}</p>
    <ul class="checks">
      ${reached.map((step) => html`<li class="${step === failed ? "no" : "yes"}">${show(stepWords[step], lang)}</li>`)}
    </ul>`;
}

function readersPart(readers: readonly FieldReader[], field: string, lang: Language): Html {
  const t = inLanguage(words, lang);
  const known = readers.filter(({ described }) => described);
  const unknown = readers.filter(({ described }) => !described);
  if (readers.length === 0) return emptyState({ drawing: icon("mountain"), title: t.nobody, text: t.nobodyText });
  return html`${known.length === 0 ? "" : readersTable(`${t.reads} ${field}`, known, lang)}${
    unknown.length === 0 ? "" : readersTable(t.undescribed, unknown, lang)
  }`;
}

function unlessText({ consentUnless }: AccessRight, lang: Language): string {
  const t = inLanguage(words, lang);
  return consentUnless ? `${t.withConsent} (${t.unless(consentUnless.join(", "))})` : t.withConsent;
}

function readersTable(caption: string, readers: readonly FieldReader[], lang: Language): Html {
  const t = inLanguage(words, lang);
  return table({
    caption,
    columns: [{ head: t.client }, { head: t.service }, { head: t.purpose }, { head: t.how }],
    rows: readers.map(({ right, clients, extent, consent }) => ({
      cells: [
        html`${clients.map((one) => html`<code class="wrap-any">${decodeURIComponent(one)}</code> `)}${
          right.subject.kind.endsWith("group") ? html`<small>${subjectText(right.subject)}</small>` : ""
        }`,
        rightLink(right),
        html`<code>${right.purposes.join(" ") || "–"}</code>`,
        [extent === "part" ? t.part : "", right.fields ? "" : t.all, consent ? unlessText(right, lang) : ""]
          .filter(Boolean)
          .join(", ") || "–",
      ],
    })),
  });
}

const simulateWords = {
  approve: both("如果核可這項權限", "If this right were approved"),
  revoke: both("如果撤銷這項權限", "If this right were revoked"),
  lede: both(
    (calls: string, days: number) => `和最近 ${days} 天的 ${calls} 次呼叫比對。額度不算在內，什麼都沒有寫入。`,
    (calls: string, days: number) =>
      `Compared with the ${calls} calls of the last ${days} days. Quotas aside; nothing is written.`,
  ),
  none: both("沒有一次呼叫的結果會改變", "No call would be judged otherwise"),
  noneText: both("最近的呼叫都不受影響。", "None of the recent calls is affected."),
  leftOut: both(
    (n: string) => `${n} 次呼叫的路徑沒有公布的端點，無法比對。`,
    (n: string) => `${n} calls could not be compared: their endpoint is not published.`,
  ),
  effect: both("會變成", "Would be"),
  calls: both("次數", "Calls"),
  refused: both("被拒絕", "refused"),
  allowed: both("被允許", "allowed"),
  fields: both("看到不同的欄位", "given other fields"),
  example: both("例子", "Example"),
};

export function simulationPage(
  view: {
    readonly do: "approve" | "revoke";
    readonly simulation: Simulation;
    readonly right: Parameters<typeof rightLink>[0];
    readonly days: number;
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const s = inLanguage(simulateWords, lang);
  const { simulation, right } = view;
  const list =
    simulation.changed.length === 0
      ? emptyState({ drawing: icon("mountain"), title: s.none, text: s.noneText })
      : table({
          caption: s[view.do],
          captionHidden: true,
          columns: [
            { head: s.effect },
            { head: s.calls, number: true },
            { head: t.client },
            { head: t.path },
            { head: t.purpose },
            { head: s.example },
          ],
          rows: simulation.changed.map(({ calls, effect }) => ({
            cells: [
              tag(
                {
                  text: simulateWords[effect],
                  tone: effect === "refused" ? "bad" : effect === "allowed" ? "good" : "info",
                },
                lang,
              ),
              formatCount(calls.calls),
              html`<code class="wrap-any">${decodeURIComponent(calls.client)}</code>`,
              html`<code>${calls.method} ${calls.operation ?? ""}</code>`,
              html`<code>${calls.purpose ?? "–"}</code>`,
              html`<a href="/rights/ask?id=${calls.exchangeId}"
                ><code class="wrap-any">${calls.exchangeId.slice(0, 8)}…</code></a
              >`,
            ],
          })),
        });
  const body = html`<p><a href="/rights/right/${right.id}">${serviceName(right)}</a></p>
    <h1>${s[view.do]}</h1>
    <p class="lede">${s.lede(formatCount(simulation.calls), view.days)}</p>
    ${list}${simulation.leftOut > 0 ? note(html`${s.leftOut(formatCount(simulation.leftOut))}`, "wait") : ""}`;
  return page({ ...chrome, lang, title: s[view.do], area: "desk", body });
}
