import type { Aggregation, Boxed, HitPolicy, TableModel } from "./dmn.ts";
import { normaliseName } from "./feel/names.ts";
import type { Element } from "./xml-tree.ts";

export function children(element: Element | undefined, name: string): readonly Element[] {
  return element?.children.filter((one) => one.name === name) ?? [];
}
export function child(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((one) => one.name === name);
}
export function textOf(element: Element | undefined): string {
  return element?.text.trim() ?? "";
}
/** The `typeRef` of an element, without the `feel.` and `feel:` that older models write before it. */
export function typed(element: Element | undefined): { readonly typeRef?: string } {
  const typeRef = element?.attributes
    .get("typeRef")
    ?.replace(/^feel[.:]/, "")
    .trim();
  return typeRef ? { typeRef } : {};
}

function externalKind(kind: string): "java" | "other" | undefined {
  return kind === "FEEL" ? undefined : kind === "Java" ? "java" : "other";
}

const absent: Boxed = { kind: "literal", text: "null" };

/** The expression an element holds, if any (DMN 1.5 section 10.2). */
export function readBoxed(owner: Element | undefined): Boxed | undefined {
  for (const element of owner?.children ?? []) {
    const read = readers[element.name]?.(element);
    if (read) return { ...read, ...typed(element) };
  }
  return undefined;
}

function inside(element: Element, name: string): Boxed {
  return readBoxed(child(element, name)) ?? absent;
}

function named(element: Element | undefined): string {
  return normaliseName(element?.attributes.get("name") ?? "");
}

function iteration(of: "for" | "some" | "every", body: string): (element: Element) => Boxed {
  return (element) => ({
    kind: "iteration",
    of,
    variable: normaliseName(element.attributes.get("iteratorVariable") ?? ""),
    from: inside(element, "in"),
    body: inside(element, body),
  });
}

const readers: Readonly<Record<string, (element: Element) => Boxed>> = {
  literalExpression: (element) => ({ kind: "literal", text: textOf(child(element, "text")) || "null" }),
  decisionTable: (element) => ({ kind: "table", table: readTable(element) }),
  context: (element) => ({
    kind: "context",
    entries: children(element, "contextEntry").map((entry) => {
      const variable = child(entry, "variable");
      return { ...(variable ? { name: named(variable) } : {}), ...typed(variable), value: readBoxed(entry) ?? absent };
    }),
  }),
  invocation: (element) => ({
    kind: "invocation",
    callee: readBoxed(element) ?? absent,
    bindings: children(element, "binding").map((binding) => ({
      name: named(child(binding, "parameter")),
      value: readBoxed(binding) ?? absent,
    })),
  }),
  list: (element) => ({
    kind: "list",
    items: element.children.flatMap((one) => readBoxed({ ...element, children: [one] }) ?? []),
  }),
  relation: (element) => ({
    kind: "relation",
    columns: children(element, "column").map(named),
    types: children(element, "column").map((column) => typed(column).typeRef),
    rows: children(element, "row").map((row) =>
      row.children.flatMap((one) => readBoxed({ ...row, children: [one] }) ?? []),
    ),
  }),
  functionDefinition: (element) => ({
    kind: "function",
    external: externalKind(element.attributes.get("kind") ?? "FEEL"),
    parameters: children(element, "formalParameter").map((one) => ({ name: named(one), ...typed(one) })),
    body: readBoxed(element) ?? absent,
  }),
  conditional: (element) => ({
    kind: "conditional",
    test: inside(element, "if"),
    yes: inside(element, "then"),
    no: inside(element, "else"),
  }),
  filter: (element) => ({ kind: "filter", from: inside(element, "in"), match: inside(element, "match") }),
  for: iteration("for", "return"),
  some: iteration("some", "satisfies"),
  every: iteration("every", "satisfies"),
};

function values(element: Element | undefined): { readonly values?: string } {
  const text = textOf(child(element, "text"));
  return text ? { values: text } : {};
}

function readTable(element: Element): TableModel {
  const outputs = children(element, "output");
  return {
    id: element.attributes.get("id") ?? "",
    hitPolicy: (element.attributes.get("hitPolicy") ?? "UNIQUE") as HitPolicy,
    aggregation: element.attributes.get("aggregation") as Aggregation | undefined,
    inputs: children(element, "input").map((input) => {
      const expression = child(input, "inputExpression");
      const text = textOf(child(expression, "text"));
      return {
        label: input.attributes.get("label") ?? text,
        text: text || "null",
        ...typed(expression),
        ...values(child(input, "inputValues")),
      };
    }),
    outputs: outputs.map((output) => {
      const otherwise = textOf(child(child(output, "defaultOutputEntry"), "text"));
      return {
        name: named(output),
        ...typed(output),
        ...values(child(output, "outputValues")),
        ...(otherwise ? { otherwise } : {}),
      };
    }),
    annotations: children(element, "annotation").map(named),
    rules: children(element, "rule").map((rule) => ({
      id: rule.attributes.get("id") ?? "",
      tests: children(rule, "inputEntry").map((entry) => textOf(child(entry, "text"))),
      outputs: children(rule, "outputEntry").map((entry) => textOf(child(entry, "text")) || "null"),
      annotations: children(rule, "annotationEntry").map((entry) => textOf(child(entry, "text"))),
    })),
  };
}
