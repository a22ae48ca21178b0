import { html, type Html } from "./html.ts";

/** Names of the drawings; the first eight are those of the life events. */
export type IconName =
  | "birth"
  | "school"
  | "work"
  | "home"
  | "health"
  | "car"
  | "old"
  | "company"
  | "card"
  | "person"
  | "pair"
  | "once"
  | "eye"
  | "seal"
  | "mountain";

function stroke(paths: Html, name: string): Html {
  return html`<svg
    class="icon icon-${name}"
    viewBox="0 0 40 40"
    width="40"
    height="40"
    fill="none"
    stroke="currentColor"
    stroke-width="2.2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    ${paths}
  </svg>`;
}

const shapes: Readonly<Record<IconName, Html>> = {
  birth: html`<circle cx="20" cy="13" r="6" /><path d="M9 34c0-8 5-12 11-12s11 4 11 12" /><path
      d="M17 13h.1M23 13h.1M18 16c1.4 1 2.6 1 4 0"
    />`,
  school: html`<path d="M4 15 20 8l16 7-16 7z" /><path d="M11 19v8c5 4 13 4 18 0v-8M36 15v9" />`,
  work: html`<rect x="5" y="13" width="30" height="20" rx="3" /><path d="M14 13V9h12v4M5 22h30" />`,
  home: html`<path d="M6 19 20 7l14 12" /><path d="M10 17v16h20V17M17 33V24h6v9" />`,
  health: html`<path d="M20 33S6 25 6 15a7 7 0 0 1 14-2 7 7 0 0 1 14 2c0 10-14 18-14 18z" />`,
  car: html`<path d="M5 25v-5l4-8h22l4 8v5z" /><path d="M5 20h30" /><circle cx="12" cy="27" r="3" /><circle
      cx="28"
      cy="27"
      r="3"
    />`,
  old: html`<circle cx="16" cy="9" r="4" /><path d="M16 14v11l-4 9M16 25l5 9M16 17l7 4M27 20v14" />`,
  company: html`<path d="M7 34V8h15v26M22 17h11v17M4 34h32M12 14h5M12 20h5M12 26h5M27 23h2M27 28h2" />`,
  card: html`<rect x="4" y="9" width="32" height="22" rx="3" /><rect x="9" y="15" width="8" height="6" rx="1" /><path
      d="M9 26h10M24 26h7"
    />`,
  person: html`<circle cx="20" cy="13" r="6" /><path d="M8 34c1-8 6-12 12-12s11 4 12 12" />`,
  pair: html`<circle cx="14" cy="14" r="5" /><circle cx="27" cy="16" r="4" /><path
      d="M4 33c1-7 5-10 10-10s9 3 10 10M27 24c5 0 8 3 9 9"
    />`,
  once: html`<path d="M8 6h17l7 7v21H8z" /><path d="M25 6v7h7M14 24l4 4 8-9" />`,
  eye: html`<path d="M3 20s6-11 17-11 17 11 17 11-6 11-17 11S3 20 3 20z" /><circle cx="20" cy="20" r="5" />`,
  seal: html`<circle cx="20" cy="16" r="11" /><path d="M13 25l-3 11 10-5 10 5-3-11M15 16l4 4 7-8" />`,
  mountain: html`<path d="M3 33 14 13l7 11 5-8 11 17z" /><path d="M10 33c5-2 8 1 12-1s6-1 9 1" />`,
};

/** A line drawing in the colour of the text around it; decoration, hidden from screen readers. */
export function icon(name: IconName): Html {
  return stroke(shapes[name], name);
}

/** The mark: gorge walls and the road through them. */
export function brandMark(): Html {
  return html`<svg class="mark" viewBox="0 0 34 34" width="34" height="34" aria-hidden="true" focusable="false">
    <rect width="34" height="34" rx="8" fill="#12806c" />
    <path d="M4 24C10 24 11 9 17 9S24 24 30 24" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" />
    <path
      d="M7 29C12 29 13 17 17 17S22 29 27 29"
      fill="none"
      stroke="#ffd166"
      stroke-width="2.2"
      stroke-linecap="round"
    />
  </svg>`;
}

/** The small river drop before every source. */
export function drop(): Html {
  return html`<svg class="drop" viewBox="0 0 12 14" width="11" height="13" aria-hidden="true" focusable="false">
    <path d="M6 .8C8.2 4 10.6 6.3 10.6 9a4.6 4.6 0 0 1-9.2 0C1.4 6.3 3.8 4 6 .8z" fill="currentColor" />
  </svg>`;
}

// Ridges of the gorge, back to front. Each is a sum of waves with a cut where the river runs; drawn once.
const width = 1440;
const height = 420;
function ridge(layer: number): string {
  const points: string[] = [];
  for (let x = 0; x <= width; x += 20) {
    const river = 0.735 * width + Math.sin(layer * 2.2) * 30;
    const cut = Math.exp(-(((x - river) / (190 - layer * 14)) ** 2));
    const wave = Math.sin(x / (150 - layer * 11) + layer * 2.4) * 22 + Math.sin(x / 53 + layer * 4.1) * 7;
    const east = (x / width) ** 1.4;
    const top =
      height * (0.7 + 0.06 * layer) - east * (300 - layer * 52) + wave * (0.25 + east) + cut * (190 - layer * 34);
    points.push(`${x} ${Math.min(height - 4, Math.round(top))}`);
  }
  return `M0 ${height}L${points.join("L")}L${width} ${height}Z`;
}
const ridges = [0, 1, 2, 3, 4].map(ridge);

/** The gorge behind the first words of the home page: paper-cut ridges, a low sun, the river. Decoration. */
export function gorge(): Html {
  return html`<svg
    class="gorge"
    viewBox="0 0 1440 420"
    preserveAspectRatio="xMaxYMax slice"
    aria-hidden="true"
    focusable="false"
  >
    <circle class="sun" cx="1064" cy="266" r="46" />
    ${ridges.map((path, at) => html`<path class="ridge ridge-${at}" d="${path}" />`)}
  </svg>`;
}
