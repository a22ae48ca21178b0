import { err, ok, type Result } from "#kernel";
import { SaxesParser } from "saxes";

/** An element of an ISO 20022 message: these have either children or text, never both. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** Largest message that is read: 50,000 lines take about 20 MB. */
const largestCharacters = 64_000_000;
const deepest = 40;

/**
 * Reads a message whose every element is in `namespace`. Refuses document type declarations (so no entity can be
 * declared, fetched or expanded), processing instructions, other namespaces, and what is too large or too deep.
 */
export function readXml(xml: string, namespace: string): Result<XmlElement, string> {
  if (xml.length > largestCharacters) return err("message is too large");
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: (XmlElement & { children: XmlElement[]; text: string })[] = [];
  let root: XmlElement | undefined;
  parser.on("doctype", () => refuse("document type declarations are refused"));
  parser.on("processinginstruction", () => refuse("processing instructions are refused"));
  parser.on("error", (fault) => refuse(fault.message));
  parser.on("opentag", (tag) => {
    if (tag.uri !== namespace) refuse(`element ${tag.local} is in another namespace`);
    if (open.length >= deepest) refuse("elements are nested too deeply");
    const attributes = Object.fromEntries(Object.values(tag.attributes).map(({ name, value }) => [name, value]));
    const element = { name: tag.local, attributes, children: [], text: "" };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  const addText = (text: string): void => {
    const element = open.at(-1);
    if (element) element.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => void open.pop());
  try {
    parser.write(xml).close();
  } catch (fault) {
    if (fault instanceof XmlRefused) return err(fault.message);
    throw fault;
  }
  return root ? ok(root) : err("message is empty");
}

class XmlRefused extends Error {}

function refuse(why: string): never {
  throw new XmlRefused(why);
}

export function children(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The first element at a path of names. */
export function at(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((found, name) => children(found, name)[0], element);
}

/** The text at a path of names, or `undefined` where the path ends early. */
export function textAt(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  return at(element, ...path)?.text;
}
