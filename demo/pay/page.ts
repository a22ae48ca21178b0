import { html } from "hono/html";
import type { Language, Localised } from "#kernel";
import { cards, counters, type Behaviour } from "./magic.ts";
import type { PayCharge } from "./store.ts";

type Html = ReturnType<typeof html>;

export const stylesheet = `body{font:1rem/1.7 system-ui,sans-serif;margin:0 auto;max-width:44rem;padding:1rem;color:#1d2521;background:#fbfaf7}
.simulator{background:#7a2e0e;color:#fff;padding:.75rem 1rem;border-radius:.5rem;font-weight:600;margin:0}
.simulator span{display:block}h1{font-size:1.75rem;line-height:1.4}h2{font-size:1.25rem;line-height:1.5;margin:2rem 0 .5rem}
.card{background:#fff;border:1px solid #8c938f;border-radius:.5rem;padding:1rem;margin:1rem 0}
.sum{font-size:2rem;font-weight:700;margin:0}label{display:flex;gap:.75rem;align-items:flex-start;padding:.4rem 0;min-height:2rem}
input[type=radio]{width:1.35rem;height:1.35rem;flex:none;margin:.2rem 0 0}code{white-space:nowrap}fieldset{border:0;padding:0;margin:0}
legend{font-weight:700;padding:0}button,.button{font:inherit;font-weight:600;background:#0b5a4a;color:#fff;border:0;border-radius:.5rem;padding:.7rem 1.4rem;min-height:2.75rem;display:inline-block;text-decoration:none;cursor:pointer}
button.quiet{background:#fff;color:#0b5a4a;border:2px solid #0b5a4a}a{color:#0b5a4a}:focus-visible{outline:3px solid #d9480f;outline-offset:2px}
.top{display:flex;justify-content:flex-end;padding:.5rem 0}.wrong{border-inline-start:.3rem solid #a4161a;padding:.25rem 1rem;font-weight:600}
form+form{margin-top:1rem}`;

const words = {
  title: { "zh-Hant": "付款", en: "Pay" },
  amount: { "zh-Hant": "應付金額", en: "To pay" },
  to: { "zh-Hant": "項目", en: "For" },
  card: { "zh-Hant": "信用卡（測試卡）", en: "Card (test cards)" },
  cardHint: {
    "zh-Hant": "卡號的末四碼決定結果。這裡不能輸入真的卡號。",
    en: "The last four digits decide what happens. No real card can be typed here.",
  },
  store: { "zh-Hant": "超商代碼", en: "Code for the convenience store" },
  transfer: { "zh-Hant": "銀行轉帳", en: "Bank transfer" },
  counterHint: { "zh-Hant": "選一個要模擬的情形。", en: "Choose what is to be simulated." },
  pay: { "zh-Hant": "用這張卡付款", en: "Pay with this card" },
  code: { "zh-Hant": "取得繳費代碼", en: "Get a code" },
  account: { "zh-Hant": "取得轉帳帳號", en: "Get an account to transfer to" },
  stop: { "zh-Hant": "不付了，返回", en: "Do not pay, go back" },
  choose: { "zh-Hant": "請先選一項。", en: "Choose one first." },
  over: { "zh-Hant": "這筆付款已經結束", en: "This payment is over" },
  back: { "zh-Hant": "回到原來的網站", en: "Back to the site you came from" },
  codeIs: { "zh-Hant": "繳費代碼", en: "Your code" },
  accountIs: { "zh-Hant": "轉帳帳號", en: "Transfer to this account" },
  keep: {
    "zh-Hant": "請在三天內繳清。模擬的結果幾秒後就會出現。",
    en: "Pay within three days. What is simulated happens in a few seconds.",
  },
} as const satisfies Record<string, Localised>;

function frame(lang: Language, title: string, path: string, content: Html): Html {
  const other = lang === "en" ? "zh-Hant" : "en";
  return html`<!doctype html>
    <html lang="${lang === "en" ? "en" : "zh-Hant-TW"}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} - 付款模擬器 Payment simulator</title>
        <link rel="stylesheet" href="/pay.css" />
      </head>
      <body>
        <header>
          <p class="simulator">
            <span lang="zh-Hant">這是付款模擬器，不會扣真的錢。</span>
            <span lang="en">This is a payment simulator. No real money moves.</span>
          </p>
          <div class="top">
            <a href="${path}?lang=${other}" lang="${other}">${other === "en" ? "English" : "中文"}</a>
          </div>
        </header>
        <main>${content}</main>
      </body>
    </html>`;
}

/** Where the payer chooses how to pay. */
export function choosePage(charge: PayCharge, lang: Language, wrong: boolean): Html {
  const path = `/pay/${charge.token}`;
  const group = (
    method: string,
    legend: Localised,
    hint: Localised,
    submit: Localised,
    table: Readonly<Record<string, Behaviour>>,
    label: (key: string) => string,
  ) =>
    html`<form class="card" method="post" action="${path}?lang=${lang}">
      <input type="hidden" name="method" value="${method}" />
      <fieldset>
        <legend>${legend[lang]}</legend>
        <p>${hint[lang]}</p>
        ${Object.entries(table).map(
          ([key, { text }], at) =>
            html`<label
              ><input type="radio" name="ending" value="${key}" ${at === 0 ? html`checked` : ""} />
              <span>${label(key) === "" ? "" : html`<code>${label(key)}</code> `}${text[lang]}</span></label
            >`,
        )}
      </fieldset>
      <p><button>${submit[lang]}</button></p>
    </form>`;
  return frame(
    lang,
    words.title[lang],
    path,
    html`<h1>${words.title[lang]}</h1>
      ${wrong ? html`<p class="wrong" role="alert">${words.choose[lang]}</p>` : ""}
      <div class="card">
        <p>${words.to[lang]}: ${charge.description[lang]}</p>
        <p>${words.amount[lang]}</p>
        <p class="sum">${charge.currency} ${charge.amount.toLocaleString("en")}</p>
      </div>
      ${group("card", words.card, words.cardHint, words.pay, cards, (key) => `4000 0000 0000 ${key}`)}
      ${group("convenience-store", words.store, words.counterHint, words.code, counters, () => "")}
      ${group("bank-transfer", words.transfer, words.counterHint, words.account, counters, () => "")}
      <form method="post" action="${path}/stop"><button class="quiet">${words.stop[lang]}</button></form>`,
  );
}

/** The code or account to pay to, and the way back. */
export function counterPage(charge: PayCharge, lang: Language): Html {
  const label = charge.method === "bank-transfer" ? words.accountIs : words.codeIs;
  return frame(
    lang,
    label[lang],
    `/pay/${charge.token}`,
    html`<h1>${label[lang]}</h1>
      <div class="card">
        <p class="sum"><code>${charge.reference.slice(0, 13)}</code></p>
        <p>${charge.currency} ${charge.amount.toLocaleString("en")}</p>
        <p>${words.keep[lang]}</p>
      </div>
      <p><a class="button" href="${charge.returnUrl}">${words.back[lang]}</a></p>`,
  );
}

export function overPage(charge: PayCharge, lang: Language): Html {
  return frame(
    lang,
    words.over[lang],
    `/pay/${charge.token}`,
    html`<h1>${words.over[lang]}</h1>
      <p><a class="button" href="${charge.returnUrl}">${words.back[lang]}</a></p>`,
  );
}

/** The simulator's own front page: what it received, without anything about persons. */
export function frontPage(charges: readonly PayCharge[]): Html {
  return frame(
    "zh-Hant",
    "付款模擬器",
    "/",
    html`<h1>付款模擬器 <span lang="en">Payment simulator</span></h1>
      <h2>最近的付款 <span lang="en">Latest payments</span></h2>
      ${charges.length === 0 ? html`<p>還沒有。<span lang="en">None yet.</span></p>` : ""}
      ${charges.map(
        (one) =>
          html`<div class="card">
            <p><code>${one.reference}</code></p>
            <p>${one.currency} ${one.amount.toLocaleString("en")} · ${one.method ?? "—"} ${one.ending ?? ""}</p>
          </div>`,
      )}`,
  );
}
