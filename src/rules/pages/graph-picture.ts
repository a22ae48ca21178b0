import type { Language } from "#kernel";
import { both, html, plain, show, type Html } from "#ui";
import type { ModelDescription } from "../describe.ts";
import { elementKinds, layOutGraph, type PlacedElement, type PlacedRequirement } from "../graph.ts";
import { scrolling } from "./words.ts";

const words = {
  label: both("決策關係圖", "Requirement graph"),
  list: both("同一張圖，用文字讀", "The same as text"),
  rests: both("依據", "rests on"),
  law: both("法律", "by law of"),
};

/** Characters of a label in one line; a Chinese one is as wide as two others. */
const lineWidth = 20;

/**
 * The graph of a model in DMN's own shapes: decisions are rectangles, facts have round ends, knowledge has cut corners, laws a wavy
 * foot; a solid arrow brings information, a dashed one knowledge, a dot authority. Beside it, the same in words.
 */
export function graphPicture(
  model: ModelDescription,
  lang: Language,
  hrefOf: (id: string) => string | undefined,
): Html {
  const graph = layOutGraph(model);
  const names = new Map(model.elements.map((element) => [element.id, element]));
  const named = (ids: readonly string[]): Html =>
    html`${ids.map((id, at) => {
      const label = names.get(id)?.label;
      return html`${at > 0 ? (lang === "en" ? ", " : "、") : ""}${label ? show(label, lang) : id}`;
    })}`;
  return html`${scrolling(
      words.label[lang],
      html`<svg
        class="drg"
        viewBox="0 0 ${graph.width} ${graph.height}"
        width="${graph.width}"
        height="${graph.height}"
        aria-hidden="true"
        focusable="false"
      >
        <defs>
          <marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
            <path class="drg-head" d="M0 0L10 5L0 10z" />
          </marker>
          <marker id="open" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
            <path class="drg-open" d="M0 0L10 5L0 10" />
          </marker>
          <marker id="dot" viewBox="0 0 10 10" refX="5" refY="5" markerWidth="8" markerHeight="8">
            <circle class="drg-head" cx="5" cy="5" r="4" />
          </marker>
        </defs>
        ${graph.requirements.map(line)} ${graph.elements.map((placed) => shape(placed, lang, hrefOf))}
      </svg>`,
    )}
    <details class="fold">
      <summary>${words.list[lang]}</summary>
      <div class="fold-body">
        <ul class="drg-list">
          ${model.elements.map((element) => {
            const href = hrefOf(element.id);
            const needed = [...element.requires, ...element.knows];
            return html`<li>
              <span class="pair-name">${elementKinds[element.kind][lang]}</span>
              ${href ? html`<a href="${href}">${show(element.label, lang)}</a>` : element.uri !== undefined && /^https?:/.test(element.uri) ? html`<a href="${element.uri}">${show(element.label, lang)}</a>` : show(element.label, lang)}${needed.length > 0 ? html`${lang === "en" ? " " : "，"}${words.rests[lang]}${lang === "en" ? " " : "："}${named(needed)}` : ""}${element.authorities.length > 0 ? html`${lang === "en" ? ", " : "；"}${words.law[lang]}${lang === "en" ? " " : "："}${named(element.authorities)}` : ""}
            </li>`;
          })}
        </ul>
      </div>
    </details>`;
}

const markers: Readonly<Record<PlacedRequirement["kind"], string>> = {
  information: "url(#arrow)",
  knowledge: "url(#open)",
  authority: "url(#dot)",
};

function line({ kind, from, to }: PlacedRequirement): Html {
  const [x1, y1] = [from.x + from.width / 2, from.y];
  const [x2, y2] = [to.x + to.width / 2, to.y + to.height];
  // Elements of one layer are joined from the side.
  if (y1 < y2) {
    const right = from.x < to.x;
    const [ax, bx] = right ? [from.x + from.width, to.x] : [from.x, to.x + to.width];
    return html`<path
      class="drg-line ${kind}"
      marker-end="${markers[kind]}"
      d="M${ax} ${from.y + from.height / 2}L${bx} ${to.y + to.height / 2}"
    />`;
  }
  const bend = Math.min(60, (y1 - y2) / 2);
  return html`<path
    class="drg-line ${kind}"
    marker-end="${markers[kind]}"
    d="M${x1} ${y1}C${x1} ${y1 - bend} ${x2} ${y2 + bend} ${x2} ${y2}"
  />`;
}

function shape(
  { element, x, y, width: w, height: h }: PlacedElement,
  lang: Language,
  hrefOf: (id: string) => string | undefined,
): Html {
  const outlines: Readonly<Record<typeof element.kind, Html>> = {
    decision: html`<rect x="${x}" y="${y}" width="${w}" height="${h}" />`,
    input: html`<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${h / 2}" />`,
    knowledge: html`<path d="M${x + 14} ${y}H${x + w}V${y + h - 14}L${x + w - 14} ${y + h}H${x}V${y + 14}z" />`,
    service: html`<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="14" />`,
    authority: html`<path
      d="M${x} ${y}H${x + w}V${y + h - 6}C${x + (w * 3) / 4} ${y + h - 20} ${x + w / 4} ${y + h + 8} ${x} ${y + h - 6}z"
    />`,
  };
  const lines = wrapped(plain(element.label, lang));
  const text = lines.map(
    (part, at) =>
      html`<text x="${x + w / 2}" y="${y + h / 2 + 5 + (at - (lines.length - 1) / 2) * 17}" text-anchor="middle"
        >${part}</text
      >`,
  );
  const href = hrefOf(element.id);
  const drawn = html`<g class="drg-node ${element.kind}">${outlines[element.kind]}${text}</g>`;
  return href ? html`<a href="${href}" tabindex="-1">${drawn}</a>` : drawn;
}

/** Up to three lines that fit the shape; what is longer ends in an ellipsis, the list beside it has it whole. */
function wrapped(label: string): string[] {
  const lines: string[] = [""];
  const width = (text: string) =>
    Array.from(text).reduce((sum, one) => sum + (/\p{Script=Han}|[\u3000-\u30ff\uff00-\uffef]/u.test(one) ? 2 : 1), 0);
  for (const part of label.match(/[\p{Script=Han}\u3000-\u303f\uff00-\uffef]|[^\s\p{Script=Han}]+|\s+/gu) ?? []) {
    const last = lines.length - 1;
    if (width(lines[last]! + part) <= lineWidth || lines[last] === "") lines[last] += part;
    else lines.push(part.trimStart());
  }
  const kept = lines.map((one) => one.trim()).filter((one) => one !== "");
  return kept.length <= 3 ? kept : [...kept.slice(0, 2), `${kept[2]!.slice(0, -1)}…`];
}
