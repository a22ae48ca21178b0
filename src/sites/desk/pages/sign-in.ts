import type { Language } from "#kernel";
import { actions, both, button, html, inLanguage, page, type Chrome, type HtmlPage } from "#ui";

const words = {
  title: both("管理人員登入", "Operators sign in"),
  how: both(
    "請在執行閘道的主機上，用下面的指令為自己做一個登入連結，再用瀏覽器打開。",
    "On the machine that runs this site, make a sign-in link for yourself with the command below, then open it.",
  ),
  once: both("連結只能用一次，十五分鐘內有效。", "A link works once, within fifteen minutes."),
  demonstration: both("示範", "Demonstration"),
  invented: both(
    "這裡的人都是虛構的，按名字就能登入。兩個人才能試需要第二個人核准的事。",
    "The people here are invented: press a name to sign in. There are two, to try what needs a second person.",
  ),
  go: both("登入", "Sign in"),
  ready: both("連結有效時，按下按鈕就會登入。", "If your link is good, this button signs you in."),
  named: both(
    "您做的每一件事都會以您的名字記在這裡的管理紀錄。",
    "What you do here is recorded under your name in this site's log of acts.",
  ),
};

/** Where somebody without a session lands: how to get a link. */
export function signInPage(view: { readonly people: readonly string[] }, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.how}</p>
    <pre><code>npx taroko operator gateway.json "Lin Mei"</code></pre>
    <p>${t.once}</p>
    ${
      view.people.length === 0
        ? ""
        : html`<h2>${t.demonstration}</h2>
            <p>${t.invented}</p>
            <form method="post" action="/sign-in">
              ${actions(...view.people.map((name) => button(name, { kind: "quiet", name: "as", value: name })))}
            </form>`
    }`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

/** The page a link opens: one button, so that looking at a link does not use it up. */
export function linkPage(view: { readonly link: string }, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.ready}</p>
    <form method="post" action="/sign-in"><input type="hidden" name="link" value="${view.link}" />${button(t.go)}</form>
    <p>${t.named}</p>`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}
