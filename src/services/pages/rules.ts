import type { Language } from "#kernel";
import { both, html, inLanguage, page, show, type Area, type Chrome, type HtmlPage, type Text } from "#ui";

export interface RulesView {
  readonly area: Area;
  readonly models: readonly {
    readonly name: Text;
    readonly version: string;
    readonly tables: readonly { readonly name: Text; readonly href: string }[];
    readonly sourceHref: string;
  }[];
}

const words = {
  title: both("規則", "Rules"),
  lede: both(
    "決定資格與金額的規則，就是這些表。每一件決定都記下用了哪一版。",
    "These tables decide who is entitled to how much. Each decision records the version it used.",
  ),
  version: both("第 %s 版", "Version %s"),
  policies: both("誰可以做什麼：系統的授權規則", "Who may do what: the policies of authorisation"),
  file: both("下載規則檔（DMN）", "Download the rule (DMN)"),
};

/** The decision models in force, each with its tables. */
export function rulesPage(view: RulesView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${view.models.map(
      (model) =>
        html`<section class="card">
          <h2>${show(model.name, lang)}</h2>
          <p>${t.version.replace("%s", model.version)}</p>
          <ul>
            ${model.tables.map((table) => html`<li><a href="${table.href}">${show(table.name, lang)}</a></li>`)}
          </ul>
          <p><a href="${model.sourceHref}" download>${t.file}</a></p>
        </section>`,
    )}
    <p><a href="/policies">${t.policies}</a></p>`;
  return page({ ...chrome, lang, title: t.title, area: view.area, active: "rules", body });
}
