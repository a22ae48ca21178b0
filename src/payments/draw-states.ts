import { edges, endStates, type State } from "./states.ts";

/** The graph of states in Mermaid's language, for a page that draws it. */
export function drawMermaid(): string {
  const name = (state: State): string => (state === "none" ? "[*]" : state.replaceAll("-", "_"));
  const lines = edges.map(({ from, event, to }) => `  ${name(from)} --> ${name(to)}: ${event}`);
  const ends = endStates.map((state) => `  ${name(state)} --> [*]`);
  return ["stateDiagram-v2", "  direction LR", ...lines, ...ends, ""].join("\n");
}

const [columnWidth, rowHeight, boxWidth, boxHeight] = [210, 74, 150, 34];

/** The graph as a picture: a column for each step that a state is away from the beginning; reconciliation edges dashed. */
export function drawSvg(): string {
  const places = placesOf();
  const columns = Math.max(...[...places.values()].map(([column]) => column)) + 1;
  const rows = Math.max(...[...places.values()].map(([, row]) => row)) + 1;
  const middle = (state: State): [number, number] => {
    const [column, row] = places.get(state)!;
    return [column * columnWidth + 20 + boxWidth / 2, row * rowHeight + 40];
  };
  const between = Map.groupBy(edges, ({ from, to }) => `${from} ${to}`);
  const lines = [...between.values()].map((same) => {
    const { from, to } = same[0]!;
    const [x1, y1] = middle(from);
    const [x2, y2] = middle(to);
    const bend = x2 > x1 ? 0 : 46;
    const dashed = same.every(({ event }) => event.startsWith("corrected-")) ? ' stroke-dasharray="4 3"' : "";
    const path =
      from === to
        ? `M${x1 - 20},${y1 - boxHeight / 2} C${x1 - 40},${y1 - 60} ${x1 + 40},${y1 - 60} ${x1 + 20},${y1 - boxHeight / 2}`
        : `M${x1 + (x2 > x1 ? boxWidth / 2 : 0)},${y1} Q${(x1 + x2) / 2},${(y1 + y2) / 2 + bend} ${x2 - (x2 > x1 ? boxWidth / 2 : 0)},${y2}`;
    const titles = same.map(({ event }) => event).join(", ");
    return `<path d="${path}" fill="none" stroke="#5a6a72" marker-end="url(#to)"${dashed}><title>${titles}: ${from} → ${to}</title></path>`;
  });
  const boxes = [...places.keys()].map((state) => {
    const [x, y] = middle(state);
    const end = endStates.includes(state) ? ' stroke-width="3"' : "";
    return (
      `<rect x="${x - boxWidth / 2}" y="${y - boxHeight / 2}" width="${boxWidth}" height="${boxHeight}" rx="6" fill="#fff" stroke="#0b5d57"${end}/>` +
      `<text x="${x}" y="${y + 5}" text-anchor="middle">${state}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${columns * columnWidth + 20} ${rows * rowHeight + 20}" font-family="sans-serif" font-size="14" role="img" aria-label="States of a payment">`,
    '<defs><marker id="to" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#5a6a72"/></marker></defs>',
    ...lines,
    ...boxes,
    "</svg>",
    "",
  ].join("\n");
}

/** Column and row of each state: the fewest steps from the beginning, and its turn among those as far away. */
function placesOf(): Map<State, [number, number]> {
  const places = new Map<State, [number, number]>([["none", [0, 0]]]);
  const filled: number[] = [1];
  for (const [state, [column]] of places) {
    for (const { to } of edges.filter(({ from }) => from === state)) {
      if (places.has(to)) continue;
      const row = filled[column + 1] ?? 0;
      filled[column + 1] = row + 1;
      places.set(to, [column + 1, row]);
    }
  }
  return places;
}
