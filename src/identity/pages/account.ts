import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  formatDateTime,
  html,
  inLanguage,
  page,
  paths,
  postButton,
  show,
  table,
  tag,
  type Chrome,
  type Html,
  type HtmlPage,
} from "#ui";
import { mandateTitles, type IdentityEvent, type Session } from "../contract.ts";
import type { OfficeStepName } from "../officers/index.ts";
import { officeStepTitles } from "./staff-words.ts";

/** Where the account's pages stand. */
export const accountPaths: Readonly<Record<"account" | "sessions" | "events", string>> = {
  account: paths.account,
  sessions: `${paths.account}/sessions`,
  events: `${paths.account}/events`,
};

const words = {
  title: both("我的帳號", "My account"),
  lede: both(
    "在哪裡登入、發生過什麼，都列在這裡。看到不認識的，請立刻結束它。",
    "Where you are signed in and what happened. End what you do not recognise.",
  ),
  sessions: both("目前的登入", "Where you are signed in"),
  device: both("裝置", "Device"),
  unknownDevice: both("不明的裝置", "Unknown device"),
  since: both("登入時間", "Since"),
  lastSeen: both("最後使用", "Last used"),
  strength: both("強度", "Strength"),
  actingFor: both(
    (name: string) => `正在代理 ${name}`,
    (name: string) => `Acting for ${name}`,
  ),
  end: both("結束", "End"),
  endOthers: both("結束其他所有登入", "End all others"),
  current: both("這一個", "This one"),
  onlyThis: both("只有這一個。", "Only this one."),
  events: both("發生過的事", "What happened"),
  what: both("事情", "What"),
  by: both("誰", "Who"),
  when: both("時間", "When"),
  from: both("網路", "Network"),
  newDevice: both("新裝置", "New device"),
  refused: both("沒有成功", "Did not succeed"),
  earlier: both("更早的", "Earlier"),
  newest: both("回到最新的", "Back to the newest"),
  noEvents: both("還沒有紀錄。", "Nothing so far."),
  more: both("其他", "More"),
  mandates: both("委任：誰可以替我辦", "Mandates: who may act for me"),
  agreements: both("我的同意", "My agreements"),
  decisions: both("系統准許與拒絕我的紀錄", "What the system allowed and refused me"),
  self: both("本人", "You"),
};

const acrTitles: Readonly<Record<string, Localised>> = {
  "urn:taroko:loa:high": both("高", "High"),
  "urn:taroko:loa:substantial": both("中", "Substantial"),
  "urn:taroko:loa:low": both("低", "Low"),
};

const eventTitles: Readonly<Record<string, Localised>> = {
  "sign-in": both("登入", "Sign-in"),
  "sign-out": both("登出", "Sign-out"),
  party: both("開始代理", "Began to act for somebody"),
  signature: both("簽署", "Signature"),
  mandate: both("委任", "Mandate"),
  office: both("職務", "Office"),
  passkey: both("通行密鑰", "Passkey"),
  release: both("讓網站知道我是誰", "Let a site know who I am"),
  "looked-up": both("資安人員查了誰可以代理您", "A security officer looked up who could act for you"),
};

const passkeyChanges: Readonly<Record<string, Localised>> = {
  bound: both("新增", "added"),
  renamed: both("改名稱", "renamed"),
  removed: both("移除", "removed"),
  suspended: both("停用，可能被複製", "suspended, it may have been copied"),
};

export interface AccountView {
  readonly sessions: readonly Session[];
  /** The one that asks. */
  readonly current: string;
  readonly events: readonly IdentityEvent[];
  /** Whose page it is. */
  readonly personId: string;
  readonly olderHref?: string;
  /** Whether earlier events are shown than the newest. */
  readonly past: boolean;
  /** Pages of the account that other parts offer, for example the person's keys. */
  readonly more?: readonly { readonly href: string; readonly text: Localised }[];
}

/** A person's sessions and what happened with their identity, newest first. */
export function accountPage(view: AccountView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${
      view.past
        ? ""
        : html`<h2>${t.sessions}</h2>
            ${sessionsTable(view, lang, chrome)}
            ${
              view.sessions.length > 1
                ? actions(
                    postButton({
                      action: accountPaths.sessions,
                      csrf: chrome.csrf,
                      text: t.endOthers,
                      kind: "stop",
                      name: "end",
                      value: "others",
                    }),
                  )
                : html`<p>${t.onlyThis}</p>`
            }`
    }
    <h2 id="events">${t.events}</h2>
    ${view.events.length === 0 ? html`<p>${t.noEvents}</p>` : eventsTable(view, lang)}
    <p>
      ${view.past ? html`<a href="${accountPaths.account}">${t.newest}</a> ` : ""}${
        view.olderHref ? html`<a href="${view.olderHref}">${t.earlier}</a>` : ""
      }
    </p>
    <h2>${t.more}</h2>
    <ul>
      ${(view.more ?? []).map(({ href, text }) => html`<li><a href="${href}">${show(text, lang)}</a></li>`)}
      <li><a href="${paths.mandates}">${t.mandates}</a></li>
      <li><a href="${paths.agreements}">${t.agreements}</a></li>
      <li><a href="/decisions">${t.decisions}</a></li>
    </ul>`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", body });
}

function sessionsTable({ sessions, current }: AccountView, lang: Language, chrome: Chrome): Html {
  const t = inLanguage(words, lang);
  return table({
    caption: t.sessions,
    captionHidden: true,
    columns: [{ head: t.device }, { head: t.since }, { head: t.lastSeen }, { head: t.strength }, { head: "" }],
    rows: sessions.map((one) => ({
      cells: [
        html`<span
          >${one.device ?? t.unknownDevice}${one.network ? html` <small>${one.network}</small>` : ""}${
            one.acting ? html`<br /><small>${t.actingFor(one.acting.name)}</small>` : ""
          }</span
        >`,
        formatDateTime(one.createdAt, lang),
        formatDateTime(one.lastSeenAt, lang),
        acrTitles[one.acr]?.[lang] ?? one.acr,
        one.id === current
          ? tag({ tone: "good", text: words.current }, lang)
          : postButton({
              action: accountPaths.sessions,
              csrf: chrome.csrf,
              text: html`${t.end}<span class="aside"> ${one.device ?? t.unknownDevice}</span>`,
              kind: "quiet",
              name: "end",
              value: one.id,
            }),
      ],
    })),
  });
}

function eventsTable({ events, personId }: AccountView, lang: Language): Html {
  const t = inLanguage(words, lang);
  const other = (event: IdentityEvent) => {
    const name = event.actor.id === personId ? event.principal?.name : event.actor.name;
    return name === undefined ? t.self : show(name, lang);
  };
  return table({
    caption: t.events,
    captionHidden: true,
    columns: [{ head: t.what }, { head: t.by }, { head: t.when }, { head: t.from }],
    rows: events.map((event) => ({
      cells: [
        html`${eventText(event, lang)}
        ${event.ok ? "" : tag({ tone: "bad", text: words.refused }, lang)}${
          event.newDevice ? tag({ tone: "wait", text: words.newDevice }, lang) : ""
        }`,
        other(event),
        formatDateTime(event.at, lang),
        event.network ?? "",
      ],
    })),
  });
}

/** What an event was, in words; the kind of mandate where there is one. */
function eventText({ what, reason }: IdentityEvent, lang: Language): Html | string {
  const title = eventTitles[what]?.[lang] ?? what;
  const kind =
    what === "party" && reason !== undefined ? mandateTitles[reason as keyof typeof mandateTitles] : undefined;
  if (what === "passkey" && reason !== undefined)
    return html`${title} <small>${passkeyChanges[reason]?.[lang] ?? reason}</small>`;
  const step = what === "office" ? officeStepTitles[reason as OfficeStepName] : undefined;
  if (step) return html`${title} <small>${step[lang]}</small>`;
  if (what === "release" && reason !== undefined) return html`${title} <small>${reason}</small>`;
  return kind ? html`${title} <small>${show(kind, lang)}</small>` : title;
}
