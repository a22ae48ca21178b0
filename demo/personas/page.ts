import type { Language, Localised, ProblemEntry } from "#kernel";
import {
  actions,
  both,
  button,
  checkbox,
  details,
  form,
  html,
  inLanguage,
  languageTag,
  note,
  page,
  show,
  table,
  type Chrome,
  type Html,
  type HtmlPage,
} from "#ui";
import { nameOf } from "../people.ts";
import { demoPins } from "../pins.ts";
import { faultNames, faults, type Noticed } from "./faults.ts";
import type { Persona } from "./people.ts";
import type { PersonaSite } from "./persona-site.ts";

export interface PersonasView {
  /** Where a sign-in goes on; absent where somebody just looks. */
  readonly next: string | undefined;
  /** Why the last one could not be signed in. */
  readonly problem: ProblemEntry | undefined;
  /** The client whose faults were changed just now. */
  readonly client: string | undefined;
  /** The persona this browser is signed in as. */
  readonly as: string | undefined;
}

const words = {
  title: both("試用身分", "Personas"),
  choose: both("要以誰的身分登入？", "Sign in as whom?"),
  intro: both(
    "這是示範環境，人物全是虛構的。按一下就以那個人的身分登入，不必讀卡。",
    "This is a demonstration; everybody is invented. One press signs you in as that person, without a card.",
  ),
  notNow: both("這個人不能登入", "This person cannot be signed in"),
  person: both("姓名與代號", "Name and id"),
  shows: both("用來試什麼", "What they show"),
  go: both("以此人登入", "Sign in"),
  goAs: both(
    (name: string) => `以${name}的身分登入`,
    (name: string) => `Sign in as ${name}`,
  ),
  current: both("目前登入", "Signed in"),
  real: both("不用捷徑：到真正的登入頁，用卡片和 PIN", "No shortcut: the real sign-in page, with card and PIN"),
  clients: both("給您的程式", "For your program"),
  clientsText: both(
    "http://localhost 的任何埠與路徑都可以回來。",
    "Any port and path of http://localhost may be called back.",
  ),
  simple: both("一般 OpenID Connect，不用密碼", "Plain OpenID Connect, no secret"),
  government: both("政府用：FAPI 2.0，可取得登記資料", "Government: FAPI 2.0, with attributes"),
  representing: both("同上，並可代理別人", "The same, and people may act for others"),
  faults: both("讓它出錯", "Make it fail"),
  faultsText: both(
    "勾選後，只有該程式的登入會這樣出錯。關掉 taroko personas 就全部恢復。",
    "What you tick goes wrong for that program alone, until you untick it or stop taroko personas.",
  ),
  on: both(
    (count: string) => `${count} 項開啟`,
    (count: string) => `${count} on`,
  ),
  save: both("儲存", "Save"),
  saved: both("已儲存", "Saved"),
  everyone: both("所有程式", "Every program"),
  api: both("測試程式可用 JSON 介面：", "Test suites use the JSON interface: "),
};

const noticed: Readonly<Record<Noticed, Localised>> = {
  library: both("程式庫會發現", "your library notices"),
  person: both("登入的人會看到", "the person sees it"),
  "own code": both("要自己檢查", "your own code must notice"),
};

/** The list of personas, what to paste into a relying party, and the faults. On the way to a relying party, the list alone. */
export function personasPage(site: PersonaSite, view: PersonasView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const title = view.next === undefined ? t.title : t.choose;
  const signIn = (key: string, content: Html): Html =>
    html`<form method="post" action="/personas/sign-in">
      ${view.next === undefined ? "" : html`<input type="hidden" name="next" value="${view.next}" />`}
      <input type="hidden" name="persona" value="${key}" />${content}
    </form>`;
  const row = (one: Persona) => {
    const name = nameOf(one);
    const tongue = /\p{Script=Han}/u.test(name) ? languageTag("zh-Hant") : languageTag("en");
    return {
      cells: [
        html`<b lang="${tongue}">${name}</b><br /><code>${one.key}</code>`,
        show(one.note, lang),
        html`${signIn(one.key, html`<button class="button quiet" aria-label="${t.goAs(name)}">${t.go}</button>`)}
        ${view.as === one.key ? html`<small>${t.current}</small>` : ""}`,
      ],
    };
  };
  const list = table({
    caption: t.title,
    captionHidden: true,
    columns: [{ head: t.person }, { head: t.shows }, { head: "" }],
    rows: [...site.personas.values()].map(row),
  });
  const body = html`<h1>${title}</h1>
    <p class="lede">${t.intro}</p>
    ${
      view.problem
        ? note(
            html`<p><b>${t.notNow}</b></p>
              <p>${show(view.problem.title, lang)}</p>`,
            "bad",
          )
        : ""
    }
    ${view.next === undefined ? developerParts(site, view, lang) : ""} ${list}
    ${view.next === undefined ? "" : signIn("", html`<p><button class="button quiet">${t.real}</button></p>`)}
    <p>PIN1 <code>${demoPins.pin1}</code>, PIN2 <code>${demoPins.pin2}</code></p>`;
  return page({ ...chrome, lang, title, area: "public", body });
}

function developerParts(site: PersonaSite, view: PersonasView, lang: Language): Html {
  const t = inLanguage(words, lang);
  const titles: Readonly<Record<string, string>> = {
    "sandbox-simple": t.simple,
    "sandbox-government": t.government,
    "sandbox-representing": t.representing,
    "*": t.everyone,
  };
  const faultForm = (client: string): Html => {
    const on = site.switches.of(client);
    const saved = view.client === client;
    return details(
      html`${titles[client]} <code>${client}</code> ${on.length > 0 ? t.on(String(on.length)) : ""}`,
      form(
        { action: "/personas/faults" },
        html`${saved ? html`<p role="status">${t.saved}</p>` : ""}<input
            type="hidden"
            name="client"
            value="${client}"
          />
          ${faultNames.map((name) => {
            const { title, noticed: by } = faults[name];
            const words = both(`${title["zh-Hant"]}（${noticed[by]["zh-Hant"]}）`, `${title.en} (${noticed[by].en})`);
            const id = `${client === "*" ? "all" : client}-${name}`;
            return checkbox({ id, name: "fault", value: name, label: words, checked: on.includes(name) }, lang);
          })}
          ${actions(button(t.save))}`,
      ),
      saved,
    );
  };
  return html`<h2>${t.clients}</h2>
    <p>${t.clientsText}</p>
    <pre tabindex="0">
ISSUER=${site.provider.issuer}
${site.clients.map(({ id, profile }) => `CLIENT_ID=${id}${profile === "fapi" ? `\n  CLIENT_KEY=${site.keyFile}` : ""}   # ${titles[id]}\n`)}</pre>
    <p>${t.api}<code>${site.origin}/personas/api</code></p>
    <h2 id="faults">${t.faults}</h2>
    <p>${t.faultsText}</p>
    ${[...site.clients.map(({ id }) => id), "*"].map(faultForm)}
    <h2>${t.choose}</h2>`;
}
