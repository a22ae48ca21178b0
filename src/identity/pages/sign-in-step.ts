import type { Language, Localised } from "#kernel";
import { both, button, form, html, inLanguage, page, show, type Chrome, type Html, type HtmlPage } from "#ui";

const words = {
  noScript: both(
    "這個登入方式需要 JavaScript 才能和讀卡元件通話。請開啟它，或改用其他方式。",
    "This way needs JavaScript to speak to the card software. Switch it on, or choose another way.",
  ),
  another: both("改用其他方式登入", "Sign in another way"),
  appTitle: both("請在手機上同意登入", "Approve the sign-in on your phone"),
  appText: both(
    "打開手機上的 App。只有在 App 顯示的代碼和這裡一樣時，才按同意。",
    "Open the app on your phone. Approve only if the app shows this very code.",
  ),
  code: both("代碼", "Code"),
  openApp: both("在這支手機上打開 App", "Open the app on this phone"),
  approved: both("我已經同意", "I have approved"),
  waiting: both("還沒有收到您的回覆。", "Your answer has not arrived yet."),
};

function step(title: Localised, body: Html, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  return page({
    ...chrome,
    lang,
    title: show(title, lang),
    area: "citizen",
    body: html`<div class="narrow">
      <h1>${show(title, lang)}</h1>
      ${body}
      <p><a href="/sign-in">${t.another}</a></p>
    </div>`,
  });
}

/**
 * A step at the person's own card software: the element speaks to it and fills the form. A PIN typed into the element is in
 * no field of the form.
 */
export function signInElementPage(
  view: { readonly title: Localised; readonly element: string; readonly data: Readonly<Record<string, string>> },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  if (!/^[a-z]+(?:-[a-z]+)+$/.test(view.element))
    throw Object.assign(new Error(`${view.element} is no custom element`), { code: "authenticator-element" });
  const t = inLanguage(words, lang);
  const data = Object.entries(view.data).map(([name, value]) => html` data-${name}="${value}"`);
  const hidden = ["token", "signingCertificate", "signature", "error"].map(
    (name) => html`<input type="hidden" name="${name}" value="" />`,
  );
  return step(
    view.title,
    html`<${view.element}${data} data-form="sign-in-answer"></${view.element}>
      <noscript><p>${t.noScript}</p></noscript>
      <div id="sign-in-answer">${form({ action: "/sign-in/finish", csrf: chrome.csrf }, html`${hidden}`)}</div>`,
    lang,
    chrome,
  );
}

/** Waiting for an app. Without scripts the person says when they have approved; with them the page asks by itself. */
export function signInAppPage(
  view: { readonly code: string; readonly link?: string; readonly everySeconds: number; readonly waited?: boolean },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  return step(
    words.appTitle,
    html`<p class="lede">${t.appText}</p>
      <h2>${t.code} <strong>${view.code}</strong></h2>
      ${view.link ? html`<p><a href="${view.link}">${t.openApp}</a></p>` : ""}
      ${view.waited ? html`<p role="status">${t.waiting}</p>` : ""}
      <app-sign-in data-every="${view.everySeconds}"></app-sign-in>
      ${form(
        { action: "/sign-in/wait", csrf: chrome.csrf },
        html`<input type="hidden" name="code" value="${view.code}" />${button(t.approved)}`,
      )}`,
    lang,
    chrome,
  );
}
