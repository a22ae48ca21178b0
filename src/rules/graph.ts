import type { Localised } from "#kernel";
import type { ElementDescription, ModelDescription } from "./describe.ts";

/** An element at its place in the picture; units are pixels at full size, from the upper left corner. */
export interface PlacedElement {
  readonly element: ElementDescription;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A requirement as DMN draws it: from what is needed to who needs it. */
export interface PlacedRequirement {
  readonly kind: "information" | "knowledge" | "authority";
  readonly from: PlacedElement;
  readonly to: PlacedElement;
}

export interface RequirementGraph {
  readonly width: number;
  readonly height: number;
  readonly elements: readonly PlacedElement[];
  readonly requirements: readonly PlacedRequirement[];
}

const size = { width: 148, height: 62, gapX: 24, gapY: 74, margin: 14 } as const;
const widestRow = 6;
/** Narrow layers stand to the left of the middle, so that a narrow screen begins with the outcome and not with nothing. */
const lean = 0.16;
/** Going up and down this often settles small graphs. */
const sweeps = 8;

/**
 * Pure: places a model's elements in layers. What is needed stands below who needs it, facts at the bottom, the outcome on top,
 * laws and knowledge one layer below the first that rests on them; within a layer each stands near its neighbours (the barycentre
 * rule of Sugiyama's method), so that few lines cross.
 */
export function layOutGraph(model: ModelDescription): RequirementGraph {
  const byId = new Map(model.elements.map((element) => [element.id, element]));
  const needs = (element: ElementDescription) => [...element.requires, ...element.knows].filter((id) => byId.has(id));
  const layerOf = layering(model.elements, needs);
  const neighbours = new Map<string, string[]>(model.elements.map(({ id }) => [id, []]));
  for (const element of model.elements)
    for (const id of [...needs(element), ...element.authorities.filter((one) => byId.has(one))]) {
      neighbours.get(id)!.push(element.id);
      neighbours.get(element.id)!.push(id);
    }
  const layers: string[][] = [];
  for (const { id } of model.elements) (layers[layerOf.get(id)!] ??= []).push(id);
  const whole = [...layers].map((row) => row ?? []);
  arrange(whole, neighbours);
  const rows = whole.flatMap(folded);
  const widest = Math.max(1, ...rows.map((row) => row.length));
  const width = widest * (size.width + size.gapX) - size.gapX + 2 * size.margin;
  const height = rows.length * (size.height + size.gapY) - size.gapY + 2 * size.margin;
  const placed = new Map<string, PlacedElement>();
  for (const [layer, row] of rows.entries()) {
    const taken = row.length * (size.width + size.gapX) - size.gapX;
    for (const [at, id] of row.entries())
      placed.set(id, {
        element: byId.get(id)!,
        x: size.margin + (width - 2 * size.margin - taken) * lean + at * (size.width + size.gapX),
        y: height - size.margin - size.height - layer * (size.height + size.gapY),
        width: size.width,
        height: size.height,
      });
  }
  const requirements = model.elements.flatMap((element): PlacedRequirement[] => {
    const to = placed.get(element.id)!;
    const lines = (ids: readonly string[], kind: PlacedRequirement["kind"]) =>
      ids.flatMap((id): PlacedRequirement[] => (placed.has(id) ? [{ kind, from: placed.get(id)!, to }] : []));
    return [
      ...lines(element.requires, "information"),
      ...lines(element.knows, "knowledge"),
      ...lines(element.authorities, "authority"),
    ];
  });
  return { width, height, elements: [...placed.values()], requirements };
}

/** A layer too wide to be read is drawn in two or more, neighbours above each other. */
function folded(row: string[]): string[][] {
  const parts = Math.max(1, Math.ceil(row.length / widestRow));
  return Array.from({ length: parts }, (_, part) => row.filter((__, at) => at % parts === part));
}

/** Longest way down to a fact; laws and unneeded facts just below the lowest that rests on them. */
function layering(
  elements: readonly ElementDescription[],
  needs: (element: ElementDescription) => readonly string[],
): ReadonlyMap<string, number> {
  const byId = new Map(elements.map((element) => [element.id, element]));
  const layers = new Map<string, number>();
  const layer = (element: ElementDescription, above: ReadonlySet<string>): number => {
    const known = layers.get(element.id);
    if (known !== undefined) return known;
    // A circle is refused when a model is loaded; a picture of one must still end.
    const inner = new Set([...above, element.id]);
    const below = needs(element).filter((id) => !inner.has(id));
    const own =
      element.kind === "input" || element.kind === "authority"
        ? 0
        : 1 + Math.max(0, ...below.map((id) => layer(byId.get(id)!, inner)));
    layers.set(element.id, own);
    return own;
  };
  for (const element of elements) layer(element, new Set());
  for (const element of elements)
    if (element.kind === "authority" || element.kind === "knowledge") {
      const users = elements.filter(({ authorities, knows }) => [...authorities, ...knows].includes(element.id));
      const lowest = Math.min(...users.map(({ id }) => layers.get(id)!));
      if (users.length > 0 && element.kind === "authority") layers.set(element.id, Math.max(0, lowest - 1));
    }
  return layers;
}

/** Sorts each layer by the middle of its neighbours, from below and from above in turn. */
function arrange(rows: string[][], neighbours: ReadonlyMap<string, readonly string[]>): void {
  const place = new Map<string, number>();
  const note = () => {
    for (const row of rows) for (const [at, id] of row.entries()) place.set(id, (at + 0.5) / row.length);
  };
  note();
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    for (const row of sweep % 2 === 0 ? rows : rows.toReversed()) {
      const middle = new Map(
        row.map((id) => {
          const near = neighbours.get(id)!.map((other) => place.get(other)!);
          return [id, near.length === 0 ? place.get(id)! : near.reduce((sum, one) => sum + one, 0) / near.length];
        }),
      );
      row.sort((a, b) => middle.get(a)! - middle.get(b)!);
      note();
    }
  }
}

/** What each kind of element is called. */
export const elementKinds: Readonly<Record<ElementDescription["kind"], Localised>> = {
  input: { "zh-Hant": "事實（輸入）", en: "Fact (input)" },
  decision: { "zh-Hant": "決策", en: "Decision" },
  knowledge: { "zh-Hant": "共用計算", en: "Business knowledge" },
  service: { "zh-Hant": "決策服務", en: "Decision service" },
  authority: { "zh-Hant": "法律依據", en: "Law" },
};
