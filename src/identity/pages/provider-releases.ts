import type { Language, Localised } from "#kernel";
import {
  both,
  form,
  button,
  formatDateTime,
  html,
  inLanguage,
  page,
  show,
  table,
  tag,
  type Chrome,
  type HtmlPage,
} from "#ui";
import type { ReleaseRow } from "../provider/store.ts";

/** Address of a person's list of sites. */
export const releasesPath = "/account/sites";

const words = {
  title: both("您在哪些網站登入過", "Where you signed in with Taroko"),
  intro: both(
    "每一次，對方得到什麼，是誰給的。只限當次：15 分鐘後對方就不能再查。",
    "Each time: what the site got, and who gave it. It held for that once: after 15 minutes the site can ask no more.",
  ),
  none: both("還沒有。", "Nowhere yet."),
  site: both("網站", "Site"),
  got: both("得到", "Got"),
  at: both("時間", "Time"),
  by: both("由誰", "By"),
  forWhom: both(
    (name: string) => `代理 ${name}`,
    (name: string) => `for ${name}`,
  ),
  onlySub: both("只有代號", "a name for you only"),
  end: both("現在就停止", "End it now"),
  sandbox: both("測試", "test"),
};

/** To which sites a person gave what, and what others gave in their name. */
export function releasesPage(
  view: {
    readonly releases: readonly ReleaseRow[];
    /** What scopes are called. */
    readonly labels: ReadonlyMap<string, Localised>;
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.intro}</p>
    ${
      view.releases.length === 0
        ? html`<p>${t.none}</p>`
        : table({
            caption: t.title,
            captionHidden: true,
            columns: [{ head: t.site }, { head: t.got }, { head: t.by }, { head: t.at }],
            rows: view.releases.map((release) => {
              const got = release.scopes.flatMap((scope) => view.labels.get(scope)?.[lang] ?? []);
              return {
                cells: [
                  html`<span
                    >${show(release.name, lang)}
                    ${release.environment === "sandbox" ? tag({ tone: "wait", text: words.sandbox }, lang) : ""}</span
                  >`,
                  show(got.join(lang === "en" ? ", " : "、") || t.onlySub, lang),
                  html`<span
                    >${show([release.person, release.party ? t.forWhom(release.party) : ""].filter(Boolean).join(" "), lang)}</span
                  >`,
                  formatDateTime(release.at, lang),
                ],
                ...(release.live && {
                  below: form(
                    { action: releasesPath, csrf: chrome.csrf },
                    html`<input
                        type="hidden"
                        name="release"
                        value="${release.id.toString("hex")}"
                      />${button(t.end, { kind: "quiet" })}`,
                  ),
                }),
              };
            }),
          })
    }`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", body });
}
