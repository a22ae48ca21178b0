import type { Language } from "#kernel";
import {
  both,
  formatCount,
  html,
  inLanguage,
  plain,
  show,
  table,
  tag,
  type Chrome,
  type Html,
  type HtmlPage,
} from "#ui";
import { edges, endStates, type Edge, type State } from "../states.ts";
import { paymentFrame } from "./frame.ts";
import { layGraph, type Placed } from "./lay-graph.ts";
import { eventTitle, paymentPaths, stateTag } from "./words.ts";

const words = {
  title: both("付款的狀態", "The states of a payment"),
  lede: both(
    "每個箭頭都是一個事件；沒有箭頭的變化，程式寫不出來，資料庫也不收。虛線是依銀行對帳單的更正，需要證據與第二個人。",
    "Each arrow is an event; a change without an arrow cannot be written in the code and is refused by the database. Dashed arrows are corrections from the bank’s statement: they need evidence and a second person.",
  ),
  picture: both("狀態圖，同樣的內容列在下面的表", "Graph of the states; the table below says the same"),
  ordinary: both("一般事件", "Ordinary event"),
  correction: both("依對帳單更正", "Correction from the statement"),
  end: both("終點", "End"),
  all: both("所有事件", "All events"),
  from: both("從", "From"),
  event: both("事件", "Event"),
  to: both("到", "To"),
  count: both("現有筆數", "Now here"),
  scroll: both("狀態圖（可左右捲動）", "Graph (scrolls sideways)"),
};

/** The typed graph as a picture, drawn from the graph itself, with the same in a table. */
export function stateGraphPage(counts: ReadonlyMap<State, number>, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const rows = Object.entries(Object.groupBy(edges, ({ from }) => from)).flatMap(([, out]) => out ?? []);
  const body = html`<h1>${t.title}</h1>
    <p class="spaced">${t.lede}</p>
    <section class="card">
      <ul class="key">
        <li>
          <svg width="30" height="10" aria-hidden="true" focusable="false">
            <path class="edge" d="M0 5H30" />
          </svg>
          ${t.ordinary}
        </li>
        <li>
          <svg width="30" height="10" aria-hidden="true" focusable="false">
            <path class="edge dashed" d="M0 5H30" />
          </svg>
          ${t.correction}
        </li>
        <li>
          <svg width="30" height="14" aria-hidden="true" focusable="false">
            <rect class="node end" x="1" y="1" width="28" height="12" rx="3" />
          </svg>
          ${t.end}
        </li>
      </ul>
      <div class="graph" role="region" aria-label="${t.scroll}" tabindex="0">
        ${drawing(layGraph(edges), counts, lang)}
      </div>
    </section>
    <section class="card">
      <h2>${t.all}</h2>
      ${table({
        caption: t.all,
        captionHidden: true,
        columns: [{ head: t.from }, { head: t.event }, { head: t.to }, { head: t.count, number: true }],
        rows: rows.map(({ from, event, to }, at) => ({
          cells: [
            rows[at - 1]?.from === from ? "" : tag(stateTag(from), lang),
            html`<span
              >${show(eventTitle(event), lang)}${event.startsWith("corrected-") ? html` <small>(${t.correction})</small>` : ""}</span
            >`,
            tag(stateTag(to), lang),
            rows[at - 1]?.from === from || from === "none"
              ? ""
              : html`<a href="${paymentPaths.all}?state=${from}">${formatCount(counts.get(from) ?? 0)}</a>`,
          ],
        })),
      })}
    </section>`;
  return paymentFrame({ title: words.title, place: "states", body }, lang, chrome);
}

const node = { width: 150, height: 40 };

function drawing(placed: Placed, counts: ReadonlyMap<State, number>, lang: Language): Html {
  const t = inLanguage(words, lang);
  const { width, height, nodes, lines } = placed;
  const title = (edge: Edge): string => plain(eventTitle(edge.event), lang);
  return html`<svg
    width="${width}"
    height="${height}"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="${t.picture}"
    focusable="false"
  >
    <defs>
      <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
        <path class="head" d="M0 0 8 4 0 8z" />
      </marker>
    </defs>
    ${lines.map(
      ({ path, dashed, edges: together }) =>
        html`<g>
          <title>${together.map(title).join(", ")}</title>
          <path class="edge${dashed ? " dashed" : ""}" d="${path}" marker-end="url(#arrow)" />
        </g>`,
    )}
    ${nodes.map(({ state, x, y }) => {
      const { text, tone } = stateTag(state);
      const count = counts.get(state) ?? 0;
      return html`<g transform="translate(${x} ${y})">
        <rect
          class="node ${tone}${endStates.includes(state) ? " end" : ""}"
          width="${node.width}"
          height="${node.height}"
          rx="8"
        />
        <text x="${node.width / 2}" y="${count > 0 ? 18 : 25}" text-anchor="middle">${plain(text, lang)}</text>
        ${count > 0 ? html`<text class="count" x="${node.width / 2}" y="33" text-anchor="middle">${formatCount(count)}</text>` : ""}
      </g>`;
    })}
  </svg>`;
}
