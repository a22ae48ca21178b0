import type { Language, Localised } from "#kernel";
import { both, button, form, html, inLanguage, note, page, type Chrome, type HtmlPage, type Text } from "#ui";

const words = {
  asks: both(
    (name: string) => `「${name}」請您登入。`,
    (name: string) => `${name} asks you to sign in.`,
  ),
  why: both(
    {
      "signed-out": "",
      "too-weak": "這項服務需要更可靠的登入方式，請用卡片登入。",
      "too-old": "請再證明一次是您本人。",
    },
    {
      "signed-out": "",
      "too-weak": "This service needs a stronger proof. Sign in with your card.",
      "too-old": "Show once more that it is you.",
    },
  ),
  types: both(
    {
      "sign-in": "登入",
      "submit-application": "送出申請",
      "view-record": "查看資料",
      "change-address": "變更地址",
      payment: "付款",
    },
    {
      "sign-in": "Signing in",
      "submit-application": "Sending an application",
      "view-record": "Looking at a record",
      "change-address": "Changing an address",
      payment: "Paying",
    },
  ),
  sandboxTitle: both("這個應用程式還在測試", "This client is still being tested"),
  sandboxText: both(
    "在正式環境，測試中的應用程式只有它的管理人自己可以登入。請在示範國度用虛構的人物測試。",
    "Where people are real, only the person who looks after a test client can sign in to it. Try it with invented people in the demonstration country.",
  ),
  outTitle: both("要登出嗎？", "Sign out?"),
  outText: both(
    "您會從入口網，以及這次用入口網登入的其他網站登出。把卡片拿走不等於登出。",
    "You are signed out here and at the sites you signed in to from here. Taking the card away does not sign you out.",
  ),
  out: both("登出", "Sign out"),
  gone: both("您已登出", "You are signed out"),
  goneText: both("可以關閉這個視窗。", "You can close this window."),
  faultTitle: both("這個登入要求不能處理", "This sign-in request cannot be carried out"),
  faultText: both(
    "問題在要您登入的網站，不在您。請回到該網站，或告訴它的管理人下面的代碼。",
    "The fault lies with the site that sent you here, not with you. Go back to it, or tell those who run it the code below.",
  ),
};

/** Why the person is at the sign-in page: who asks, for what, and what the last proof lacked. */
export function askedBy(
  name: Localised,
  o: {
    readonly type?: string | undefined;
    readonly message?: string | undefined;
    readonly why: "signed-out" | "too-weak" | "too-old";
  },
): Text {
  const line = (lang: Language): string => {
    const t = inLanguage(words, lang);
    const type = o.type && o.type in t.types ? t.types[o.type as keyof typeof t.types] : "";
    const said = [type, o.message].filter(Boolean).join(lang === "en" ? ": " : "：");
    return [t.asks(name[lang]), said, t.why[o.why]].filter(Boolean).join(lang === "en" ? " " : "");
  };
  return both(line("zh-Hant"), line("en"));
}

/** A sandbox client was opened by somebody real who does not look after it. */
export function sandboxOnlyPage(lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <h1>${t.sandboxTitle}</h1>
    <p>${t.sandboxText}</p>
  </div>`;
  return page({ ...chrome, lang, title: t.sandboxTitle, area: "citizen", body });
}

/** A relying party sent the person to sign out. */
export function signOutPage(
  view: { readonly action: string; readonly xsrf: string },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <h1>${t.outTitle}</h1>
    <p>${t.outText}</p>
    ${form(
      { action: view.action, csrf: chrome.csrf },
      html`<input type="hidden" name="xsrf" value="${view.xsrf}" /><input
          type="hidden"
          name="logout"
          value="yes"
        />${button(t.out)}`,
    )}
  </div>`;
  return page({ ...chrome, lang, title: t.outTitle, area: "citizen", body });
}

export function signedOutPage(lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <h1>${t.gone}</h1>
    <p>${t.goneText}</p>
  </div>`;
  return page({ ...chrome, lang, title: t.gone, area: "citizen", body });
}

/** What a person reads when a relying party's request cannot be answered and there is no safe way back to it. */
export function protocolFaultPage(
  fault: { readonly error: string; readonly description: string | undefined },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <h1>${t.faultTitle}</h1>
    <p>${t.faultText}</p>
    ${note(html`<p lang="en"><code>${fault.error}</code> ${fault.description ?? ""}</p>`, "bad")}
  </div>`;
  return page({ ...chrome, lang, title: t.faultTitle, area: "citizen", body });
}
