import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Language, Localised } from "#kernel";
import type { CardView } from "./cards.ts";
import { say, words, type Word } from "./reader-words.ts";

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** What every page of the reader needs to look right. */
export interface Look {
  readonly language: Language;
  /** Allows this answer's one style and one script, and no other. */
  readonly nonce: string;
  /** A stylesheet to use instead of the reader's own. */
  readonly stylesheet?: string;
  /** The same page in the other language. */
  readonly otherLanguage?: string;
}

// Without quotation marks: the template escapes them.
const style = `
:root { color-scheme: light; --ink: #16211f; --soft: #5b6865; --line: #d8d6cc; --green: #0b5548; --paper: #f7f6f2; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.7 Noto Sans TC, Noto Sans CJK TC, PingFang TC, Microsoft JhengHei, Noto Sans, sans-serif; }
.notice { background: #8a5a00; color: #fff; padding: .5rem 1rem; text-align: center; font-size: .9375rem; }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 1rem; }
dl { margin: 0 0 1.5rem; } dt { color: var(--soft); font-size: .9375rem; } dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
fieldset { border: 0; padding: 0; margin: 0 0 1.5rem; } legend, label.pin { font-weight: 600; padding: 0; }
.card { display: flex; gap: .75rem; align-items: center; background: #fff; border: 1px solid var(--line); border-radius: .75rem; padding: .75rem 1rem; margin-top: .5rem; }
.card input { width: 1.5rem; height: 1.5rem; flex: none; accent-color: var(--green); }
.card small { display: block; color: var(--soft); }
input[type=password], input[type=text] { display: block; width: 100%; max-width: 14rem; font: inherit; padding: .5rem .75rem; border: 2px solid var(--ink); border-radius: .5rem; margin: .25rem 0 1.5rem; }
button { font: inherit; font-weight: 600; color: #fff; background: var(--green); border: 0; border-radius: .5rem; padding: .625rem 1.5rem; min-height: 3rem; cursor: pointer; }
button.quiet { background: #fff; color: var(--green); border: 1px solid var(--green); padding: .25rem .75rem; min-height: 2.5rem; font-weight: 400; }
a { color: var(--green); } a.way-back { display: inline-block; padding: .625rem 1rem; }
:focus-visible { outline: 3px solid #ffd166; outline-offset: 0; box-shadow: 0 0 0 6px var(--ink); }
:lang(en) { line-height: 1.55; }
.problem { border: 3px solid #a8321f; border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 1.5rem; background: #fff; }
.problem h2 { font-size: 1.125rem; margin: 0; } .problem p { margin: .25rem 0 0; }
.done { border-color: var(--green); } h2 { font-size: 1.2rem; margin: 1.5rem 0 .5rem; } main > ul { padding-left: 1.2rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; margin-left: auto; }
nav { text-align: right; margin-bottom: .5rem; }
`;

/** Wraps a page: the simulator says what it is, in both languages, on every one. */
export function readerPage(look: Look, title: Word, body: Html): Html {
  return shell(look, words[title], words.simulator, body);
}

/** A page with its notice above, in both languages, and the way to the other language. */
export function shell(look: Look, title: Localised, notice: Localised, body: Html): Html {
  const other: Language = look.language === "en" ? "zh-Hant" : "en";
  return html`<!doctype html>
    <html lang="${look.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title[look.language]} – ${notice[look.language]}</title>
        ${
          look.stylesheet
            ? html`<link rel="stylesheet" href="${look.stylesheet}" />`
            : html`<style nonce="${look.nonce}">
                ${style}
              </style>`
        }
      </head>
      <body>
        <header class="notice">
          <div lang="zh-Hant">${notice["zh-Hant"]}</div>
          <div lang="en">${notice.en}</div>
        </header>
        <main>
          ${
            look.otherLanguage
              ? html`<nav>
                  <a href="${look.otherLanguage}" lang="${other}" hreflang="${other}"
                    >${say("otherLanguage", look.language)}</a
                  >
                </nav>`
              : ""
          }
          <h1>${title[look.language]}</h1>
          ${body}
        </main>
      </body>
    </html>`;
}

/** The box above a form that says what went wrong. */
export function problemBox(language: Language, word: Word, triesLeft?: number): Html {
  return html`<div class="problem" role="alert">
    <h2>${say("error", language)}</h2>
    <p>${say(word, language)}${triesLeft === undefined ? "" : html` (${say("triesLeft", language)}: ${triesLeft})`}</p>
  </div>`;
}

/** The form that asks for a card and its PIN; every field of the request travels through it unchanged. */
export function pinPage(
  look: Look,
  ask: {
    readonly use: "authenticate" | "sign";
    readonly origin: string;
    readonly display?: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly cards: readonly CardView[];
    readonly chosen?: string;
    readonly problem?: Html;
    readonly cancel: string;
  },
): Html {
  const { language } = look;
  const pin = ask.use === "authenticate" ? 1 : 2;
  const chosen = ask.chosen ?? (ask.cards.length === 1 ? ask.cards[0]?.id : undefined);
  const rows = ask.cards.map(
    (card) =>
      html`<label class="card">
        <input type="radio" name="card" value="${card.id}" required ${card.id === chosen ? html`checked` : ""} />
        <span>
          <span lang="zh-Hant">${card.holder}</span>
          <small>${card.hint}${card.triesLeft[pin] === 0 ? html` · ${say("locked", language)}` : ""}</small>
        </span>
      </label>`,
  );
  return readerPage(
    look,
    ask.use === "authenticate" ? "signInTitle" : "signTitle",
    html`${ask.problem ?? ""}
      <dl>
        <dt>${say("asks", language)}</dt>
        <dd>${ask.origin}</dd>
        ${
          ask.display
            ? html`<dt>${say("document", language)}</dt>
                <dd>${ask.display}</dd>`
            : ""
        }
      </dl>
      ${
        rows.length === 0
          ? problemBox(language, "NO_CARDS")
          : html`<form method="post" action="/${ask.use}">
              ${Object.entries(ask.fields).map(
                ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
              )}
              <fieldset>
                <legend>${say("chooseCard", language)}</legend>
                ${rows}
              </fieldset>
              <label class="pin" for="pin">${say(pin === 1 ? "pin1" : "pin2", language)}</label>
              <input
                id="pin"
                name="pin"
                type="password"
                inputmode="numeric"
                autocomplete="off"
                required
                maxlength="12"
              />
              <button type="submit">${say(pin === 1 ? "signIn" : "sign", language)}</button>
            </form>`
      }
      <p><a class="way-back" href="${ask.cancel}">${say("cancel", language)}</a></p>`,
  );
}

/** Hands the card's answer to the site: by itself where scripts run, by the button where they do not. */
export function handOverPage(look: Look, target: string, fields: Readonly<Record<string, string>>): Html {
  return readerPage(
    look,
    "done",
    html`<p>${say("doneHelp", look.language)}</p>
      <form id="answer" method="post" action="${target}">
        ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
        <button type="submit">${say("continue", look.language)}</button>
      </form>
      <script nonce="${look.nonce}">
        document.getElementById("answer").submit();
      </script>`,
  );
}

/** The reader on the desk: which cards lie in it, which are locked. */
export function deskPage(look: Look, cards: readonly CardView[], problem?: Html): Html {
  const { language } = look;
  const action = (card: CardView, verb: "insert" | "remove" | "unblock") =>
    html`<form method="post" action="/cards/${encodeURIComponent(card.id)}/${verb}?lang=${language}">
      <button class="quiet" type="submit" aria-label="${say(verb, language)} ${card.holder}">
        ${say(verb, language)}
      </button>
    </form>`;
  return readerPage(
    look,
    "readerTitle",
    html`${problem ?? ""}
      <p><a href="/office?lang=${language}">${say("office", language)}</a></p>
      ${cards.map((card) => {
        const locked = card.triesLeft[1] === 0 || card.triesLeft[2] === 0;
        return html`<div class="card">
            <span>
              <span lang="zh-Hant">${card.holder}</span>
              <small>${card.number} · ${card.hint}${locked ? html` · ${say("locked", language)}` : ""}</small>
            </span>
            <span class="row">
              ${locked ? action(card, "unblock") : ""} ${action(card, card.inReader ? "remove" : "insert")}
            </span>
          </div>
          ${locked && card.inReader ? pukForm(card, language) : ""}`;
      })}`,
  );
}

/** What the holder of a locked card does at home. */
function pukForm(card: CardView, language: Language): Html {
  const pin = card.triesLeft[1] === 0 ? 1 : 2;
  const id = `puk-${card.number}`;
  const field = (name: "puk" | "newPin", label: Word) =>
    html`<label class="pin" for="${id}-${name}">${say(label, language)}</label>
      <input
        id="${id}-${name}"
        name="${name}"
        type="password"
        inputmode="numeric"
        autocomplete="off"
        required
        maxlength="12"
      />`;
  return html`<form method="post" action="/cards/${encodeURIComponent(card.id)}/puk?lang=${language}">
    <input type="hidden" name="pin" value="${pin}" />
    ${field("puk", "puk")} ${field("newPin", pin === 1 ? "newPin1" : "newPin2")}
    <button class="quiet" type="submit">${say("unblockByCode", language)}</button>
  </form>`;
}
