import type { Language, Localised } from "#kernel";
import {
  both,
  button,
  form,
  formatDateTime,
  html,
  inLanguage,
  page,
  show,
  table,
  type Chrome,
  type HtmlPage,
} from "#ui";
import type { Notice } from "../notices/index.ts";
import { passkeyPaths } from "./passkeys.ts";

/** Where a person reads them. */
export const noticesPath = "/account/notices";

const words = {
  title: both("您的登入方式有變動", "The ways into your account have changed"),
  lede: both(
    "上次告訴您之後，發生了這些事。如果不是您做的，請立刻移除那個通行密鑰。",
    "This happened since we last told you. If it was not you, remove the passkey at once.",
  ),
  what: both("變動", "What"),
  name: both("通行密鑰", "Passkey"),
  when: both("時間", "When"),
  mine: both("是我做的，繼續", "It was me, go on"),
  notMine: both("不是我：看我的通行密鑰", "It was not me: see my passkeys"),
};

const titles: Readonly<Record<Notice["what"], Localised>> = {
  bound: both("新增", "Added"),
  removed: both("移除", "Removed"),
  suspended: both(
    "停用：使用次數對不上，可能被複製",
    "Suspended: its count of uses went back, somebody may have a copy",
  ),
};

/** What happened to the person's keys, once, between signing in and where they were going. */
export function noticesPage(
  view: { readonly notices: readonly Notice[]; readonly next: string },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const latest = view.notices.at(-1)?.at.toISOString() ?? "";
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${table({
      caption: t.title,
      captionHidden: true,
      columns: [{ head: t.what }, { head: t.name }, { head: t.when }],
      rows: view.notices.map(({ what, name, at }) => ({
        cells: [titles[what][lang], show(name, lang), formatDateTime(at, lang)],
      })),
    })}
    ${form(
      { action: noticesPath, csrf: chrome.csrf },
      html`<input type="hidden" name="next" value="${view.next}" />
        <input type="hidden" name="upto" value="${latest}" />
        <div class="actions">${button(t.mine)}<a class="button stop" href="${passkeyPaths.all}">${t.notMine}</a></div>`,
    )}`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", body });
}
