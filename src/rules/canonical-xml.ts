import type { Element } from "./xml-tree.ts";

/**
 * A canonical text of a model for its hash: namespaces in full, attributes sorted, white space between elements and the diagram
 * (DMNDI) left out, so that saving it in another editor without a change keeps the hash.
 */
export function canonicalXml(element: Element): string {
  const attributes = [...element.attributes].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const children = element.children.filter(({ name }) => name !== "DMNDI").map(canonicalXml);
  return JSON.stringify([element.namespace, element.name, attributes, element.text.trim(), children]);
}
