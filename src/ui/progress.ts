import type { Language } from "#kernel";
import { timeOf } from "./format.ts";
import { html, type Html, type HtmlValue } from "./html.ts";
import { both, show, type Text } from "./texts.ts";

const words = {
  steps: both("步驟", "Steps"),
  done: both("（已完成）", " (done)"),
  of: both(
    (at: number, all: number) => `第 ${at} 步，共 ${all} 步：`,
    (at: number, all: number) => `Step ${at} of ${all}: `,
  ),
};

/** Where in the journey the person is. On a narrow screen only the present step is named. `current` counts from 0. */
export function taskSteps(names: readonly Text[], current: number, lang: Language): Html {
  return html`<nav aria-label="${words.steps[lang]}">
    <ol class="steps">
      ${names.map((name, at) => {
        const state = at < current ? html` class="done"` : at === current ? html` aria-current="step"` : "";
        return html`<li${state}><span>${at === current ? html`<span class="where">${words.of[lang](at + 1, names.length)}</span>` : ""}${show(name, lang)}${at < current ? html`<span class="aside">${words.done[lang]}</span>` : ""}</span></li>`;
      })}
    </ol>
  </nav>`;
}

export interface TimelineEvent {
  /** Absent for what is still to come. */
  readonly at?: Date;
  readonly title: Text;
  readonly text?: Text | undefined;
  readonly by?: Text | undefined;
  readonly state: "done" | "now" | "next" | "stopped";
  readonly more?: HtmlValue;
}

/** What happened, oldest first, and what comes next. */
export function timeline(events: readonly TimelineEvent[], lang: Language): Html {
  return html`<ol class="timeline">
    ${events.map(
      (event) =>
        html`<li class="${event.state}" ${event.state === "now" ? html` aria-current="step"` : ""}>
          <b>${show(event.title, lang)}</b>${
            event.at || event.by
              ? html`<span class="when"
                  >${event.at ? timeOf(event.at, lang) : ""}${event.by ? html` <span>${show(event.by, lang)}</span>` : ""}</span
                >`
              : ""
          }${event.text ? html`<p>${show(event.text, lang)}</p>` : ""}${event.more}
        </li>`,
    )}
  </ol>`;
}
