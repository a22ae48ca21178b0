import type { Language } from "#kernel";
import { actions, both, button, form, html, inLanguage, page, type Chrome, type HtmlPage } from "#ui";
import type { KeptForm } from "../kept-forms/index.ts";

/** Where a kept form waits: this and its id. */
export const keptFormPath = "/kept";

const words = {
  title: both("您的內容都還在", "What you sent is still here"),
  lede: both(
    "您剛才確認了身分。先前的內容還沒有送出；按下按鈕，就會照原樣送出。",
    "You have just proved who you are. Nothing has been sent yet; press the button to send it as it was.",
  ),
  send: both("照原樣送出", "Send it now"),
  back: both("回到原來的頁面，先不送出", "Go back to the page without sending"),
};

/** Offers a kept form for sending, once the person has proved what was missing. */
export function keptFormPage(view: KeptForm, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const hidden = Object.entries(view.fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  const body = html`<div class="narrow">
    <h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${form({ action: view.action, csrf: chrome.csrf }, html`${hidden}${actions(button(t.send))}`)}
    <p><a href="${view.page}">${t.back}</a></p>
  </div>`;
  return page({ ...chrome, lang, title: t.title, area: view.page.startsWith("/desk") ? "desk" : "citizen", body });
}
