import { html } from "hono/html";
import type { Localised } from "#kernel";
import type { AgencyAccount } from "./accounts.ts";

type Html = ReturnType<typeof html>;

export const stylesheet = `body{font:1rem/1.7 system-ui,sans-serif;margin:0 auto;max-width:36rem;padding:1rem;color:#1d2521;background:#f4f6fb}
.simulator{background:#7a2e0e;color:#fff;padding:.75rem 1rem;border-radius:.5rem;font-weight:600;margin:0}
.simulator span,h1 span,h2 span,small{display:block}h1{font-size:1.6rem;line-height:1.4}h1 span,h2 span{font-size:.7em;font-weight:500;color:#4a5650}h2{font-size:1.2rem}
form{margin:0 0 .75rem}button{font:inherit;width:100%;text-align:start;padding:.75rem 1rem;border:1px solid #34507a;border-radius:.5rem;background:#fff;color:inherit;cursor:pointer}
button:hover{background:#e6edf8}button:focus-visible{outline:3px solid #b35900}small{color:#4a5650;font-size:.9rem}a{color:#1d4a86}`;

function frame(agency: Localised, body: Html): Html {
  return html`<!doctype html>
    <html lang="zh-Hant">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${agency["zh-Hant"]} 機關帳號（模擬器）</title>
        <link rel="stylesheet" href="/simulator.css" />
      </head>
      <body>
        <p class="simulator">
          這是模擬器：代替機關自己的帳號系統，人物都是虛構的。<span lang="en"
            >This is a simulator: it stands for an agency’s own account system. Its people are invented.</span
          >
        </p>
        <main>${body}</main>
      </body>
    </html>`;
}

function line(zh: string, en: string): Html {
  return html`${zh}<small lang="en">${en}</small>`;
}

function heading(agency: Localised): Html {
  return html`<h1>${agency["zh-Hant"]}<span lang="en">${agency.en}</span></h1>`;
}

/** Where an official says who they are: one press stands for password and second factor. */
export function choicePage(agency: Localised, accounts: readonly AgencyAccount[], action: string): Html {
  return frame(
    agency,
    html`${heading(agency)}
      <p>
        ${line("以哪個帳號登入？按一下代替密碼和第二因素。", "Sign in as whom? One press stands for password and second factor.")}
      </p>
      ${accounts.map(
        ({ login, name, note }) =>
          html`<form method="post" action="${action}">
            <button name="login" value="${login}">
              <b>${name}</b> ${login}<br />${line(note["zh-Hant"], note.en)}
            </button>
          </form>`,
      )}
      <form method="post" action="${action}">
        <button name="login" value="">${line("取消", "Cancel")}</button>
      </form>`,
  );
}

/** What one may change here: who has left, and whether the system answers at all. */
export function directoryPage(
  agency: Localised,
  accounts: readonly (AgencyAccount & { readonly left: boolean })[],
  down: boolean,
): Html {
  return frame(
    agency,
    html`${heading(agency)}
      <h2>帳號<span lang="en">Accounts</span></h2>
      ${accounts.map(
        ({ login, name, left }) =>
          html`<form method="post" action="/simulator/left">
            <input type="hidden" name="login" value="${login}" />
            <button name="left" value="${left ? "" : "yes"}">
              <b>${name}</b>
              ${login}<br />${left ? line("已離職。按一下：復職", "Has left. Press: comes back") : line("在職。按一下：離職", "Works here. Press: leaves")}
            </button>
          </form>`,
      )}
      <h2>系統<span lang="en">The system</span></h2>
      <form method="post" action="/simulator/down">
        <button name="down" value="${down ? "" : "yes"}">
          ${down ? line("故障中。按一下：修好", "Out of order. Press: works again") : line("正常。按一下：故障", "Works. Press: out of order")}
        </button>
      </form>`,
  );
}

/** What everybody gets while it is out of order. */
export function downPage(agency: Localised, back: string): Html {
  return frame(
    agency,
    html`${heading(agency)}
      <p>${line("機關帳號系統暫停服務。", "The agency’s account system is out of order.")}</p>
      <p><a href="${back}">${line("回到入口網站，改用卡片登入", "Back to the portal, to sign in with a card")}</a></p>`,
  );
}
