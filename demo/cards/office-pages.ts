import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Language, Localised } from "#kernel";
import { actsIn, type HandOver, type OfficeAct, type OfficeCard } from "./office.ts";
import { actWords, officeWords, stateWords } from "./office-words.ts";
import { shell, type Look } from "./reader-pages.ts";

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

const inLanguage = (lang: Language) => (text: Localised) => text[lang];
const day = (at: Date) => at.toISOString().slice(0, 10);

function officePage(look: Look, officer: string | undefined, body: Html): Html {
  const t = inLanguage(look.language);
  const leave = html`<form method="post" action="/office/leave?lang=${look.language}">
    <button class="quiet" type="submit">${t(officeWords.leave)} (${officer})</button>
  </form>`;
  return shell(look, officeWords.title, officeWords.demonstration, html`${body}${officer ? leave : ""}`);
}

const problem = (text: string | undefined): Html | "" =>
  text ? html`<div class="problem" role="alert"><p>${text}</p></div>` : "";

const field = (name: string, label: string, help?: string): Html =>
  html`<label class="pin" for="${name}">${label}</label>
    ${help ? html`<small id="${name}-help">${help}</small>` : ""}
    <input
      id="${name}"
      name="${name}"
      type="text"
      autocomplete="off"
      required
      maxlength="200"
      ${help ? html`aria-describedby="${name}-help"` : ""}
    />`;

/** Who stands at the desk: one of the invented names. */
export function officerPage(look: Look, officers: readonly string[]): Html {
  const t = inLanguage(look.language);
  return officePage(
    look,
    undefined,
    html`<h2>${t(officeWords.who)}</h2>
      <p>${t(officeWords.whoHelp)}</p>
      <form class="row" method="post" action="/office/enter?lang=${look.language}">
        ${officers.map((name) => html`<button name="officer" value="${name}" type="submit">${name}</button>`)}
      </form>`,
  );
}

/** Finding and issuing. */
export function findPage(look: Look, officer: string, wrong?: string): Html {
  const t = inLanguage(look.language);
  return officePage(
    look,
    officer,
    html`${problem(wrong)}
      <h2>${t(officeWords.find)}</h2>
      <form method="post" action="/office/find?lang=${look.language}">
        ${field("number", t(officeWords.number), t(officeWords.numberHelp))}
        <button type="submit">${t(officeWords.find)}</button>
      </form>
      <h2>${t(officeWords.issue)}</h2>
      <form method="post" action="/office/issue?lang=${look.language}">
        ${field("nationalId", t(officeWords.nationalId), t(officeWords.issueHelp))}
        ${field("surname", t(officeWords.surname))} ${field("givenName", t(officeWords.givenName))}
        ${field("issue-reason", t(officeWords.reason), t(officeWords.reasonHelp))}
        <button type="submit">${t(officeWords.issue)}</button>
      </form>`,
  );
}

/** One card: what stands, what may be done, what was done. */
export function cardPage(
  look: Look,
  officer: string,
  card: OfficeCard,
  more: { readonly wrong?: string; readonly done?: HandOver } = {},
): Html {
  const t = inLanguage(look.language);
  const acts = actsIn[card.state].filter((act: OfficeAct) => act !== "unblock" || card.locked);
  return officePage(
    look,
    officer,
    html`${problem(more.wrong)}
      ${
        more.done
          ? html`<div class="problem done" role="status">
              <p>${t(officeWords.done)}</p>
              ${more.done.codes ? handOver(t, more.done) : ""}
            </div>`
          : ""
      }
      <dl>
        <dt>${t(officeWords.number)}</dt>
        <dd>${card.number}</dd>
        <dt>${t(officeWords.holder)}</dt>
        <dd lang="zh-Hant">${card.holder}</dd>
        <dt>${t(officeWords.state)}</dt>
        <dd>${t(stateWords[card.state])}${card.locked ? html` · ${t(officeWords.locked)}` : ""}</dd>
        <dt>${t(officeWords.until)}</dt>
        <dd>${day(card.notAfter)}</dd>
      </dl>
      <form method="post" action="/office/cards/${card.number}?lang=${look.language}">
        ${field("reason", t(officeWords.reason), t(officeWords.reasonHelp))}
        <div class="row">
          ${acts.map((act) => html`<button name="act" value="${act}" type="submit">${t(actWords[act])}</button>`)}
        </div>
      </form>
      <h2>${t(officeWords.acts)}</h2>
      ${
        card.acts.length === 0
          ? html`<p>${t(officeWords.noActs)}</p>`
          : html`<ul>
              ${card.acts.map(
                (act) =>
                  html`<li>
                    <time datetime="${act.at.toISOString()}"
                      >${act.at.toISOString().slice(0, 16).replace("T", " ")}</time
                    >
                    ${t(actWords[act.what])}: ${act.reason} (${act.officer})
                  </li>`,
              )}
            </ul>`
      }
      <p><a href="/office?lang=${look.language}">${t(officeWords.back)}</a></p>`,
  );
}

function handOver(t: (text: Localised) => string, done: HandOver): Html {
  return html`<h2>${t(officeWords.handOver)}</h2>
    <dl>
      <dt>${t(officeWords.newNumber)}</dt>
      <dd>${done.number}</dd>
      <dt>PIN1</dt>
      <dd>${done.codes?.pin1}</dd>
      <dt>PIN2</dt>
      <dd>${done.codes?.pin2}</dd>
      <dt>PUK</dt>
      <dd>${done.codes?.puk}</dd>
    </dl>`;
}
