import { SaxesParser } from "saxes";
import { err, ok, type Result } from "#kernel";
import type { RulesRefusal } from "./problems.ts";

/** An XML element as rules read it: by namespace and local name, never by prefix. */
export interface Element {
  readonly name: string;
  readonly namespace: string;
  /**
   * Attributes without a namespace, and those of XML Schema instances as `xsi:nil` and `xsi:type` whatever their prefix; the type by the
   * namespace that its own prefix is bound to, `http://www.w3.org/2001/XMLSchema#decimal`.
   */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  readonly text: string;
}

const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance";
const limits = { characters: 4_000_000, elements: 200_000, depth: 200 };

interface Open {
  name: string;
  namespace: string;
  attributes: Map<string, string>;
  children: Element[];
  text: string;
}

class Hostile extends Error {}

/** Reads XML into a tree. DTDs are refused, so no entity but the five of XML exists; size, depth and number of elements are limited. */
export function readXml(xml: string): Result<Element, RulesRefusal> {
  const refuse = (inside: string) => err({ code: "rules-model-unreadable", inside } as const);
  if (xml.length > limits.characters) return refuse(`larger than ${limits.characters} characters`);
  const parser = new SaxesParser({ xmlns: true });
  const stack: Open[] = [];
  let root: Element | undefined;
  let count = 0;
  const expanded = (name: string) => {
    const [prefix, local] = name.includes(":") ? name.trim().split(":") : ["", name.trim()];
    return `${parser.resolve(prefix ?? "") ?? ""}#${local ?? ""}`;
  };
  parser.on("doctype", () => {
    throw new Hostile("a DTD");
  });
  parser.on("error", (fault) => {
    throw new Hostile(fault.message);
  });
  parser.on("opentag", (tag) => {
    count += 1;
    if (count > limits.elements || stack.length >= limits.depth) throw new Hostile("too many or too deep elements");
    const attributes = new Map<string, string>();
    for (const { local, prefix, uri, value } of Object.values(tag.attributes)) {
      if (prefix === "") attributes.set(local, value);
      else if (uri === schemaInstance) attributes.set(`xsi:${local}`, local === "type" ? expanded(value) : value);
    }
    const element: Open = { name: tag.local, namespace: tag.uri, attributes, children: [], text: "" };
    stack.at(-1)?.children.push(element);
    stack.push(element);
  });
  const text = (more: string) => {
    const top = stack.at(-1);
    if (top) top.text += more;
  };
  parser.on("text", text);
  parser.on("cdata", text);
  parser.on("closetag", () => {
    root = stack.pop();
  });
  try {
    parser.write(xml).close();
  } catch (fault) {
    if (fault instanceof Hostile) return refuse(fault.message);
    throw fault;
  }
  return root ? ok(root) : refuse("no element");
}
