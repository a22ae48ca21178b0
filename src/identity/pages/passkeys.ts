import type { Language, ProblemEntry } from "#kernel";
import {
  actions,
  both,
  button,
  details,
  form,
  formatDate,
  formatDateTime,
  html,
  icon,
  inLanguage,
  note,
  page,
  postButton,
  show,
  table,
  tag,
  textInput,
  type Chrome,
  type Html,
  type HtmlPage,
} from "#ui";
import type { Passkey } from "../passkeys/index.ts";

/** Where these pages stand. */
export const passkeyPaths: Readonly<Record<"all" | "begin" | "signInBegin" | "signInFinish", string>> = {
  all: "/account/passkeys",
  begin: "/account/passkeys/begin",
  signInBegin: "/sign-in/passkey/begin",
  signInFinish: "/sign-in/passkey",
};

const words = {
  title: both("通行密鑰", "Passkeys"),
  lede: both(
    "用卡片登入一次，以後在這支手機或這台電腦上，用指紋、臉部或螢幕鎖就能登入。指紋和臉部資料不會離開您的裝置。",
    "After signing in with your card once, sign in on this phone or computer with your fingerprint, face or screen lock. Fingerprint and face never leave your device.",
  ),
  yours: both("您的通行密鑰", "Your passkeys"),
  none: both("您還沒有通行密鑰。", "You have no passkeys yet."),
  name: both("名稱", "Name"),
  bound: both("新增日期", "Added"),
  used: both("上次使用", "Last used"),
  never: both("還沒用過", "Not yet"),
  device: both("只在一個裝置上", "On one device"),
  synced: both("可能同步到您的其他裝置", "May be on your other devices"),
  suspended: both("已停用", "Suspended"),
  change: both("更改", "Change"),
  rename: both("改名稱", "Change the name"),
  save: both("儲存", "Save"),
  remove: both("移除", "Remove"),
  removeHint: both(
    "移除後馬上失效，用它登入的裝置會登出。您仍可用卡片登入。",
    "It stops working at once, and devices signed in with it are signed out. You can always use your card.",
  ),
  add: both("新增通行密鑰", "Add a passkey"),
  addName: both("名稱", "Name"),
  addNameHint: both("讓您自己認得，例如「我的手機」。", "So that you know it again, for example “My phone”."),
  addButton: both("在這個裝置上新增", "Add one on this device"),
  newDay: both(
    "新增後 24 小時內，送出申請等重要步驟仍需要卡片。",
    "For the first 24 hours, important steps such as sending an application still need your card.",
  ),
  cardFirst: both(
    "新增之前，請先用卡片登入。五分鐘內有效。",
    "To add one, sign in with your card first. You then have five minutes.",
  ),
  cardButton: both("用卡片登入", "Sign in with your card"),
  noScript: both(
    "新增通行密鑰需要 JavaScript。不開啟也能一直用卡片登入。",
    "Adding a passkey needs JavaScript. Without it you can always sign in with your card.",
  ),
  noHost: both(
    "這個網站沒有網域名稱，瀏覽器不會建立通行密鑰。",
    "This site has no host name, so browsers make no passkeys for it.",
  ),
  lost: both("手機遺失，或通行密鑰不能用了？", "Lost your phone, or the passkey does not work?"),
  lostText: both(
    "用卡片登入，在這一頁移除它，再新增一個。卡片也沒有了，請帶身分證明到戶政事務所補發卡片；沒有其他方式可以恢復，這樣別人也不能冒用您的名義恢復。",
    "Sign in with your card, remove it on this page and add a new one. If the card is lost too, a household registration office replaces it. There is no other way back, so nobody can take it in your name.",
  ),
  problem: both("沒有完成", "It did not work"),
  done: both("已更新。這項變更列在「我的帳號」。", "Done. The change is listed under My account."),

  signIn: both("用通行密鑰登入", "Sign in with a passkey"),
  signInText: both(
    "用手機或電腦的指紋、臉部或螢幕鎖。不用輸入任何名稱。",
    "With the fingerprint, face or screen lock of your phone or computer. No name to type.",
  ),
  cancelled: both("沒有完成。您可以再試一次，或用卡片登入。", "It was not completed. Try again, or use your card."),
  busy: both("請在您的裝置上確認…", "Confirm on your device…"),
};

/** The person's passkeys, and the place to add one. */
export function passkeysPage(
  view: {
    readonly passkeys: readonly Passkey[];
    /** Whether one may be added now; else where to show the card first. */
    readonly mayAdd: boolean;
    readonly cardHref: string;
    readonly possible: boolean;
    readonly done?: boolean;
    readonly problem?: ProblemEntry;
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { passkeys, problem } = view;
  const body = html`${problem ? problemSummary(problem, lang) : ""}
    <h1>${t.title}</h1>
    ${view.done ? html`<p role="status">${t.done}</p>` : ""}
    <p class="lede">${t.lede}</p>
    <h2>${t.yours}</h2>
    ${passkeys.length === 0 ? html`<p>${t.none}</p>` : list(passkeys, lang, chrome)}
    <h2>${t.add}</h2>
    ${view.possible ? adding(view, lang, chrome) : html`<p>${t.noHost}</p>`}
    ${details(t.lost, html`<p>${t.lostText}</p>`)}`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", error: problem !== undefined, body });
}

function problemSummary(problem: ProblemEntry, lang: Language): Html {
  return html`<div class="error-summary" role="alert" tabindex="-1" data-error-summary>
    <h2>${words.problem[lang]}</h2>
    <p><b>${show(problem.title, lang)}</b></p>
    <p>${show(problem.action, lang)}</p>
  </div>`;
}

function list(passkeys: readonly Passkey[], lang: Language, chrome: Chrome): Html {
  const t = inLanguage(words, lang);
  return table({
    caption: t.yours,
    captionHidden: true,
    columns: [{ head: t.name }, { head: t.bound }, { head: t.used }, { head: t.change }],
    rows: passkeys.map((key) => ({
      cells: [
        html`<b>${show(key.name, lang)}</b><br /><small>${key.synced ? t.synced : t.device}</small>
          ${key.suspended ? tag({ tone: "bad", text: words.suspended }, lang) : ""}`,
        formatDate(key.boundAt, lang),
        key.usedAt ? formatDateTime(key.usedAt, lang) : t.never,
        html`<div>
          ${details(
            t.rename,
            form(
              { action: `${passkeyPaths.all}/${key.id}`, csrf: chrome.csrf },
              html`${textInput({ id: `name-${key.id}`, name: "name", label: words.name, value: key.name, autocomplete: "off" }, lang)}
              ${button(t.save, { kind: "quiet", name: "do", value: "rename" })}`,
            ),
          )}
          ${details(
            html`${t.remove}<span class="aside"> ${show(key.name, lang)}</span>`,
            html`<p>${t.removeHint}</p>
              ${postButton({
                action: `${passkeyPaths.all}/${key.id}`,
                csrf: chrome.csrf,
                text: html`${t.remove}<span class="aside"> ${show(key.name, lang)}</span>`,
                kind: "stop",
                name: "do",
                value: "remove",
              })}`,
          )}
        </div>`,
      ],
    })),
  });
}

function adding(view: { readonly mayAdd: boolean; readonly cardHref: string }, lang: Language, chrome: Chrome): Html {
  const t = inLanguage(words, lang);
  if (!view.mayAdd)
    return html`<p>${t.cardFirst}</p>
      <p><a class="button" href="${view.cardHref}">${t.cardButton}</a></p>`;
  return html`${note(html`<p>${t.newDay}</p>`)}
    <noscript><p>${t.noScript}</p></noscript>
    ${passkeyElement(
      "create",
      passkeyPaths.begin,
      form(
        { action: passkeyPaths.all, csrf: chrome.csrf },
        html`${textInput({ id: "name", label: words.addName, hint: words.addNameHint, width: "medium", autocomplete: "off" }, lang)}
          <input type="hidden" name="answer" value="" />
          ${actions(button(t.addButton))}`,
      ),
      lang,
    )}`;
}

/** What the sign-in page offers beside the card. It appears only where the browser can use it. */
export function passkeyWay(next: string, lang: Language): Html {
  const t = inLanguage(words, lang);
  return passkeyElement(
    "get",
    `${passkeyPaths.signInBegin}?next=${encodeURIComponent(next)}`,
    html`<div class="card sign-in-card">
      ${icon("person")}
      <h2>${t.signIn}</h2>
      <p>${t.signInText}</p>
      ${form(
        { action: passkeyPaths.signInFinish },
        html`<input type="hidden" name="answer" value="" />${button(t.signIn, { kind: "quiet" })}`,
      )}
    </div>`,
    lang,
  );
}

/** The element that asks the device; hidden until the script has found that it can. */
function passkeyElement(step: "create" | "get", begin: string, content: Html, lang: Language): Html {
  const t = inLanguage(words, lang);
  return html`<passkey-form
    data-step="${step}"
    data-begin="${begin}"
    data-busy="${t.busy}"
    data-failed="${t.cancelled}"
    hidden
    >${content}
    <p role="status" data-status></p
  ></passkey-form>`;
}
