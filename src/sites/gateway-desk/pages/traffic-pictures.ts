import type { Flow, Slice } from "#exchange";
import type { Language } from "#kernel";
import { both, formatCount, formatDateTime, formatTime, html, inLanguage, type Html } from "#ui";

const words = {
  whoText: both(
    (shown: string, all: string) => `線愈粗，呼叫愈多；紅色是失敗的部分。畫出 ${all} 條中最忙的 ${shown} 條。`,
    (shown: string, all: string) =>
      `The thicker a line, the more calls; red is what failed. The busiest ${shown} of ${all} are drawn.`,
  ),
};

const plot = { width: 340, height: 110, base: 88, top: 18 };

/** Calls over time, a bar a slice, its failed part in front. */
export function timePlot(slices: readonly Slice[], title: string, lang: Language): Html {
  const most = Math.max(1, ...slices.map(({ calls }) => calls));
  const step = plot.width / Math.max(1, slices.length);
  const tall = (count: number): number => (count === 0 ? 0 : Math.max(1.5, ((plot.base - plot.top) * count) / most));
  const bar = (kind: string, at: number, count: number): Html =>
    html`<rect
      class="${kind}"
      x="${(at * step + 0.5).toFixed(1)}"
      y="${(plot.base - tall(count)).toFixed(1)}"
      width="${(step - 1).toFixed(1)}"
      height="${tall(count).toFixed(1)}"
    />`;
  const ends = [slices[0], slices.at(-1)];
  const told = (slice: Slice | undefined): string =>
    slice === undefined
      ? ""
      : spans(slices) > 26 * 3_600_000
        ? formatDateTime(slice.from, lang)
        : formatTime(slice.from);
  return html`<figure class="rate">
    <svg viewBox="0 0 ${plot.width} ${plot.height}" role="img" aria-label="${title}">
      <path class="base" d="M0 ${plot.base}H${plot.width}" />
      <text x="0" y="12">${formatCount(most)}</text>
      ${slices.map(({ calls }, at) => bar("bar", at, calls))}${slices.map(({ failed }, at) => bar("bar bad", at, failed))}
      <text x="0" y="105">${told(ends[0])}</text>
      <text class="end" x="${plot.width}" y="105">${told(ends[1])}</text>
    </svg>
  </figure>`;
}

function spans(slices: readonly Slice[]): number {
  const [first] = slices;
  const last = slices.at(-1);
  return first && last ? last.from.getTime() - first.from.getTime() : 0;
}

const drawn = 12;

/** Callers on the left, services on the right, a band between for each pair. The numbers stand in the table below. */
export function flowPicture(
  flows: readonly Flow[],
  name: (path: string) => string,
  title: string,
  lang: Language,
): Html {
  const t = inLanguage(words, lang);
  const shown = flows.slice(0, drawn);
  return html`<figure class="flows">
    ${flowDrawing("wide", shown, name, title)}${flowDrawing("narrow", shown, name, title)}
    <figcaption>${t.whoText(formatCount(shown.length), formatCount(flows.length))}</figcaption>
  </figure>`;
}

/** Wide, the names stand beside the bands; narrow, above their ends. */
const layouts = {
  wide: { width: 720, from: 210, to: 430, row: 34, left: 202, right: 438, rise: -4, anchor: ["end", ""] },
  narrow: { width: 340, from: 0, to: 340, row: 48, left: 0, right: 340, rise: 16, anchor: ["", "end"] },
} as const;

function flowDrawing(
  kind: keyof typeof layouts,
  flows: readonly Flow[],
  name: (path: string) => string,
  title: string,
): Html {
  const layout = layouts[kind];
  const { from, to } = layout;
  const left = [...new Set(flows.map(({ client }) => client))];
  const right = [...new Set(flows.map(({ service }) => service))];
  const height = Math.max(left.length, right.length, 1) * layout.row + 10;
  const y = (at: number, count: number): number => 8 + ((at + 0.5) * (height - 10)) / count;
  const most = Math.max(1, ...flows.map(({ calls }) => calls));
  const bend = (to - from) * 0.4;
  const short = (text: string): string => (text.length > 26 ? `${text.slice(0, 12)}…${text.slice(-13)}` : text);
  const band = (flow: Flow): Html => {
    const start = y(left.indexOf(flow.client), left.length).toFixed(1);
    const end = y(right.indexOf(flow.service), right.length).toFixed(1);
    const path = `M${from} ${start}C${from + bend} ${start} ${to - bend} ${end} ${to} ${end}`;
    const thick = Math.max(1.5, Math.sqrt(flow.calls / most) * 16);
    const bad = flow.failed === 0 ? 0 : Math.max(1.5, (thick * flow.failed) / flow.calls);
    return html`<g>
      <title>
        ${name(flow.client)} → ${name(flow.service)}: ${formatCount(flow.calls)} (${formatCount(flow.failed)})
      </title>
      <path class="flow" d="${path}" stroke-width="${thick.toFixed(1)}" />
      ${bad > 0 ? html`<path class="flow bad" d="${path}" stroke-width="${bad.toFixed(1)}" />` : ""}
    </g>`;
  };
  const label = (text: string, x: number, at: number, anchor: string): Html =>
    html`<text class="${anchor}" x="${x}" y="${(at - layout.rise).toFixed(1)}">${short(name(text))}</text>`;
  return html`<svg class="${kind}" viewBox="0 0 ${layout.width} ${height}" role="img" aria-label="${title}">
    ${flows.map(band)} ${left.map((client, at) => label(client, layout.left, y(at, left.length), layout.anchor[0]))}
    ${right.map((service, at) => label(service, layout.right, y(at, right.length), layout.anchor[1]))}
  </svg>`;
}
