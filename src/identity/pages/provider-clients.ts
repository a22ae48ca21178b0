import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  details,
  errorOf,
  errorSummary,
  factList,
  form,
  formatDate,
  formatDateTime,
  html,
  inLanguage,
  note,
  page,
  postButton,
  selectInput,
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
import type { ClientField, ClientForm } from "../provider/check-client.ts";
import type { ClientRow, FailureRow } from "../provider/store.ts";

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
  sandboxHint: both(
    "測試用的應用程式只能登入虛構的人物。在正式環境，只有您自己能用它登入，也拿不到登記資料。",
    "A test client signs in invented people only. Where people are real, nobody but you can use it, and it gets no register data.",
  ),
  editTitle: both("修改應用程式", "Change the client"),
  productionHint: both(
    "這個應用程式已經過核可：只有金鑰和登出通知網址可以直接改。其他項目要改，請從測試用的應用程式重新申請。",
    "This client was approved: only its keys and its sign-out address can be changed. For anything else, ask anew from a test client.",
  ),
  catalogue: both("目錄", "The catalogue"),
  apis: both("加密與 API", "Encryption and APIs"),
  send: both("儲存", "Save"),
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
  decideTitle: both("等待核可的應用程式", "Clients that wait for approval"),
  decideIntro: both(
    "兩位承辦人都核可才會上線，效期一年。自己管理的應用程式不能自己核可。",
    "Each goes into production when two officers approve it, for a year. Nobody decides on a client of their own.",
  ),
  decideNone: both("沒有等待核可的應用程式。", "No client waits."),
  approvals: both(
    (n: number) => `已有 ${n} 位核可，需要 2 位`,
    (n: number) => `${n} of 2 approvals`,
  ),
  approve: both("核可", "Approve"),
  refuse: both("不核可", "Turn down"),
  states: both(
    { active: "可以使用", asked: "等待核可", refused: "未核可", deleted: "已刪除", sandbox: "測試用", over: "已過期" },
    {
      active: "works",
      asked: "waits for approval",
      refused: "turned down",
      deleted: "deleted",
      sandbox: "test",
      over: "year is over",
    },
  ),
};

const labels: Readonly<Record<ClientField, readonly [Localised, Localised?]>> = {
  profile: [both("設定", "Profile")],
  nameZh: [both("中文名稱", "Name in Chinese")],
  nameEn: [both("英文名稱", "Name in English")],
  purposeZh: [
    both("目的（中文）", "Purpose in Chinese"),
    both("一個應用程式一個目的。本人同意前會讀到。", "One purpose a client. People read it before they agree."),
  ],
  purposeEn: [both("目的（英文）", "Purpose in English")],
  legalBasis: [
    both("法律依據", "Legal basis"),
    both("沒有就留空，以本人同意為依據。", "Leave it empty where the person's consent is the ground."),
  ],
  retentionZh: [both("保存多久（中文）", "Kept for how long, in Chinese")],
  retentionEn: [both("保存多久（英文）", "Kept for how long, in English")],
  redirectUris: [
    both("回傳網址（redirect_uri）", "Redirect addresses"),
    both(
      "每行一個，一字不差。測試時可以用 http://localhost。",
      "One a line, letter by letter. http://localhost while testing.",
    ),
  ],
  postLogoutRedirectUris: [both("登出後的網址", "Addresses after sign-out")],
  backchannelLogoutUri: [both("登出通知網址", "Back-channel logout address")],
  jwks: [
    both("公開金鑰（JWKS）", "Public keys (JWKS)"),
    both(
      "政府用的設定需要。我們不發密碼：您保管私密金鑰，只給我們公開的部分。",
      "The government profile needs them. There are no secrets here: you keep the private key and give us the public part.",
    ),
  ],
  jwksUri: [both("或 JWKS 網址", "Or the address of the JWKS")],
  scopes: [both("要求的資料", "Attributes asked for"), both("每行一個，從目錄選。", "One a line, from the catalogue.")],
  optional: [both("其中可以不給的", "Those that may be left out")],
  minAcr: [both("最低保證等級", "Least level of assurance")],
  userinfo: [both("userinfo 的格式", "Form of userinfo")],
  resources: [
    both("要呼叫的 API（audience）", "APIs it calls (audiences)"),
    both("每行一個。那個 API 也要登記過。", "One a line. The API must be registered, too."),
  ],
  audience: [
    both("它本身是 API：自己的 audience", "It is an API itself: its audience"),
    both("可以向我們查問給它的權杖。", "It may then ask us about tokens that are for it."),
  ],
  audienceScopes: [both("這個 API 的範圍（scope）", "Scopes of this API")],
  tokenFormat: [both("給同一機關的權杖格式", "Form of tokens from one's own organisation")],
  mandates: [
    both("可以代理的關係", "Mandates known here"),
    both("留空表示人人只辦自己的事。", "Empty: everybody acts for themself."),
  ],
};

const profiles = [
  { value: "fapi", text: both("政府用：FAPI 2.0（PAR、DPoP、金鑰）", "Government: FAPI 2.0 (PAR, DPoP, keys)") },
  {
    value: "plain",
    text: both("簡易：OpenID Connect 加 PKCE，只有姓名", "Simple: OpenID Connect with PKCE, name only"),
  },
];
const userinfoForms = [
  { value: "json", text: both("JSON", "JSON") },
  { value: "encrypted", text: both("簽章後加密給您的金鑰（JWE）", "signed, and encrypted to your key (JWE)") },
];
const tokenForms = [
  { value: "opaque", text: both("不透明：每次向我們查問", "opaque: asked about each time") },
  { value: "jwt", text: both("JWT：自己驗證，五分鐘內有效", "JWT: verified by oneself, for five minutes") },
];
const levels = [
  { value: "urn:taroko:loa:low", text: both("低", "low") },
  { value: "urn:taroko:loa:substantial", text: both("中：兩個因素", "substantial: two factors") },
  { value: "urn:taroko:loa:high", text: both("高：卡片", "high: the card") },
];

/** Fields with a closed list. */
const selects: Readonly<Partial<Record<ClientField, typeof levels>>> = {
  profile: profiles,
  minAcr: levels,
  userinfo: userinfoForms,
  tokenFormat: tokenForms,
};

function stateTag({ status, environment, expires_at }: ClientRow, now: Date, lang: Language): Html {
  const over = expires_at !== null && expires_at <= now;
  const state = over ? "over" : environment === "sandbox" && status === "active" ? "sandbox" : status;
  const tones: Readonly<Record<typeof state, Tag["tone"]>> = {
    active: "good",
    sandbox: "info",
    asked: "wait",
    refused: "bad",
    deleted: "quiet",
    over: "bad",
  };
  return tag({ tone: tones[state], text: both(words.states["zh-Hant"][state], words.states.en[state]) }, lang);
}

/** What a field is called, where its fault is told away from it. */
export function clientFaultText({ field, text }: { field: ClientField; text: Localised }): Localised {
  const [label] = labels[field];
  return both(`${label["zh-Hant"]}：${text["zh-Hant"]}`, `${label.en}: ${text.en}`);
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

export interface ClientFormView {
  readonly action: string;
  readonly form: ClientForm;
  readonly errors: readonly FieldError[];
  readonly editing?: ClientRow;
  readonly scopes: readonly { readonly scope: string; readonly label: Localised }[];
}

/** Registering and changing a client: one form. */
export function clientFormPage(view: ClientFormView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const title = view.editing ? t.editTitle : t.register;
  const field = (id: ClientField, rows?: number): Html => {
    const [label, hint] = labels[id];
    const o = { id, label, ...(hint && { hint }), value: view.form[id], error: errorOf(view.errors, id) };
    const options = selects[id];
    return options ? selectInput({ ...o, options }, lang) : textInput({ ...o, ...(rows && { rows }) }, lang);
  };
  const approved = view.editing?.environment === "production";
  const body = html`<div class="narrow">
    ${errorSummary(view.errors, lang)}
    <h1>${title}</h1>
    ${note(html`<p>${approved ? t.productionHint : t.sandboxHint}</p>`)}
    ${form(
      { action: view.action, csrf: chrome.csrf },
      html`${field("profile")}${field("nameZh")}${field("nameEn")}${field("purposeZh")}${field("purposeEn")}${field("legalBasis")}${field("retentionZh")}${field("retentionEn")}${field("redirectUris", 3)}${field("postLogoutRedirectUris", 2)}${field("backchannelLogoutUri")}${field("jwks", 6)}${field("jwksUri")}${field("scopes", 4)}
      ${details(
        t.catalogue,
        html`<ul>
          ${view.scopes.map(({ scope, label }) => html`<li><code>${scope}</code> ${show(label, lang)}</li>`)}
        </ul>`,
      )}
      ${field("optional", 2)}${field("minAcr")}${field("mandates", 2)}
      ${details(t.apis, html`${field("userinfo")}${field("resources", 2)}${field("audience")}${field("audienceScopes", 2)}${field("tokenFormat")}`)}
      ${actions(button(t.send))}`,
    )}
  </div>`;
  return page({ ...chrome, lang, title, area: "citizen", error: view.errors.length > 0, body });
}

export interface ClientView {
  readonly client: ClientRow;
  readonly failures: readonly FailureRow[];
  readonly errors: readonly FieldError[];
  readonly now: Date;
}

/** One client: its state, what its requests got wrong, and what can be done with it. */
export function clientPage({ client, failures, errors, now }: ClientView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { metadata } = client;
  const path = clientPaths.client(client.id);
  const body = html`${errorSummary(errors, lang)}
    <p><a href="${clientPaths.mine}">${t.mine}</a></p>
    <h1>${show(metadata.name, lang)}</h1>
    ${factList(
      [
        { label: words.id, value: html`<code>${client.id}</code>` },
        { label: words.state, value: stateTag(client, now, lang) },
        ...(client.expires_at ? [{ label: words.until, value: formatDate(client.expires_at, lang) }] : []),
        { label: words.purpose, value: metadata.purpose },
        { label: labels.redirectUris[0], value: metadata.redirectUris.join(" ") },
        { label: words.asks, value: ["openid", "name", ...metadata.scopes].join(" ") },
      ],
      lang,
    )}
    <p>${buttonLink(t.edit, `${path}/change`, "quiet")}</p>
    <h2>${t.failures}</h2>
    <p>${t.failuresHint}</p>
    ${failures.length === 0 ? html`<p>${t.noFailures}</p>` : failuresTable(failures, lang)}
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

function failuresTable(failures: readonly FailureRow[], lang: Language): Html {
  const t = inLanguage(words, lang);
  return table({
    caption: t.failures,
    captionHidden: true,
    columns: [{ head: t.at }, { head: t.where }, { head: t.error }],
    rows: failures.map(({ at, endpoint, error, detail, checks }) => ({
      cells: [
        formatDateTime(at, lang),
        html`<span lang="en">${endpoint}</span>`,
        html`<span lang="en"><code>${error}</code> ${detail}</span>`,
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

/** What waits for two officers. */
export function decideClientsPage(
  waiting: readonly { readonly client: ClientRow; readonly approvals: number }[],
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<h1>${t.decideTitle}</h1>
    <p class="lede">${t.decideIntro}</p>
    ${waiting.length === 0 ? html`<p>${t.decideNone}</p>` : ""}
    ${waiting.map(
      ({ client, approvals }) =>
        html`<section class="card">
          <h2>${show(client.metadata.name, lang)}</h2>
          ${factList(
            [
              { label: words.id, value: html`<code>${client.id}</code>` },
              { label: words.ownerColumn, value: client.owner },
              { label: words.purpose, value: client.metadata.purpose },
              { label: labels.legalBasis[0], value: client.metadata.legalBasis || "—" },
              { label: words.retention, value: client.metadata.retention },
              { label: labels.redirectUris[0], value: client.metadata.redirectUris.join(" ") },
              { label: words.asks, value: ["openid", "name", ...client.metadata.scopes].join(" ") },
              { label: labels.optional[0], value: client.metadata.optional.join(" ") || "—" },
              { label: labels.minAcr[0], value: client.metadata.minAcr },
              { label: labels.mandates[0], value: client.metadata.mandates.join(" ") || "—" },
            ],
            lang,
          )}
          <p>${t.approvals(approvals)}</p>
          ${form(
            { action: clientPaths.decide, csrf: chrome.csrf },
            html`<input type="hidden" name="client" value="${client.id}" /> ${actions(
                button(t.approve, { name: "answer", value: "approve" }),
                button(t.refuse, { name: "answer", value: "refuse", kind: "stop" }),
              )}`,
          )}
        </section>`,
    )}`;
  return page({ ...chrome, lang, title: t.decideTitle, area: "desk", body });
}
