import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  errorOf,
  errorSummary,
  factList,
  form,
  formatDateTime,
  html,
  inLanguage,
  note,
  show,
  tag,
  textInput,
  timeline,
  type Chrome,
  type FieldError,
  type HtmlPage,
  type HtmlValue,
  type Text,
} from "#ui";
import type { ChargeView } from "../view.ts";
import { feeFrame } from "./frame.ts";
import { chargeEventTitle, chargeTag, feeMoney, feePaths, methodTitle, reasonWord } from "./words.ts";

/** What an officer may do with a charge now. */
export type ChargeAct = "refund" | "propose" | "agree" | "take-back" | "retry" | "repaid";

export interface ChargePageView extends ChargeView {
  /** Names of officers by id; whoever is not named is the system or the provider. */
  readonly names: Readonly<Record<string, string>>;
  readonly acts: readonly ChargeAct[];
  /** Why nothing can be done although something could be. */
  readonly notAllowed?: Text | undefined;
  readonly caseHref?: string | undefined;
  readonly errors?: readonly FieldError[];
  readonly secondPersonAbove: bigint;
}

const words = {
  back: both("規費的繳費", "Payments of fees"),
  amount: both("應繳", "Asked"),
  taken: both("實收", "Taken"),
  provider: both("繳費服務", "Provider"),
  reference: both("繳費服務編號", "Provider's number"),
  method: both("方式", "By"),
  id: both("收據編號", "Receipt number"),
  law: both("法律依據", "Legal basis"),
  begun: both("開始", "Begun"),
  case: both("看案件", "See the case"),
  course: both("經過", "What happened"),
  refund: both("退費", "Refund"),
  reason: both("理由", "Reason"),
  reasonHint: both("繳費人和稽核都會看到。", "The payer and the auditor will read it."),
  decide: both("決定退費", "Refund it"),
  propose: both("提出退費", "Propose the refund"),
  proposeText: both(
    (limit: string) => `超過 ${limit}，要另一位同仁同意才會退。`,
    (limit: string) => `Above ${limit} another officer must agree before money goes back.`,
  ),
  agree: both("同意退費", "Agree to the refund"),
  decline: both("不同意", "Do not agree"),
  takeBack: both("收回提案", "Take the proposal back"),
  retry: both("再請繳費服務退一次", "Ask the provider again"),
  repaid: both("已改用匯款退還", "It was repaid by transfer"),
  transfer: both("匯款編號", "Reference of the transfer"),
  by: both("經手", "By"),
};

/** One charge: what was asked and taken, all that happened, and what an officer can do. */
export function chargePage(view: ChargePageView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { fee, charge } = view;
  const body = html`<a class="back" href="${feePaths.all}">${t.back}</a>
    ${errorSummary(view.errors, lang)}
    <div class="between case-head">
      <h1>${fee.reference} ${show(fee.reason, lang)}</h1>
      ${tag(chargeTag(charge.state), lang)}
    </div>
    <div class="two">
      <div>
        <section class="card">
          ${factList(
            [
              { label: words.amount, value: feeMoney(charge.amount) },
              ...(charge.taken === null ? [] : [{ label: words.taken, value: feeMoney(charge.taken) }]),
              { label: words.method, value: methodTitle(charge.method) },
              { label: words.provider, value: charge.provider },
              { label: words.reference, value: charge.providerReference ?? "–" },
              { label: words.id, value: html`<code class="proof">${charge.id}</code>` },
              { label: words.law, value: fee.law },
              { label: words.begun, value: formatDateTime(charge.createdAt, lang) },
            ],
            lang,
          )}
          ${view.caseHref ? html`<p><a href="${view.caseHref}">${t.case}</a></p>` : ""}
        </section>
        <h2>${t.course}</h2>
        ${timeline(
          view.events.map((event, at, all) => ({
            at: event.at,
            title: chargeEventTitle(event.event),
            state: at === all.length - 1 ? ("now" as const) : ("done" as const),
            by: view.names[event.by] ?? undefined,
            text: event.detail["reason"] ? reasonWord(event.detail["reason"]) : event.detail["reference"],
          })),
          lang,
        )}
      </div>
      <aside aria-label="${t.refund}">
        ${
          view.acts.length > 0 || view.notAllowed
            ? html`<div class="card">
                <h2>${t.refund}</h2>
                ${actForms(view, lang, chrome)}
              </div>`
            : ""
        }
      </aside>
    </div>`;
  return feeFrame(
    { title: fee.reference, place: "all", body, ...(view.errors?.length ? { error: true } : {}) },
    lang,
    chrome,
  );
}

function actForms(view: ChargePageView, lang: Language, chrome: Chrome): HtmlValue {
  const t = inLanguage(words, lang);
  const here = `${feePaths.all}/${view.charge.id}`;
  const may = (act: ChargeAct): boolean => view.acts.includes(act);
  const reason = (id: string, label: Text = words.reason): HtmlValue =>
    textInput({ id, name: "reason", label, hint: words.reasonHint, error: errorOf(view.errors, id) }, lang);
  return html`${view.notAllowed ? note(html`<p>${show(view.notAllowed, lang)}</p>`, "wait") : ""}
  ${
    may("refund") || may("propose")
      ? form(
          { action: `${here}/refund`, csrf: chrome.csrf },
          html`${may("propose") ? html`<p>${t.proposeText(feeMoney(view.secondPersonAbove)[lang])}</p>` : ""}${reason("reason")}${actions(
            button(may("propose") ? t.propose : t.decide, { kind: "stop" }),
          )}`,
        )
      : ""
  }
  ${
    may("agree") || may("take-back")
      ? form(
          { action: `${here}/answer`, csrf: chrome.csrf },
          html`${reason("reason")}${actions(
            may("agree") ? button(t.agree, { kind: "stop", name: "answer", value: "yes" }) : "",
            button(may("agree") ? t.decline : t.takeBack, { kind: "quiet", name: "answer", value: "no" }),
          )}`,
        )
      : ""
  }
  ${
    may("retry")
      ? form({ action: `${here}/retry`, csrf: chrome.csrf }, html`${reason("reason")}${actions(button(t.retry))}`)
      : ""
  }
  ${
    may("repaid")
      ? html`<div class="spaced">
          ${form({ action: `${here}/repaid`, csrf: chrome.csrf }, html`${reason("transfer", words.transfer)}${actions(button(t.repaid, { kind: "quiet" }))}`)}
        </div>`
      : ""
  }`;
}
