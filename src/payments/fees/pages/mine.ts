import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  details,
  emptyState,
  explanation,
  factList,
  form,
  formatDate,
  formatDateTime,
  html,
  icon,
  inLanguage,
  note,
  page,
  pagination,
  paths,
  pickCards,
  plain,
  show,
  tag,
  timeOf,
  type Chrome,
  type Explanation,
  type Html,
  type HtmlPage,
  type HtmlValue,
  type Text,
} from "#ui";
import type { FeeProvider } from "../contract.ts";
import type { FeeView } from "../view.ts";
import { closingText, declinedText, feeMoney, feePaths, feeTag, methodTitle } from "./words.ts";

const words = {
  title: both("我的規費", "My fees"),
  none: both("沒有規費", "No fees"),
  noneText: both(
    "送出要繳費的申請後，會列在這裡。",
    "When you send an application that costs something, it is listed here.",
  ),
  applications: both("看我的申請", "See my applications"),
  back: both("我的規費", "My fees"),
  toPay: both("繳規費", "Pay the fee"),
  paid: both("繳費完成", "Payment complete"),
  amount: both("金額", "Amount"),
  what: both("項目", "For"),
  law: both("法律依據", "Legal basis"),
  number: both("申請編號", "Application number"),
  due: both("繳費期限", "Pay by"),
  how: both("怎麼繳", "How to pay"),
  go: both("去繳費", "Go on to pay"),
  goOn: both("回到繳費頁", "Go back to the payment page"),
  retry: both("再繳一次", "Pay again"),
  safe: both(
    "卡號只在繳費服務的頁面輸入，不會經過本網站。",
    "You type the card number at the payment service only; it never reaches this site.",
  ),
  simulator: both("接下來是模擬器，不會扣真的錢。", "What follows is a simulator. No real money moves."),
  offline: both(
    "現在不能線上繳費。請到櫃台繳，或稍後再來。",
    "It cannot be paid online now. Pay at a counter, or come back later.",
  ),
  pending: both(
    "繳費服務還在等這筆錢。請不要再繳一次；有結果時這裡會更新。",
    "The payment service is waiting for the money. Do not pay again; this page will show the outcome.",
  ),
  checking: both(
    "繳費服務沒有回應，我們正在確認有沒有收到。請不要再繳一次。",
    "The payment service does not answer, and we are finding out whether the money was taken. Do not pay again.",
  ),
  look: both("看有沒有結果", "Look again"),
  stop: both("不繳這一筆，改用別的方式", "Stop this one and pay another way"),
  stopped: both("上一次沒有完成，沒有扣款。", "The last attempt was not completed. No money was taken."),
  refunding: both(
    "這筆錢會退還給您，通常在幾天內。您不需要做任何事。",
    "The money is going back to you, usually within days. You need not do anything.",
  ),
  refunded: both("已退還。", "Given back."),
  closed: both("不用繳了，沒有要做的事。", "Nothing is owed any more. There is nothing to do."),
  otherAmount: both(
    "收到的金額不對，已經退還；請重新繳一次。",
    "The amount we got was wrong and goes back to you. Please pay again.",
  ),
  why: both("為什麼是這個金額", "Why this amount"),
  receipt: both("收據", "Receipt"),
  paidAt: both("繳費時間", "Paid"),
  method: both("方式", "By"),
  reference: both("繳費服務編號", "The payment service's number"),
  charge: both("收據編號", "Receipt number"),
  pdf: both("下載收據（PDF，密封）", "Download the receipt (PDF, sealed)"),
  application: both("看申請", "See the application"),
  reason: both("退費理由", "Reason for the refund"),
};

export interface MyFeesView {
  readonly fees: readonly FeeView[];
  readonly pages: { readonly page: number; readonly pages: number; readonly href: (page: number) => string };
}

/** What a person owes and paid, newest first. */
export function myFeesPage(view: MyFeesView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <h1>${t.title}</h1>
    ${
      view.fees.length === 0
        ? emptyState({
            drawing: icon("once"),
            title: t.none,
            text: t.noneText,
            action: buttonLink(t.applications, paths.applications, "quiet"),
          })
        : view.fees.map(
            ({ fee, state }) =>
              html`<section class="card">
                <div class="between">
                  <h2 class="asked"><a href="${feePaths.mine}/${fee.id}">${show(fee.reason, lang)}</a></h2>
                  ${tag(feeTag(state), lang)}
                </div>
                <p class="sum">${show(feeMoney(fee.amount), lang)}</p>
                <p class="remark">${fee.reference} · ${timeOf(fee.demandedAt, lang)}</p>
              </section>`,
          )
    }
    ${pagination(view.pages, lang)}
  </div>`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", active: "applications", body });
}

export interface MyFeeView extends FeeView {
  readonly due: Date;
  readonly providers: readonly Pick<FeeProvider, "id" | "title" | "simulator">[];
  /** Why the amount is what it is, where a rule gave it. */
  readonly why?: Explanation | undefined;
  /** The provider's reason for the last refusal. */
  readonly declined?: string | undefined;
  /** The last attempt took another amount. */
  readonly otherAmount?: boolean;
  readonly applicationHref?: string | undefined;
  /** What was paid for, ready to be fetched. */
  readonly provided?: { readonly text: Text; readonly href: string } | undefined;
  readonly receiptHref?: string | undefined;
}

/** One fee: what, why, how much and by which law; how to pay; what came of it; and the receipt. */
export function myFeePage(view: MyFeeView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { fee, state } = view;
  const title = state === "paid" ? words.paid : state === "to-pay" || state === "open" ? words.toPay : fee.reason;
  const owed = state === "to-pay" || state === "open" || state === "pending";
  const about = html`<section class="card spaced">
    <p class="caption">${t.amount}</p>
    <p class="sum">${show(feeMoney(fee.amount), lang)}</p>
    ${factList(
      [
        { label: words.what, value: fee.reason },
        { label: words.number, value: fee.reference },
        { label: words.law, value: fee.law },
        ...(owed ? [{ label: words.due, value: formatDate(view.due, lang) }] : []),
      ],
      lang,
    )}
    ${view.why ? details(t.why, explanation(view.why, lang)) : ""}
  </section>`;
  const body = html`<a class="back" href="${feePaths.mine}">${t.back}</a>
    <div class="narrow">
      <div class="between">
        <h1>${show(title, lang)}</h1>
        ${tag(feeTag(state), lang)}
      </div>
      ${
        owed
          ? html`<div class="spaced">${earlier(view, lang)}</div>
              ${about}${stand(view, lang, chrome)}`
          : html`<div class="spaced">${stand(view, lang, chrome)}</div>
              ${about}`
      }
    </div>`;
  return page({ ...chrome, lang, title: plain(title, lang), area: "citizen", active: "applications", body });
}

function stand(view: MyFeeView, lang: Language, chrome: Chrome): HtmlValue {
  const t = inLanguage(words, lang);
  const here = `${feePaths.mine}/${view.fee.id}`;
  const ask = (path: string, text: string, kind?: "quiet"): Html =>
    form({ action: `${here}/${path}`, csrf: chrome.csrf }, button(text, kind ? { kind } : {}));
  const application = view.applicationHref ? buttonLink(t.application, view.applicationHref, "quiet") : "";
  switch (view.state) {
    case "to-pay":
    case "not-paid":
    case "stopped":
      return payForm(view, lang, chrome);
    case "open":
      return html`${payForm(view, lang, chrome)} ${actions(ask("stop", t.stop, "quiet"))}`;
    case "pending":
      return html`${note(html`<p>${t.pending}</p>`)}${actions(ask("look", t.look), ask("stop", t.stop, "quiet"))}`;
    case "checking":
      return html`${note(html`<p>${t.checking}</p>`, "wait")}${actions(ask("look", t.look))}`;
    case "paid":
      return html`${receipt(view, lang)}${actions(
        view.provided
          ? html`<a class="button sun" href="${view.provided.href}">${show(view.provided.text, lang)}</a>`
          : "",
        view.receiptHref ? buttonLink(t.pdf, view.receiptHref, "quiet") : "",
        application,
      )}`;
    case "being-refunded":
    case "refunded":
      return html`${note(html`<p>${view.state === "refunded" ? t.refunded : t.refunding}</p>`)}
      ${view.fee.closedFor ? html`<p><b>${t.reason}</b> ${show(closingText(view.fee.closedFor), lang)}</p>` : ""}${actions(application)}`;
    case "closed":
      return html`${note(html`<p>${t.closed}</p>`)}${actions(application)}`;
  }
}

/** What became of the last attempt, and what to do. */
function earlier(view: MyFeeView, lang: Language): HtmlValue {
  const last = view.charges.at(-1);
  if (!last || view.state !== "to-pay") return "";
  if (view.otherAmount) return note(html`<p>${words.otherAmount[lang]}</p>`, "bad");
  if (last.state === "failed") return note(html`<p>${show(declinedText(view.declined), lang)}</p>`, "bad");
  return note(html`<p>${words.stopped[lang]}</p>`);
}

function payForm(view: MyFeeView, lang: Language, chrome: Chrome): HtmlValue {
  const t = inLanguage(words, lang);
  const { providers, charge, fee, state } = view;
  const [only] = providers;
  if (!only) return note(html`<p>${t.offline}</p>`, "wait");
  const going = state === "open" ? providers.filter(({ id }) => id === charge?.provider) : providers;
  const text = state === "open" ? t.goOn : view.charges.length > 0 ? t.retry : t.go;
  return html`${form(
      { action: `${feePaths.mine}/${fee.id}/pay`, csrf: chrome.csrf },
      html`<h2>${t.how}</h2>
        ${
          going.length > 1
            ? pickCards(
                {
                  name: "provider",
                  chosen: only.id,
                  choices: going.map(({ id, title }) => ({ value: id, text: title })),
                },
                lang,
              )
            : html`<p>${show((going[0] ?? only).title, lang)}</p>
                <input type="hidden" name="provider" value="${(going[0] ?? only).id}" />`
        }
        ${actions(button(text, { kind: "sun" }))}`,
    )}
    <p class="remark">${t.safe}${going.some(({ simulator }) => simulator) ? html` <b>${t.simulator}</b>` : ""}</p>`;
}

function receipt({ charge, paidAt }: MyFeeView, lang: Language): HtmlValue {
  if (!charge || !paidAt) return "";
  return html`<section class="card seal spaced">
    ${icon("seal")}
    <h2>${words.receipt[lang]}</h2>
    ${factList(
      [
        { label: words.paidAt, value: formatDateTime(paidAt, lang) },
        { label: words.method, value: methodTitle(charge.method) },
        { label: words.reference, value: charge.providerReference ?? "–" },
        { label: words.charge, value: html`<code class="proof">${charge.id}</code>` },
      ],
      lang,
    )}
  </section>`;
}
