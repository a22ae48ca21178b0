import type { Element } from "./xml-tree.ts";

/** Attributes at their default, which some editors write and others leave out. */
const defaults: ReadonlySet<string> = new Set([
  "decisionTable hitPolicy UNIQUE",
  "decisionTable preferredOrientation Rule-as-Row",
]);

/**
 * A canonical text of a model for its hash: namespaces in full, attributes sorted and without those at their default, white space between
 * elements and the diagram (DMNDI) left out, so that saving it in another editor without a change keeps the hash.
 */
export function canonicalXml(element: Element): string {
  const attributes = [...element.attributes]
    .filter(([name, value]) => !defaults.has(`${element.name} ${name} ${value}`))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const children = element.children.filter(({ name }) => name !== "DMNDI").map(canonicalXml);
  return JSON.stringify([element.namespace, element.name, attributes, element.text.trim(), children]);
}
