import type { Edge, State } from "../states.ts";

/** Where the picture puts states and arrows, in pixels. */
export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly { readonly state: State; readonly x: number; readonly y: number }[];
  /** One arrow for all events between the same two states; dashed when every one of them is a correction. */
  readonly lines: readonly { readonly path: string; readonly dashed: boolean; readonly edges: readonly Edge[] }[];
}

const size = { width: 150, height: 40, across: 60, down: 42, edge: 84 };

/**
 * Lays the graph out in rows, from the beginning down to the ends; within a row states stand below those that lead to them.
 * Pure, so that the picture changes only with the graph.
 */
export function layGraph(edges: readonly Edge[]): Placed {
  const ordinary = edges.filter(({ event }) => !event.startsWith("corrected-"));
  const row = rowsOf(ordinary, edges);
  const place = placesOf(row, ordinary);
  const at = (state: State): Point => ({
    x: size.edge + place.get(state)! * (size.width + size.across),
    y: 12 + row.get(state)! * (size.height + size.down),
  });
  const lines = [...Map.groupBy(edges, ({ from, to }) => `${from} ${to}`).values()].map((together) => {
    const { from, to } = together[0]!;
    const dashed = together.every(({ event }) => event.startsWith("corrected-"));
    return { path: curve(at(from), at(to), dashed), dashed, edges: together };
  });
  const [rows, widest] = [Math.max(...row.values()) + 1, Math.max(...place.values()) + 1];
  return {
    width: Math.ceil(size.edge * 2 + widest * size.width + (widest - 1) * size.across),
    height: 24 + rows * size.height + (rows - 1) * size.down,
    nodes: [...row.keys()].map((state) => ({ state, ...at(state) })),
    // Corrections first, so that the ordinary ways lie above them.
    lines: lines.toSorted((one, other) => Number(other.dashed) - Number(one.dashed)),
  };
}

/**
 * The row of each state: one below the lowest of those that lead to it. Ways that lead back, against the order in which the
 * graph names its states, do not count.
 */
function rowsOf(ordinary: readonly Edge[], edges: readonly Edge[]): Map<State, number> {
  const order = [...new Set([...edges.map(({ from }) => from), ...edges.map(({ to }) => to)])];
  const row = new Map<State, number>(order.map((state) => [state, 0]));
  for (const [at, state] of order.entries())
    for (const { from, to } of ordinary)
      if (from === state && order.indexOf(to) > at) row.set(to, Math.max(row.get(to)!, row.get(state)! + 1));
  return row;
}

/** The place of each state in its row, from the left; the payment's straight way stays at the left. */
function placesOf(row: ReadonlyMap<State, number>, ordinary: readonly Edge[]): Map<State, number> {
  const place = new Map<State, number>();
  const leads = new Set(ordinary.map(({ from }) => from));
  for (let at = 0; at <= Math.max(...row.values()); at += 1) {
    const states = [...row].flatMap(([state, its]) => (its === at ? [state] : []));
    const wish = (state: State): number => {
      const above = ordinary.flatMap(({ from, to }) => (to === state && row.get(from)! < at ? [place.get(from)!] : []));
      const middle = above.length === 0 ? 0 : above.reduce((sum, one) => sum + one, 0) / above.length;
      return leads.has(state) ? middle : middle + 1;
    };
    let next = 0;
    for (const state of states.toSorted((one, other) => wish(one) - wish(other))) {
      place.set(state, Math.max(next, Math.round(wish(state))));
      next = place.get(state)! + 1;
    }
  }
  return place;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Down from bottom to top; back up along the left, corrections along the right; to itself as a loop at the right. */
function curve(from: Point, to: Point, dashed: boolean): string {
  const half = size.height / 2;
  if (to.y > from.y) {
    const shift = dashed ? 22 : 0;
    const [x1, y1] = [from.x + size.width / 2 + shift, from.y + size.height];
    const [x2, y2] = [to.x + size.width / 2 + shift, to.y];
    const bend = Math.max(24, (y2 - y1) / 2);
    return `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
  }
  const side = dashed || to.y === from.y ? size.width : 0;
  const [x1, x2] = [from.x + side, to.x + side];
  if (to.y === from.y && to.x !== from.x) {
    const right = to.x > from.x;
    const [a, b] = right ? [from.x + size.width, to.x] : [from.x, to.x + size.width];
    const y = from.y + half + (right ? -7 : 7);
    return `M${a} ${y} C${(a + b) / 2} ${y - 16} ${(a + b) / 2} ${y - 16} ${b} ${y}`;
  }
  if (to.y === from.y)
    return `M${x1} ${from.y + 8} C${x1 + 34} ${from.y - 6} ${x1 + 34} ${from.y + 46} ${x1} ${from.y + 32}`;
  const out = Math.min(size.edge - 8, 20 + (from.y - to.y) / 10);
  const far = side === 0 ? Math.min(x1, x2) - out : Math.max(x1, x2) + out;
  return `M${x1} ${from.y + half} C${far} ${from.y + half} ${far} ${to.y + half} ${x2} ${to.y + half}`;
}
