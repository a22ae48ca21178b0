import {
  ParseOption,
  XmlC14NMode,
  XmlDocument,
  XmlElement,
  type XmlAttribute,
  type XmlNode,
  type XmlTreeNode,
} from "libxml2-wasm";
import { fromBase64 } from "#kernel";
import { must, Refused, type FindingCode } from "./findings.ts";

/** Bytes of an XML file that a verifier reads; X-Road's are below 50 KB. */
export const largestXml: number = 4 * 1024 ** 2;

export { namespaces } from "./xml-text.ts";

/**
 * Reads XML and hands it to `work`; its memory is given back when that returns. UTF-8 only; a document type is refused
 * before anything is parsed, so that there are no entities, no default attributes and nothing to fetch; ids occur once.
 * @throws {@link Refused}
 */
export function withXml<T>(bytes: Uint8Array, what: string, work: (root: XmlElement) => T): T {
  must(bytes.length <= largestXml, "xml-refused", `${what} is longer than ${largestXml} bytes`);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  must(Buffer.from(text, "utf8").equals(bytes) && !text.includes("\0"), "xml-refused", `${what} is not UTF-8`);
  must(!/<!(DOCTYPE|ENTITY)/i.test(text), "xml-refused", `${what} has a document type`);
  const encoding = /^\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)/.exec(text)?.[1];
  must(encoding === undefined || /^utf-?8$/i.test(encoding), "xml-refused", `${what} is in ${encoding}`);
  let document: XmlDocument;
  try {
    const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE;
    document = XmlDocument.fromString(text, { option: option as ParseOption });
  } catch (cause) {
    throw new Refused("xml-refused", `${what}: ${cause instanceof Error ? cause.message.trim() : "cannot be read"}`);
  }
  try {
    checkIds(document.root, what);
    return work(document.root);
  } finally {
    document.dispose();
  }
}

/** An id that occurs twice lets one part be signed and another be read. */
function checkIds(root: XmlElement, what: string): void {
  const seen = new Set<string>();
  for (const element of everyElement(root)) {
    for (const { name, value } of element.attrs) {
      if (name.toLowerCase() !== "id") continue;
      must(!seen.has(value), "signature-ids-repeated", `${what}: ${value}`);
      seen.add(value);
    }
  }
}

function* everyElement(root: XmlElement): Generator<XmlElement> {
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    waiting.push(...childNodes(next).filter((node) => node instanceof XmlElement));
  }
}

/** Child elements. Between them is white space only: other text would be content that nobody looks at. */
export function elements(of: XmlElement): XmlElement[] {
  const children = childNodes(of);
  const found = children.filter((node) => node instanceof XmlElement);
  const stray = children.some((node) => !(node instanceof XmlElement) && !/^[ \t\r\n]*$/.test(node.content));
  must(found.length === 0 || !stray, "xml-refused", `text between the parts of ${of.name}`);
  return found;
}

function childNodes(of: XmlElement): XmlTreeNode[] {
  const found: XmlTreeNode[] = [];
  for (let node: XmlTreeNode | null = of.firstChild; node; node = node.next) found.push(node);
  return found;
}

export function isNamed(element: XmlElement, namespace: string, name: string): boolean {
  return element.name === name && element.namespaceUri === namespace;
}

/** The child elements of a name. */
export function childrenNamed(of: XmlElement, namespace: string, name: string): XmlElement[] {
  return elements(of).filter((one) => isNamed(one, namespace, name));
}

/** The one child element of a name; a second would be a second reading. */
export function onlyChild(
  of: XmlElement,
  namespace: string,
  name: string,
  code: FindingCode = "signature-malformed",
): XmlElement {
  const found = childrenNamed(of, namespace, name);
  must(found.length === 1, code, `${of.name} has ${found.length} ${name}`);
  return found[0]!;
}

/** As {@link onlyChild}, or nothing. */
export function optionalChild(
  of: XmlElement,
  namespace: string,
  name: string,
  code: FindingCode = "signature-malformed",
): XmlElement | undefined {
  const found = childrenNamed(of, namespace, name);
  must(found.length <= 1, code, `${of.name} has ${found.length} ${name}`);
  return found[0];
}

export function attribute(of: XmlElement, name: string): string | undefined {
  const found: XmlAttribute | undefined = of.attrs.find((one) => one.name === name && one.namespaceUri === "");
  return found?.value;
}

/** Base64 content, white space left out. */
export function base64Of(element: XmlElement, code: FindingCode = "signature-malformed"): Buffer {
  const bytes = fromBase64(element.content.replaceAll(/[\s\r]/g, ""));
  must(bytes && bytes.length > 0, code, `${element.name} is not base64`);
  return Buffer.from(bytes);
}

export type Canonicalization = "inclusive" | "inclusive-1.1" | "exclusive";

const modes = {
  inclusive: XmlC14NMode.XML_C14N_1_0,
  "inclusive-1.1": XmlC14NMode.XML_C14N_1_1,
  exclusive: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0,
} as const;

/** The canonical form of a part, without comments. */
export function canonical(node: XmlNode, kind: Canonicalization, prefixes: readonly string[] = []): Buffer {
  const mode = modes[kind];
  const inclusiveNamespacePrefixes =
    kind === "exclusive" && prefixes.length > 0 ? { inclusiveNamespacePrefixes: [...prefixes] } : {};
  return Buffer.from(node.canonicalizeToString({ mode, ...inclusiveNamespacePrefixes }), "utf8");
}
