import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  button,
  details,
  errorOf,
  errorSummary,
  form,
  html,
  inLanguage,
  note,
  page,
  selectInput,
  show,
  textInput,
  type Chrome,
  type FieldError,
  type Html,
  type HtmlPage,
} from "#ui";
import type { ClientField, ClientForm } from "../provider/check-client.ts";
import type { ClientRow } from "../provider/store.ts";

const words = {
  register: both("登記應用程式", "Register a client"),
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
};

/** What the fields are called. */
export const clientLabels: Readonly<Record<ClientField, readonly [Localised, Localised?]>> = {
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

/** What a field is called, where its fault is told away from it. */
export function clientFaultText({ field, text }: { field: ClientField; text: Localised }): Localised {
  const [label] = clientLabels[field];
  return both(`${label["zh-Hant"]}：${text["zh-Hant"]}`, `${label.en}: ${text.en}`);
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
    const [label, hint] = clientLabels[id];
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
