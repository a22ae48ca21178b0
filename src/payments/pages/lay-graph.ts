import type { Edge, State } from "../states.ts";

/** Where the picture puts states and arrows, in pixels. */
export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly { readonly state: State; readonly x: number; readonly y: number }[];
  /** One arrow for all events between the same two states; dashed when every one of them is a correction. */
  readonly lines: readonly { readonly path: string; readonly dashed: boolean; readonly edges: readonly Edge[] }[];
}

const size = { width: 148, height: 40, across: 76, down: 34, edge: 24 };

/**
 * Lays the graph out in columns: a state's column is its shortest way from the beginning by ordinary events; within a column
 * states stand near those that lead to them. Pure, so that the picture changes only with the graph.
 */
export function layGraph(edges: readonly Edge[]): Placed {
  const ordinary = edges.filter(({ event }) => !event.startsWith("corrected-"));
  const column = columnsOf(ordinary, edges);
  const rows = rowsOf(column, ordinary);
  const tallest = Math.max(...[...rows.values()].map((row) => row + 1));
  const at = (state: State) => ({
    x: size.edge + column.get(state)! * (size.width + size.across),
    y: size.edge + 46 + rows.get(state)! * (size.height + size.down),
  });
  const pairs = Map.groupBy(edges, ({ from, to }) => `${from} ${to}`);
  const lines = [...pairs.values()].map((together) => {
    const { from, to } = together[0]!;
    const dashed = together.every(({ event }) => event.startsWith("corrected-"));
    return { path: curve(at(from), at(to), dashed), dashed, edges: together };
  });
  const columns = Math.max(...column.values()) + 1;
  return {
    width: size.edge * 2 + columns * size.width + (columns - 1) * size.across,
    height: size.edge * 2 + 92 + tallest * size.height + (tallest - 1) * size.down,
    nodes: [...column.keys()].map((state) => ({ state, ...at(state) })),
    // Corrections first, so that the ordinary ways lie above them.
    lines: lines.toSorted((one, other) => Number(other.dashed) - Number(one.dashed)),
  };
}

function columnsOf(ordinary: readonly Edge[], edges: readonly Edge[]): Map<State, number> {
  const column = new Map<State, number>([["none", 0]]);
  for (const [state, at] of column)
    for (const { from, to } of ordinary) if (from === state && !column.has(to)) column.set(to, at + 1);
  // A state that only corrections reach stands behind the first that leads there.
  for (const { from, to } of edges) if (!column.has(to)) column.set(to, (column.get(from) ?? 0) + 1);
  return column;
}

function rowsOf(column: ReadonlyMap<State, number>, ordinary: readonly Edge[]): Map<State, number> {
  const rows = new Map<State, number>();
  for (let at = 0; at <= Math.max(...column.values()); at += 1) {
    const states = [...column].flatMap(([state, its]) => (its === at ? [state] : []));
    const wish = (state: State): number => {
      const from = ordinary.filter(
        ({ to, from: before }) => to === state && rows.has(before) && column.get(before)! < at,
      );
      return from.length === 0 ? 0 : from.reduce((sum, { from: before }) => sum + rows.get(before)!, 0) / from.length;
    };
    let next = 0;
    for (const state of states.toSorted((one, other) => wish(one) - wish(other))) {
      const row = Math.max(next, Math.round(wish(state)));
      rows.set(state, row);
      next = row + 1;
    }
  }
  return rows;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** From the right side to the left side of a later column; back and to itself over the top, corrections under the bottom. */
function curve(from: Point, to: Point, dashed: boolean): string {
  const half = size.height / 2;
  const shift = dashed ? 8 : -4;
  if (to.x > from.x) {
    const [x1, y1, x2, y2] = [from.x + size.width, from.y + half + shift, to.x, to.y + half + shift];
    const bend = Math.max(36, (x2 - x1) / 2);
    return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  }
  if (to.x === from.x && to.y === from.y) {
    const [x, y] = [from.x + size.width / 2, from.y + size.height];
    return `M${x + 20} ${y} C${x + 34} ${y + 26} ${x - 34} ${y + 26} ${x - 20} ${y}`;
  }
  if (to.x === from.x) {
    const side = dashed ? size.width : 0;
    const out = dashed ? 40 : -40;
    return `M${from.x + side} ${from.y + half} C${from.x + side + out} ${from.y + half} ${to.x + side + out} ${to.y + half} ${to.x + side} ${to.y + half}`;
  }
  const under = dashed;
  const [x1, x2] = [from.x + size.width / 2, to.x + size.width / 2];
  const [y1, y2] = under ? [from.y + size.height, to.y + size.height] : [from.y, to.y];
  const far = Math.min(90, 30 + (x1 - x2) / 10);
  const bow = under ? Math.max(y1, y2) + far : Math.min(y1, y2) - far;
  return `M${x1} ${y1} C${x1} ${bow} ${x2} ${bow} ${x2} ${y2}`;
}
