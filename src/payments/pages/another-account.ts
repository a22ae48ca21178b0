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
  note,
  page,
  selectInput,
  show,
  textInput,
  type Chrome,
  type FieldError,
  type HtmlPage,
} from "#ui";
import type { OwnerVerdict } from "../contract.ts";

const words = { back2: both("回到這筆款項", "Back to this payment") };

const accountWords = {
  title: both("換一個帳戶收款", "Choose another account"),
  lede: both(
    (name: string) => `帳戶要是${name}本人的。按下後，我們會當場問銀行。`,
    (name: string) => `The account must belong to ${name}. We ask the bank while you wait.`,
  ),
  bank: both("銀行或郵局", "Bank or post office"),
  branch: both("分行代碼（4 碼）", "Branch code (4 digits)"),
  branchHint: both("存摺上有；郵局填 0021。", "It stands in the passbook; for the post office enter 0021."),
  number: both("帳號", "Account number"),
  numberHint: both("只填數字，最多 14 碼。", "Digits only, 14 at most."),
  send: both("檢查並改用這個帳戶", "Check, and use this account"),
  again: both("仍要用這個帳戶", "Use this account all the same"),
  tries: both("一天最多可以問 5 次。", "The bank can be asked five times a day."),
};

export interface AccountForm {
  readonly institution: string;
  readonly branch: string;
  readonly account: string;
}

/** Where the payee names another account, with the bank's answer about the last one they tried. */
export function anotherAccountPage(
  view: {
    readonly action: string;
    readonly backHref: string;
    readonly holder: string;
    readonly institutions: readonly { readonly code: string; readonly name: Localised }[];
    readonly form: AccountForm;
    /** The attempt that the page speaks of, so that a stale page changes nothing. */
    readonly attempt: string;
    readonly errors?: readonly FieldError[];
    /** The bank's answer, where the person may go on all the same. */
    readonly verdict?: OwnerVerdict;
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(accountWords, lang);
  const { errors, verdict } = view;
  const body = html`<div class="narrow">
    <a class="back" href="${view.backHref}">${words.back2[lang]}</a>
    ${errorSummary(errors, lang)}
    <h1>${t.title}</h1>
    <p class="lede">${show(t.lede(view.holder), lang)}</p>
    ${verdict ? note(html`<p role="status">${show(verdictText(verdict), lang)}</p>`, "wait") : ""}
    ${form(
      { action: view.action, csrf: chrome.csrf },
      html`<input type="hidden" name="attempt" value="${view.attempt}" />
        ${selectInput(
          {
            id: "institution",
            label: accountWords.bank,
            value: view.form.institution,
            error: errorOf(errors, "institution"),
            options: view.institutions.map(({ code, name }) => ({
              value: code,
              text: both(`${code} ${name["zh-Hant"]}`, `${code} ${name.en}`),
            })),
          },
          lang,
        )}
        ${textInput({ id: "branch", label: accountWords.branch, hint: accountWords.branchHint, value: view.form.branch, width: "short", inputmode: "numeric", autocomplete: "off", error: errorOf(errors, "branch") }, lang)}
        ${textInput({ id: "account", label: accountWords.number, hint: accountWords.numberHint, value: view.form.account, width: "medium", inputmode: "numeric", autocomplete: "off", error: errorOf(errors, "account") }, lang)}
        <p class="remark">${t.tries}</p>
        ${actions(
          button(verdict ? t.again : t.send, verdict ? { name: "anyway", value: verdict.result } : {}),
          html`<a href="${view.backHref}">${words.back2[lang]}</a>`,
        )}`,
    )}
  </div>`;
  return page({
    ...chrome,
    lang,
    title: t.title,
    area: "citizen",
    active: "applications",
    error: Boolean(errors?.length),
    body,
  });
}

const chequeWords = {
  title: both("改領支票", "Take a cheque instead"),
  lede: both(
    "支票會以掛號寄到這個地址，抬頭是您的姓名。",
    "The cheque is made out to you and sent to this address by registered post.",
  ),
  postal: both("郵遞區號", "Postal code"),
  address: both("地址", "Address"),
  addressHint: both("最多三行。", "Three lines at most."),
  send: both("改寄支票", "Send me a cheque"),
};

/** Where the payee gives the address for a cheque. */
export function chequePage(
  view: {
    readonly action: string;
    readonly backHref: string;
    readonly form: { readonly postal: string; readonly address: string };
    readonly attempt: string;
    readonly errors?: readonly FieldError[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(chequeWords, lang);
  const { errors } = view;
  const body = html`<div class="narrow">
    <a class="back" href="${view.backHref}">${words.back2[lang]}</a>
    ${errorSummary(errors, lang)}
    <h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${form(
      { action: view.action, csrf: chrome.csrf },
      html`<input type="hidden" name="attempt" value="${view.attempt}" />
        ${textInput({ id: "postal", label: chequeWords.postal, value: view.form.postal, width: "short", inputmode: "numeric", autocomplete: "postal-code", error: errorOf(errors, "postal") }, lang)}
        ${textInput({ id: "address", label: chequeWords.address, hint: chequeWords.addressHint, value: view.form.address, width: "full", rows: 3, autocomplete: "street-address", error: errorOf(errors, "address") }, lang)}
        ${actions(button(t.send), html`<a href="${view.backHref}">${words.back2[lang]}</a>`)}`,
    )}
  </div>`;
  return page({
    ...chrome,
    lang,
    title: t.title,
    area: "citizen",
    active: "applications",
    error: Boolean(errors?.length),
    body,
  });
}

/** What a bank's answer about an account means for the person, in plain words. Never who the account belongs to. */
export function verdictText(verdict: OwnerVerdict): Localised {
  switch (verdict.result) {
    case "match":
      return both("銀行確認這是您的帳戶。", "The bank confirmed that this account is yours.");
    case "number-differs":
      return both(
        "銀行說這個帳號不是您的。請對照存摺，或換一個帳戶。",
        "The bank says that this account is not yours. Compare it with your passbook, or choose another.",
      );
    case "name-differs":
      return both(
        "銀行登記的姓名和您的略有不同。款項可能仍會入帳；若是同一個人，可以繼續，承辦人會再看一次。",
        "The name the bank has differs a little from yours. The money may arrive all the same; if it is you, go on and an officer will look at it again.",
      );
    case "no-such-account":
      return both(
        "銀行查無這個帳號。請對照存摺再填一次。",
        "The bank knows no such account. Compare it with your passbook and try again.",
      );
    case "closed":
      return both("這個帳戶已經結清。請換一個帳戶。", "This account is closed. Choose another.");
    case "blocked":
      return both("這個帳戶不能收款。請換一個帳戶。", "This account cannot receive money. Choose another.");
    case "branch-wrong":
      return verdict.suggest
        ? both(
            `分行代碼可能不對。銀行認為是 ${verdict.suggest.slice(0, 3)}-${verdict.suggest.slice(3)}，已替您填上，請確認後再送。`,
            `The branch code may be wrong. The bank believes it is ${verdict.suggest.slice(0, 3)}-${verdict.suggest.slice(3)}; it is filled in for you, so check it and send again.`,
          )
        : both("分行代碼不對。請對照存摺。", "The branch code is wrong. Compare it with your passbook.");
    case "unknown":
      return both(
        "銀行現在沒有回答。可以先用這個帳戶，我們會再問一次，有問題會通知您。",
        "The bank does not answer right now. You may use the account; we ask again and tell you if something is wrong.",
      );
  }
}

/** Whether the person may go on with an account the bank did not confirm. */
export function mayGoOn(verdict: OwnerVerdict): boolean {
  return verdict.result === "match" || verdict.result === "unknown" || verdict.result === "name-differs";
}
