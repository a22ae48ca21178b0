import type { Language, Localised, ProblemEntry } from "#kernel";
import {
  both,
  button,
  buttonLink,
  details,
  form,
  html,
  icon,
  inLanguage,
  note,
  page,
  postButton,
  show,
  textInput,
  type Chrome,
  type Html,
  type HtmlPage,
  type Text,
} from "#ui";
import { passkeyWay } from "./passkeys.ts";

/** A way of signing in besides the usual one. */
export interface OtherWay {
  readonly title: Localised;
  readonly text: Localised;
  readonly action: string;
  /** What the person types first. */
  readonly asks?: "first-time" | "number";
}

export interface SignInView {
  /** Why the person is here, for example the service they started. */
  readonly context?: Text;
  /** Where the button posts to begin; the server then sends the browser to the reader. */
  readonly action: string;
  /** The person is signed in, and proves once more that it is them. */
  readonly again?: boolean;
  /** Offers a passkey, where the browser can; `next` is where the person was going. */
  readonly passkey?: { readonly next: string };
  /** Other ways of signing in, below the usual one. */
  readonly others?: readonly OtherWay[];
  /** A refusal of the last attempt (card revoked, expired, not trusted). */
  readonly problem?: ProblemEntry;
  /** True at the officers' desk. */
  readonly desk?: boolean;
  /** Where staff sign in with their agency's own account, when an agency has such. */
  readonly staffAccounts?: string;
  /** True when the reader is a simulator; then the page says so. */
  readonly simulator: boolean;
}

const words = {
  title: both("登入", "Sign in"),
  againTitle: both("請再確認是您本人", "Show once more that it is you"),
  deskTitle: both("同仁登入", "Officer sign-in"),
  intro: both(
    "用您的卡片證明身分。密碼只在讀卡機上輸入，不會傳給我們。",
    "Show who you are with your card. Your PIN is typed at the reader and never reaches us.",
  ),
  card: both("用卡片登入", "Sign in with your card"),
  deskCard: both("用職員卡登入", "Sign in with your staff card"),
  cardText: both(
    "自然人憑證或新式身分證，加上卡片的 PIN 碼。",
    "Your citizen certificate card or new identity card, with its PIN.",
  ),
  deskCardText: both(
    "每一次開啟案件都會留下紀錄，當事人看得到。",
    "Each time you open a case it is recorded, and the person concerned can see it.",
  ),
  simulator: both(
    "這是示範國度：接下來的讀卡機是模擬器，卡片與人物都是虛構的。",
    "This is a demonstration country: the card reader that follows is a simulator, its cards and people are invented.",
  ),
  lost: both("卡片遺失或忘了密碼？", "Lost your card or forgot the PIN?"),
  lostText: both(
    "密碼連續輸入錯誤三次，卡片會鎖住。請帶身分證明到任一戶政事務所解鎖或補發；遺失請先停用卡片。",
    "After three wrong PINs the card locks. Any household registration office unlocks or replaces it; if it is lost, have it suspended first.",
  ),
  problem: both("沒有登入成功", "You are not signed in"),
  others: both("其他登入方式", "Other ways to sign in"),
  go: both("用這個方式登入", "Sign in this way"),
  staffAccounts: both("用機關帳號登入", "Sign in with your agency's account"),
  number: both("身分證號", "Identity number"),
  numberFirst: both("只有第一次用這張卡片時要填。", "Only the first time you use this card here."),
  birthDate: both("出生日期", "Date of birth"),
  birthDateFirst: both(
    "只有第一次要填。西元年-月-日，例如 1974-05-18。",
    "Only the first time. Year-month-day, for example 1974-05-18.",
  ),
};

/** What was typed is sent in the body and kept sealed; it is in no address. */
function otherWay(way: OtherWay, id: string, lang: Language, chrome: Chrome): Html {
  const t = inLanguage(words, lang);
  const number = {
    id: `${id}-number`,
    name: "number",
    label: words.number,
    width: "medium",
    autocomplete: "off",
    ...(way.asks === "first-time" && { hint: words.numberFirst }),
  } as const;
  const birthDate = {
    id: `${id}-birth-date`,
    name: "birthDate",
    label: words.birthDate,
    hint: words.birthDateFirst,
    width: "medium",
    autocomplete: "off",
  } as const;
  return form(
    { action: way.action, csrf: chrome.csrf },
    html`<p>${show(way.text, lang)}</p>
      ${way.asks ? html`${textInput(number, lang)}${textInput(birthDate, lang)}` : ""}${button(t.go)}`,
  );
}

/** Where sign-in begins: one way (the card), what will happen, and what to do when it did not work. */
export function signInPage(view: SignInView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const title = view.again ? t.againTitle : view.desk ? t.deskTitle : t.title;
  const body = html`<div class="narrow">
    ${
      view.problem
        ? html`<div class="error-summary" role="alert" tabindex="-1" data-error-summary>
            <h2>${t.problem}</h2>
            <p><b>${show(view.problem.title, lang)}</b></p>
            <p>${show(view.problem.action, lang)}</p>
          </div>`
        : ""
    }
    <h1>${title}</h1>
    ${view.context ? note(html`<p>${show(view.context, lang)}</p>`) : ""}
    <p class="lede">${t.intro}</p>
    <div class="card sign-in-card">
      ${icon("card")}
      <h2>${view.desk ? t.deskCard : t.card}</h2>
      <p>${view.desk ? t.deskCardText : t.cardText}</p>
      ${postButton({ action: view.action, csrf: chrome.csrf, text: view.desk ? t.deskCard : t.card, kind: "sun" })}
      ${view.simulator ? html`<p class="remark">${t.simulator}</p>` : ""}
    </div>
    ${view.passkey ? passkeyWay(view.passkey.next, lang) : ""}
    ${view.staffAccounts ? html`<p>${buttonLink(t.staffAccounts, view.staffAccounts, "quiet")}</p>` : ""}
    ${
      view.others?.length
        ? html`<h2>${t.others}</h2>
            ${view.others.map((way, at) => details(show(way.title, lang), otherWay(way, `way-${at}`, lang, chrome)))}`
        : ""
    }
    ${details(t.lost, html`<p>${t.lostText}</p>`)}
  </div>`;
  return page({
    ...chrome,
    lang,
    title,
    area: view.desk ? "desk" : "citizen",
    error: view.problem !== undefined,
    body,
  });
}
