import type { Language } from "#kernel";
import {
  both,
  buttonLink,
  emptyState,
  formatCount,
  gorge,
  html,
  icon,
  inLanguage,
  page,
  paths,
  plain,
  show,
  tag,
  type Chrome,
  type Html,
  type HtmlPage,
  type IconName,
  type Tag,
  type Text,
} from "#ui";

/** One of the eight life events. */
export interface LifeEvent {
  readonly name: Text;
  /** Two or three services, as an appetiser. */
  readonly examples: Text;
  readonly icon: IconName;
  readonly href: string;
}

/** An application on its way, as the home page and the list show it. */
export interface RunningApplication {
  readonly service: Text;
  readonly state: Tag;
  /** For whom, what, who handles it, what comes next and until when. */
  readonly text: Text;
  readonly href: string;
}

export interface HomeView {
  readonly events: readonly LifeEvent[];
  /** Only for those signed in. */
  readonly mine?: {
    readonly applications: readonly RunningApplication[];
    readonly usage: { readonly thisMonth: number; readonly witnesses: number; readonly allGrounded: boolean };
  };
}

const words = {
  title: both("首頁", "Home"),
  heading: both("要辦的事，從這裡一次辦好", "What you need, done in one place"),
  intro: both(
    "政府已經有的資料不再請您重填。每一次資料使用，您都看得到，也驗得出來。",
    "We never ask for what the state already knows. You see every use of your data, and you can prove it.",
  ),
  search: both("找服務", "Find a service"),
  example: both("例如：媽媽需要助行器", "For example: walking frame"),
  events: both("人生的時刻", "Moments of life"),
  running: both("正在進行", "In progress"),
  none: both("目前沒有進行中的申請。", "You have no application in progress."),
  progress: both("看申請進度", "See its progress"),
  usage: both("誰用了我的資料", "Who used my data"),
  times: both(
    (times: number) => `本月 ${formatCount(times)} 次`,
    (times: number) => `${formatCount(times)} ${times === 1 ? "time" : "times"} this month`,
  ),
  grounded: both("，都有您的同意或法律依據。", ", each with your consent or a law behind it."),
  ungrounded: both("，請逐筆查看。", ". Please look through them."),
  witnesses: both(
    (count: number) => `紀錄由 ${count} 個獨立見證者簽署`,
    (count: number) => `Record signed by ${count} independent witnesses`,
  ),
  lines: both("逐筆查看與驗證", "See and check each one"),
  what: both("這是什麼", "What this is"),
  whatText: both(
    "一個登入，一個地方，辦完政府的事：從申請、核定到入帳，不必跑櫃台，也不必附上政府自己就有的文件。",
    "One sign-in and one place to finish what you need from government, from application to payment, without a counter and without papers the state already holds.",
  ),
  once: both("只說一次", "Say it once"),
  onceText: both(
    "機關之間直接取得需要的欄位，每個欄位都註明來源。",
    "Agencies fetch the fields they need from each other, and each field shows where it came from.",
  ),
  eye: both("看得到", "See it all"),
  eyeText: both(
    "誰、何時、為了什麼、依哪一條法律看了您的資料，一筆一筆列給您。",
    "Who read your data, when, what for and under which law: every reading is listed for you.",
  ),
  seal: both("驗得出來", "Prove it"),
  sealText: both(
    "每一筆都寫進獨立見證者簽署的紀錄，您的瀏覽器自己就能驗。",
    "Every line stands in a record signed by independent witnesses. Your own browser can check it.",
  ),
  sealLink: both("看公開紀錄", "See the public record"),
};

/** The search box, on the home page and on the results. */
function searchForm(lang: Language, query = ""): Html {
  const t = inLanguage(words, lang);
  return html`<form class="search" role="search" method="get" action="${paths.search}">
    <input type="text" name="q" value="${query}" aria-label="${t.search}" placeholder="${t.example}" /><button
      class="button sun"
    >
      ${t.search}
    </button>
  </form>`;
}

/** Applications on their way, a card each. */
function runningCards(applications: readonly RunningApplication[], lang: Language): Html {
  const t = inLanguage(words, lang);
  if (applications.length === 0) return html`<div class="card"><p>${t.none}</p></div>`;
  return html`${applications.map(
    (one) =>
      html`<div class="card">
        <div class="between">
          <h3>${show(one.service, lang)}</h3>
          ${tag(one.state, lang)}
        </div>
        <p>${show(one.text, lang)}</p>
        <a href="${one.href}">${t.progress}<span class="aside"> ${show(one.service, lang)}</span></a>
      </div>`,
  )}`;
}

/** The front door: search, what is in progress for those signed in, the eight life events, what this is. */
export function homePage(view: HomeView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const hero = html`<section class="hero">
    ${gorge()}
    <div class="wrap">
      <h1>${t.heading}</h1>
      <p>${t.intro}</p>
      ${searchForm(lang)}
    </div>
  </section>`;
  const mine = view.mine
    ? html`<div class="two mine">
        <section>
          <h2>${t.running}</h2>
          ${runningCards(view.mine.applications, lang)}
        </section>
        <aside aria-labelledby="usage">
          <h2 id="usage">${t.usage}</h2>
          <div class="card">
            <p>
              <b>${t.times(view.mine.usage.thisMonth)}</b>${view.mine.usage.allGrounded ? t.grounded : t.ungrounded}
            </p>
            <p class="witnessed"><b>✓</b> ${t.witnesses(view.mine.usage.witnesses)}</p>
            <a href="${paths.usage}">${t.lines}</a>
          </div>
        </aside>
      </div>`
    : "";
  const events = html`<section>
    <h2>${t.events}</h2>
    <ul class="grid events">
      ${view.events.map(
        (event) =>
          html`<li>
            <a class="card" href="${event.href}"
              >${icon(event.icon)}
              <h3>${show(event.name, lang)}</h3>
              <p>${show(event.examples, lang)}</p></a
            >
          </li>`,
      )}
    </ul>
  </section>`;
  const promise = (name: IconName, title: string, text: string, more?: Html): Html =>
    html`<li class="promise">
      <div>
        ${icon(name)}
        <h3>${title}</h3>
        <p>${text} ${more}</p>
      </div>
    </li>`;
  const about = view.mine
    ? ""
    : html`<section class="about">
        <h2>${t.what}</h2>
        <p class="lede">${t.whatText}</p>
        <ul class="grid three">
          ${promise("once", t.once, t.onceText)}${promise("eye", t.eye, t.eyeText)}${promise("seal", t.seal, t.sealText, html`<a href="${paths.record}">${t.sealLink}</a>`)}
        </ul>
      </section>`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", hero, body: html`${mine}${events}${about}` });
}

/** A service as lists show it. */
export interface ServiceLink {
  readonly name: Text;
  readonly summary: Text;
  readonly href: string;
  readonly agency: Text;
}

export interface SearchView {
  readonly query: string;
  readonly results: readonly ServiceLink[];
}

const searchWords = {
  title: both("找服務", "Find a service"),
  found: both(
    (count: number, query: string) => `「${query}」找到 ${formatCount(count)} 項服務`,
    (count: number, query: string) => `${formatCount(count)} ${count === 1 ? "service" : "services"} for “${query}”`,
  ),
  nothing: both(
    (query: string) => `沒有找到「${query}」`,
    (query: string) => `Nothing found for “${query}”`,
  ),
  hint: both(
    "試試別的說法，例如「輔具」、「補助」，或從人生的時刻找起。",
    "Try other words, such as “assistive device” or “subsidy”, or start from the moments of life.",
  ),
  all: both("看全部服務", "See all services"),
  by: both("承辦：", "Run by "),
};

/** Services as cards, one below the other. */
export function serviceCards(services: readonly ServiceLink[], lang: Language, under: "h1" | "h2" = "h1"): Html {
  return html`<ul class="grid services">
    ${services.map(
      (service) =>
        html`<li>
          <a class="card" href="${service.href}"
            >${under === "h1" ? html`<h2>${show(service.name, lang)}</h2>` : html`<h3>${show(service.name, lang)}</h3>`}
            <p>${show(service.summary, lang)}</p>
            <p class="by">${searchWords.by[lang]}${show(service.agency, lang)}</p></a
          >
        </li>`,
    )}
  </ul>`;
}

/** What a search found; when it found nothing, how to go on. */
export function searchPage(view: SearchView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(searchWords, lang);
  const found = view.results.length > 0;
  const body = html`<h1>${t.title}</h1>
    ${searchForm(lang, view.query)}
    ${
      found
        ? html`<h2>${show(t.found(view.results.length, view.query), lang)}</h2>
            ${serviceCards(view.results, lang, "h2")}`
        : html`<div class="after-search">
            ${emptyState({
              drawing: icon("mountain"),
              title: show(t.nothing(view.query), lang),
              text: t.hint,
              action: buttonLink(t.all, paths.services, "quiet"),
            })}
          </div>`
    }`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", active: "services", body });
}

export interface ServiceListView {
  /** The life event's name, or absent for all services. */
  readonly event?: { readonly name: Text; readonly intro: Text; readonly icon: IconName };
  readonly services: readonly ServiceLink[];
}

const listWords = {
  all: both("全部服務", "All services"),
  none: both("這裡還沒有服務", "No services here yet"),
  noneText: both(
    "這個時刻的服務還沒有放上來。您可以先看看已經可以辦的服務。",
    "The services for this moment are not here yet. You can look at those that already are.",
  ),
  back: both("回首頁", "Back to the home page"),
};

/** A life event with its services, or the list of all services. */
export function serviceListPage(view: ServiceListView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(listWords, lang);
  const title = view.event ? plain(view.event.name, lang) : t.all;
  const body = html`<a class="back" href="${paths.home}">${t.back}</a>
    ${view.event ? icon(view.event.icon) : ""}
    <h1>${title}</h1>
    ${view.event ? html`<p class="lede">${show(view.event.intro, lang)}</p>` : ""}
    ${
      view.services.length > 0
        ? serviceCards(view.services, lang)
        : emptyState({
            drawing: icon("mountain"),
            title: t.none,
            text: t.noneText,
            action: buttonLink(t.all, paths.services, "quiet"),
          })
    }`;
  return page({ ...chrome, lang, title, area: "citizen", active: "services", body });
}
