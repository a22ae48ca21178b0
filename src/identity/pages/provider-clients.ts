import type { Language, Localised } from "#kernel";
import {
  both,
  button,
  buttonLink,
  errorOf,
  errorSummary,
  factList,
  form,
  formatDate,
  formatDateTime,
  html,
  inLanguage,
  page,
  postButton,
  show,
  table,
  tag,
  textInput,
  type Chrome,
  type FieldError,
  type Html,
  type HtmlPage,
  type Tag,
} from "#ui";
import type { ClientActRow, ClientRow, CountedFailureRow, FailureRow } from "../provider/store.ts";
import { actsTable, stoppedNote } from "./provider-client-acts.ts";
import { clientLabels } from "./provider-client-form.ts";

/** Addresses of the pages on which relying parties are registered. */
export const clientPaths = {
  mine: "/developers",
  register: "/developers/register",
  client: (id: string): string => `/developers/${id}`,
  list: "/relying-parties",
  json: "/relying-parties.json",
  decide: "/relying-parties/decide",
} as const;

const words = {
  title: both("讓您的網站用太魯閣登入", "Sign-in with Taroko for your site"),
  intro: both(
    "登記一個測試用的應用程式，馬上可以用。任何標準的 OpenID Connect 函式庫，只要下面這個網址就能設定。",
    "Register a test client; it works at once. Any ordinary OpenID Connect library configures itself from this address alone.",
  ),
  issuer: both("發行者（issuer）", "Issuer"),
  register: both("登記應用程式", "Register a client"),
  none: both("您還沒有登記應用程式。", "You have registered no client yet."),
  mine: both("您的應用程式", "Your clients"),
  name: both("名稱", "Name"),
  id: both("client_id", "client_id"),
  state: both("狀態", "State"),
  until: both("有效到", "Until"),
  edit: both("修改", "Change"),
  remove: both("刪除", "Delete"),
  removeHint: both("刪除後，沒有人能再用它登入。", "Once deleted, nobody can sign in at it any more."),
  ask: both("申請上線", "Ask for production"),
  askHint: both(
    "由兩位承辦人核可，效期一年，公開列出。要求什麼、為了什麼，都照現在填的。",
    "Two officers approve it, for a year, and it is listed publicly, with what it asks for and why, as it stands here.",
  ),
  owner: both("以哪個機關或公司的名義", "In the name of which organisation"),
  ownerHint: both(
    "機關的成員代碼或統一編號。同一個機關的應用程式，對同一個人看到同一個代號。",
    "Its member path or uniform number. The clients of one organisation know a person by one name.",
  ),
  failures: both("最近的錯誤", "What went wrong lately"),
  failuresHint: both(
    "只有您看得到。每一列是一次被拒絕的請求，以及其中哪一項不對。",
    "Only you see this. Each line is a refused request, with the claim that was wrong.",
  ),
  counted: both("也有人用您的 client_id 送來這些", "Also sent in your client_id's name"),
  countedHint: both(
    "這些請求沒有用您的金鑰簽，也沒有用您拿到的代碼或權杖，誰都能送。只計次數，並留下最後一次。",
    "These were neither signed by your key nor made with a code or token of yours, so anybody may have sent them. They are counted, and the last one is kept.",
  ),
  times: both("次數", "Times"),
  acts: both("核可人的決定", "What the officers decided"),
  noFailures: both("沒有被拒絕的請求。", "No request was refused."),
  at: both("時間", "Time"),
  where: both("端點", "Endpoint"),
  error: both("錯誤", "Error"),
  found: both("收到", "received"),
  publicTitle: both("用太魯閣登入的網站", "Sites that sign people in with Taroko"),
  publicIntro: both(
    "每個網站只有一個目的。兩位承辦人核可，效期一年。",
    "Each has one purpose, was approved by two officers, and is listed for a year.",
  ),
  publicNone: both("目前沒有核可的網站。", "No site is approved at present."),
  purpose: both("目的", "Purpose"),
  retention: both("保存多久", "Kept for"),
  ownerColumn: both("機關", "Organisation"),
  asks: both("要求", "Asks for"),
  states: both(
    {
      active: "可以使用",
      asked: "等待核可",
      refused: "未核可",
      stopped: "已停用",
      deleted: "已刪除",
      sandbox: "測試用",
      over: "已過期",
    },
    {
      active: "works",
      asked: "waits for approval",
      refused: "turned down",
      stopped: "stopped",
      deleted: "deleted",
      sandbox: "test",
      over: "year is over",
    },
  ),
};

function stateTag({ status, environment, expires_at }: ClientRow, now: Date, lang: Language): Html {
  const over = expires_at !== null && expires_at <= now;
  const state = over ? "over" : environment === "sandbox" && status === "active" ? "sandbox" : status;
  const tones: Readonly<Record<typeof state, Tag["tone"]>> = {
    active: "good",
    sandbox: "info",
    asked: "wait",
    refused: "bad",
    stopped: "bad",
    deleted: "quiet",
    over: "bad",
  };
  return tag({ tone: tones[state], text: both(words.states["zh-Hant"][state], words.states.en[state]) }, lang);
}

/** A person's own clients, and where to begin. */
export function developersPage(
  view: { readonly issuer: string; readonly clients: readonly ClientRow[]; readonly now: Date },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.intro}</p>
    ${factList([{ label: words.issuer, value: html`<code>${view.issuer}</code>` }], lang)}
    <p>${buttonLink(t.register, clientPaths.register)}</p>
    <h2>${t.mine}</h2>
    ${
      view.clients.length === 0
        ? html`<p>${t.none}</p>`
        : table({
            caption: t.mine,
            captionHidden: true,
            columns: [{ head: t.name }, { head: t.id }, { head: t.state }],
            rows: view.clients.map((client) => ({
              cells: [
                html`<a href="${clientPaths.client(client.id)}">${show(client.metadata.name, lang)}</a>`,
                html`<code>${client.id}</code>`,
                stateTag(client, view.now, lang),
              ],
            })),
          })
    }`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", body });
}

export interface ClientView {
  readonly client: ClientRow;
  readonly failures: readonly FailureRow[];
  readonly counted: readonly CountedFailureRow[];
  readonly acts: readonly ClientActRow[];
  readonly errors: readonly FieldError[];
  readonly now: Date;
}

/** One client: its state, what its requests got wrong, and what can be done with it. */
export function clientPage(view: ClientView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { client, failures, counted, acts, errors, now } = view;
  const { metadata } = client;
  const stop = client.status === "stopped" ? acts.find(({ what }) => what === "stopped") : undefined;
  const path = clientPaths.client(client.id);
  const body = html`${errorSummary(errors, lang)}
    <p><a href="${clientPaths.mine}">${t.mine}</a></p>
    <h1>${show(metadata.name, lang)}</h1>
    ${stop ? stoppedNote(stop, lang) : ""}
    ${factList(
      [
        { label: words.id, value: html`<code>${client.id}</code>` },
        { label: words.state, value: stateTag(client, now, lang) },
        ...(client.expires_at ? [{ label: words.until, value: formatDate(client.expires_at, lang) }] : []),
        { label: words.purpose, value: metadata.purpose },
        { label: clientLabels.redirectUris[0], value: metadata.redirectUris.join(" ") },
        { label: words.asks, value: ["openid", "name", ...metadata.scopes].join(" ") },
      ],
      lang,
    )}
    <p>${buttonLink(t.edit, `${path}/change`, "quiet")}</p>
    ${
      acts.length > 0
        ? html`<h2>${t.acts}</h2>
            ${actsTable(acts, false, lang)}`
        : ""
    }
    <h2>${t.failures}</h2>
    <p>${t.failuresHint}</p>
    ${failures.length === 0 ? html`<p>${t.noFailures}</p>` : failuresTable(failures, t.failures, lang)}
    ${
      counted.length > 0
        ? html`<h3>${t.counted}</h3>
            <p>${t.countedHint}</p>
            ${failuresTable(counted, t.counted, lang)}`
        : ""
    }
    ${
      client.environment === "sandbox"
        ? html`<h2>${t.ask}</h2>
            <p>${t.askHint}</p>
            ${form(
              { action: `${path}/ask`, csrf: chrome.csrf },
              html`${textInput({ id: "owner", label: words.owner, hint: words.ownerHint, error: errorOf(errors, "owner") }, lang)}
              ${button(t.ask)}`,
            )}`
        : ""
    }
    <h2>${t.remove}</h2>
    <p>${t.removeHint}</p>
    ${postButton({ action: `${path}/delete`, csrf: chrome.csrf, text: t.remove, kind: "stop" })}`;
  return page({ ...chrome, lang, title: metadata.name[lang], area: "citizen", error: errors.length > 0, body });
}

function failuresTable(
  failures: readonly (Omit<FailureRow, "id"> & { readonly times?: number })[],
  caption: string,
  lang: Language,
): Html {
  const t = inLanguage(words, lang);
  const times = failures.some((one) => one.times !== undefined);
  return table({
    caption,
    captionHidden: true,
    columns: [{ head: t.at }, { head: t.where }, { head: t.error }, ...(times ? [{ head: t.times }] : [])],
    rows: failures.map(({ at, endpoint, error, detail, checks, ...one }) => ({
      cells: [
        formatDateTime(at, lang),
        html`<span lang="en">${endpoint}</span>`,
        html`<span lang="en"><code>${error}</code> ${detail}</span>`,
        ...(times ? [String(one.times)] : []),
      ],
      ...(checks.length > 0 && {
        below: html`<ul lang="en">
          ${checks.map(({ what, ok, found }) => html`<li>${ok ? "✓" : html`<b>✗</b>`} ${what}${ok ? "" : html` (${t.found}: <code>${found}</code>)`}</li>`)}
        </ul>`,
      }),
    })),
  });
}

/** A client as everybody may see it. */
interface ListedClient {
  readonly client_id: string;
  readonly owner: string;
  readonly name: Localised;
  readonly purpose: Localised;
  readonly scopes: readonly string[];
  readonly expires_at: string;
}

/** Every approved client: whose, what for, what it may ask. */
export function relyingPartiesPage(clients: readonly ListedClient[], lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<h1>${t.publicTitle}</h1>
    <p class="lede">${t.publicIntro}</p>
    ${
      clients.length === 0
        ? html`<p>${t.publicNone}</p>`
        : table({
            caption: t.publicTitle,
            captionHidden: true,
            columns: [{ head: t.name }, { head: t.ownerColumn }, { head: t.asks }, { head: t.until }],
            rows: clients.map(({ name, owner, purpose, scopes, expires_at }) => ({
              cells: [
                show(name, lang),
                show(owner, lang),
                ["openid", "name", ...scopes].join(" "),
                formatDate(new Date(expires_at), lang),
              ],
              below: show(purpose, lang),
            })),
          })
    }
    <p><a href="${clientPaths.json}">JSON</a></p>`;
  return page({ ...chrome, lang, title: t.publicTitle, area: "public", body });
}
