import type { LocalGroup } from "#exchange";
import type { Language } from "#kernel";
import {
  both,
  button,
  emptyState,
  form,
  html,
  icon,
  inLanguage,
  page,
  show,
  textInput,
  type Chrome,
  type HtmlPage,
} from "#ui";

const words = {
  title: both("群組", "Groups"),
  back: both("所有權限", "All rights"),
  lede: both(
    "把幾個機關的系統放在一起，一項權限就能給它們全部。成員的變動從下一次呼叫起生效，也寫進公開的紀錄。",
    "Put systems of several agencies together and give one right to all of them. A change of members holds with the next call and is an entry of the public log.",
  ),
  none: both("還沒有群組", "No group yet"),
  noneText: both("在下面建立第一個。", "Make the first one below."),
  client: both("加入（例如 TW/GOV/2.16.886.101.20003/portal）", "Add (for example TW/GOV/2.16.886.101.20003/portal)"),
  add: both("加入", "Add"),
  remove: both("移出", "Remove"),
  make: both("建立群組", "Make a group"),
  code: both("代碼", "Code"),
  name: both("名稱", "Title"),
};

export function rightGroupsPage(groups: readonly LocalGroup[], lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const list =
    groups.length === 0
      ? emptyState({ drawing: icon("mountain"), title: t.none, text: t.noneText })
      : groups.map(
          (group) =>
            html`<h2>${show(group.title, lang)} <code>LOCALGROUP:${group.code}</code></h2>
              <ul>
                ${group.members.map(
                  (client) =>
                    html`<li>
                      <code class="wrap-any">${decodeURIComponent(client)}</code>
                      ${form(
                        { action: "/rights/groups", csrf: chrome.csrf },
                        html`<input type="hidden" name="code" value="${group.code}" /><input
                            type="hidden"
                            name="client"
                            value="${client}"
                          />${button(t.remove, { kind: "quiet", name: "act", value: "leave" })}`,
                      )}
                    </li>`,
                )}
              </ul>
              ${form(
                { action: "/rights/groups", csrf: chrome.csrf },
                html`<input
                    type="hidden"
                    name="code"
                    value="${group.code}"
                  />${textInput({ id: `client-${group.code}`, name: "client", label: words.client }, lang)}${button(t.add, { kind: "quiet", name: "act", value: "join" })}`,
              )}`,
        );
  const body = html`<p><a href="/rights">${t.back}</a></p>
    <h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${list}
    <h2>${t.make}</h2>
    ${form(
      { action: "/rights/groups", csrf: chrome.csrf },
      html`${textInput({ id: "code", label: words.code, width: "medium" }, lang)}${textInput({ id: "title", label: words.name }, lang)}${button(t.make, { name: "act", value: "define" })}`,
    )}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}
