import type { Language } from "#kernel";
import { assets } from "./assets.ts";
import { brandMark } from "./icons.ts";
import { html, type Html, type HtmlPage, type HtmlValue } from "./html.ts";
import { banner, type Notice } from "./notices.ts";
import { paths } from "./paths.ts";
import { both, inLanguage, languageTag, show, type Text } from "./texts.ts";

/** Who is signed in, as the top of each page says it. */
export interface Session {
  readonly name: string;
  /** Set while acting for another person. `relation` is what the other is to this one: 母親, mother. */
  readonly actingFor?: { readonly name: string; readonly relation: Text };
}

/** What the server knows about the request and each page needs around its content. */
export interface Chrome {
  /** The page's own path and query, without the language. */
  readonly path: string;
  /** The address of this page in another language. */
  languageUrl(lang: Language): string;
  readonly session?: Session;
  /** Token for every form of this session, in the field `csrf`. */
  readonly csrf?: string;
  /** Shown once on top of the content, after something was done. */
  readonly notice?: Notice;
  /** Set where the site is no portal: its name and places stand at the top instead of the portal's. */
  readonly office?: Office;
}

/** A site for those who run something, such as a gateway's desk. */
export interface Office {
  readonly name: Text;
  /** Its first place is its home. */
  readonly places: readonly { readonly href: string; readonly text: Text }[];
}

export type Area = "citizen" | "desk" | "public";
export type NavigationName =
  | "services"
  | "applications"
  | "usage"
  | "record"
  | "cases"
  | "payments"
  | "fees"
  | "rules"
  | "office";

export interface PageOptions extends Chrome {
  readonly lang: Language;
  readonly title: string;
  readonly body: HtmlValue;
  readonly area: Area;
  /** The place in the navigation where this page stands. */
  readonly active?: NavigationName;
  /** True when the page shows errors of the person's input; the title then begins with the word. */
  readonly error?: boolean;
  /** Further scripts, same origin. */
  readonly scripts?: readonly string[];
  /** Full-width content before the main column (the hero of the home page). Holds the `h1` then. */
  readonly hero?: Html;
}

const words = {
  brand: both("太魯閣", "Taroko"),
  desk: both("太魯閣 案件處理", "Taroko casework"),
  site: both("太魯閣數位政府", "Taroko digital government"),
  skip: both("跳到主要內容", "Skip to main content"),
  navigation: both("主選單", "Main menu"),
  menu: both("選單", "Menu"),
  services: both("服務", "Services"),
  applications: both("我的申請", "My applications"),
  usage: both("誰用了我的資料", "Who used my data"),
  record: both("公開紀錄", "Public record"),
  cases: both("案件", "Cases"),
  payments: both("付款", "Payments"),
  fees: both("規費", "Fees"),
  rules: both("規則", "Rules"),
  office: both("職務", "Office"),
  signIn: both("登入", "Sign in"),
  signOut: both("登出", "Sign out"),
  actingBefore: both("您正在代理", "You are acting for"),
  actingAfter: both("辦理", ""),
  change: both("切換", "Change"),
  actFor: both("替別人辦", "Act for someone"),
  acting: both("代理", "Acting for"),
  mandates: both("委任", "Mandates"),
  agreements: both("我的同意", "My agreements"),
  account: both("帳號", "Account"),
  mine: both("我的帳號", "My account"),
  myPayments: both("我的款項", "My payments"),
  myFees: both("我的規費", "My fees"),
  error: both("錯誤：", "Error: "),
  footer: both("頁尾", "Footer"),
  about: both("關於", "About"),
  accessibility: both("無障礙", "Accessibility"),
  verify: both("紀錄驗證", "Verify the record"),
  demo: both("示範國度：人物與資料皆為虛構。", "Demonstration country: all people and data are invented."),
};

const places: Record<Area, readonly (readonly [NavigationName, string])[]> = {
  citizen: [
    ["services", paths.services],
    ["applications", paths.applications],
    ["usage", paths.usage],
    ["record", paths.record],
  ],
  public: [
    ["services", paths.services],
    ["applications", paths.applications],
    ["usage", paths.usage],
    ["record", paths.record],
  ],
  desk: [
    ["cases", paths.desk],
    ["payments", paths.deskPayments],
    ["fees", paths.deskFees],
    ["rules", paths.deskRules],
    ["office", paths.office],
  ],
};

/** A whole page around its content: skip link, brand, navigation, language switch, acting bar, footer. */
export function page(o: PageOptions): HtmlPage {
  const t = inLanguage(words, o.lang);
  const other: Language = o.lang === "en" ? "zh-Hant" : "en";
  const files = assets();
  const language = html`<a
    class="language"
    href="${o.languageUrl(other)}"
    lang="${languageTag(other)}"
    hreflang="${languageTag(other)}"
    >${other === "en" ? "English" : "中文"}</a
  >`;
  const here = o.path.split("?")[0]!;
  const links = o.office
    ? o.office.places.map(
        ({ href, text }) =>
          html`<li>
            <a href="${href}" ${isWithin(here, href) ? html` aria-current="true"` : ""}>${show(text, o.lang)}</a>
          </li>`,
      )
    : places[o.area].map(
        ([name, href]) =>
          html`<li><a href="${href}" ${o.active === name ? html` aria-current="true"` : ""}>${t[name]}</a></li>`,
      );
  const name = o.office ? show(o.office.name, o.lang) : o.area === "desk" ? t.desk : t.brand;
  const home = o.office?.places[0]?.href ?? (o.area === "desk" ? paths.desk : paths.home);
  const signOut = html`<form method="post" action="${paths.signOut}">
    ${csrfField(o.csrf)}<button class="plain">${t.signOut}</button>
  </form>`;
  const mine =
    o.area === "desk" || o.office
      ? html`<li>${signOut}</li>`
      : html`<li><a href="${paths.account}">${t.mine}</a></li>
          <li><a href="${paths.myPayments}">${t.myPayments}</a></li>
          <li><a href="${paths.myFees}">${t.myFees}</a></li>
          <li><a href="${paths.actFor}">${t.actFor}</a></li>
          <li><a href="${paths.mandates}">${t.mandates}</a></li>
          <li><a href="${paths.agreements}">${t.agreements}</a></li>
          <li>${signOut}</li>`;
  const wideAccount = o.session
    ? html`<details class="account">
        <summary>${show(o.session.name, o.lang)}</summary>
        <ul>
          ${mine}
        </ul>
      </details>`
    : o.office
      ? ""
      : html`<a class="sign-in" href="${paths.signIn}">${t.signIn}</a>`;
  const narrowAccount = o.session
    ? html`<li class="who">${show(o.session.name, o.lang)}</li>
        ${mine}`
    : o.office
      ? ""
      : html`<li><a href="${paths.signIn}">${t.signIn}</a></li>`;
  const acting = o.session?.actingFor
    ? html`<section class="acting" aria-label="${t.acting}">
        <div class="wrap">
          <span
            >${t.actingBefore}
            <b>${show(o.session.actingFor.name, o.lang)}</b
            >${o.lang === "en" ? " (" : "（"}${show(o.session.actingFor.relation, o.lang)}${o.lang === "en" ? ")" : "）"}${t.actingAfter}</span
          ><a href="${paths.actFor}">${t.change}</a>
        </div>
      </section>`
    : "";
  return html`<!doctype html>
    <html lang="${languageTag(o.lang)}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${o.error ? t.error : ""}${o.title} - ${o.office || o.area === "desk" ? name : t.site}</title>
        <link rel="stylesheet" href="${files.style.url}" />
        <link rel="icon" href="${files.icon.url}" type="image/svg+xml" />
        <script type="module" src="${files.script.url}"></script>
        ${(o.scripts ?? []).map((src) => html`<script type="module" src="${src}"></script>`)}
      </head>
      <body class="${o.area}">
        <a class="skip" href="#main">${t.skip}</a>
        <header class="bar">
          <div class="wrap">
            <a class="brand" href="${home}">${brandMark()}<span>${name}</span></a>
            <nav class="wide" aria-label="${t.navigation}">
              <ul>
                ${links}
              </ul>
              ${language}${wideAccount}
            </nav>
            <details class="menu">
              <summary>${t.menu}</summary>
              <nav aria-label="${t.navigation}">
                <ul>
                  ${links}${narrowAccount}
                  <li>${language}</li>
                </ul>
              </nav>
            </details>
          </div>
        </header>
        ${acting}
        <main id="main" tabindex="-1">
          ${o.hero}
          <div class="wrap">${o.notice ? banner(o.notice, o.lang) : ""}${o.body}</div>
        </main>
        ${
          o.office
            ? ""
            : html`<footer aria-label="${t.footer}">
                <div class="wrap">
                  <ul>
                    <li><a href="${paths.about}">${t.about}</a></li>
                    <li><a href="${paths.accessibility}">${t.accessibility}</a></li>
                    <li><a href="${paths.record}">${t.verify}</a></li>
                  </ul>
                  <p>${t.demo}</p>
                </div>
              </footer>`
        }
      </body>
    </html>`;
}

function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

/** The session's token as a hidden field; nothing when there is no session. */
export function csrfField(csrf: string | undefined): HtmlValue {
  return csrf === undefined ? "" : html`<input type="hidden" name="csrf" value="${csrf}" />`;
}
