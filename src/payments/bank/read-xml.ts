import { err, ok, type Result } from "#kernel";

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
 *
 * It knows the part of XML 1.0 that ISO 20022 messages are written in, and refuses the rest: names are ASCII, entities
 * are the five predefined ones and character references. A general parser takes eight times as long, on files of tens of
 * megabytes; the schema's validator (`schemaFaults`) reads the same text again with one.
 */
export function readXml(xml: string, namespace: string): Result<XmlElement, string> {
  if (xml.length > largestCharacters) return err("message is too large");
  try {
    return ok(scan(xml.includes("\r") ? xml.replaceAll(/\r\n?/g, "\n") : xml, namespace));
  } catch (fault) {
    if (fault instanceof XmlRefused) return err(fault.message);
    throw fault;
  }
}

interface OpenElement extends XmlElement {
  children: XmlElement[];
  text: string;
}

const unwritable = /[[\p{Cc}--[\t\n\r\x7F-\x9F]]\uFFFE\uFFFF]/v;
const declaration = /^\uFEFF?(?:<\?xml\s+version\s*=\s*["']1\.\d["'][^<>]*?\?>)?/;
const nameAt = /([A-Za-z_][\w.-]*)(?::([A-Za-z_][\w.-]*))?/y;
const attributeAt = /\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const endAt = /\s*(\/?)>/y;

function scan(xml: string, namespace: string): XmlElement {
  if (!xml.isWellFormed() || unwritable.test(xml)) refuse("a character is none of XML");
  const open: OpenElement[] = [];
  /** As written, to compare with end tags; and the names of namespaces in force. */
  const written: string[] = [];
  const scopes: Scope[] = [new Map([["xml", "http://www.w3.org/XML/1998/namespace"]])];
  /** Names of tags as they were written, once they were found to be plain: the same few come a million times. */
  const plain = new Map<string, string>();
  let root: XmlElement | undefined;
  let at = declaration.exec(xml)?.[0].length ?? 0;
  for (;;) {
    const tag = xml.indexOf("<", at);
    const inside = open.at(-1);
    if (tag !== at) addText(inside, decode(xml.slice(at, tag === -1 ? undefined : tag)));
    if (tag === -1) break;
    const kind = xml[tag + 1];
    if (kind === "/") {
      const end = xml.indexOf(">", tag);
      const name = written.pop();
      if (end === -1 || name === undefined || xml.slice(tag + 2, end).trimEnd() !== name)
        refuse("an end tag does not fit");
      open.pop();
      scopes.pop();
      at = end + 1;
    } else if (kind === "!") {
      at = passOver(xml, tag, inside);
    } else if (kind === "?") {
      refuse("processing instructions are refused");
    } else {
      if (root && !inside) refuse("there is a second root");
      if (open.length >= deepest) refuse("elements are nested too deeply");
      const scope = scopes.at(-1)!;
      const started = plainTag(xml, tag + 1, scope, namespace, plain) ?? startTag(xml, tag + 1, scope, namespace);
      if (inside?.children === nothing) inside.children = [started.element];
      else inside?.children.push(started.element);
      root ??= started.element;
      at = started.end;
      if (!started.empty) {
        open.push(started.element);
        scopes.push(started.scope);
        written.push(started.written);
      }
    }
  }
  if (open.length > 0) refuse("an element does not end");
  return root ?? refuse("message is empty");
}

type Scope = ReadonlyMap<string, string>;

interface StartTag {
  readonly element: OpenElement;
  readonly scope: Scope;
  readonly written: string;
  readonly end: number;
  readonly empty: boolean;
}

/** What leaves share until they have something of their own. */
const nothing: XmlElement[] = [];
const noAttributes: Readonly<Record<string, string>> = {};

/** A tag that is nothing but a name without a prefix, as nearly all are; `undefined` for any other. */
function plainTag(
  xml: string,
  at: number,
  scope: Scope,
  namespace: string,
  plain: Map<string, string>,
): StartTag | undefined {
  const close = xml.indexOf(">", at);
  if (close === -1 || close - at > 40) return undefined;
  const written = xml.slice(at, close);
  let name = plain.get(written);
  if (name === undefined) {
    if (!/^[A-Za-z_][\w.-]*$/.test(written)) return undefined;
    name = written;
    plain.set(name, name);
  }
  if (scope.get("") !== namespace) return undefined;
  const element = { name, attributes: noAttributes, children: nothing, text: "" };
  return { element, scope, written: name, end: close + 1, empty: false };
}

function startTag(xml: string, at: number, scope: Scope, namespace: string): StartTag {
  nameAt.lastIndex = at;
  const [written, first, second] = nameAt.exec(xml) ?? refuse("a tag has no name");
  let end = at + written.length;
  const attributes: Record<string, string> = {};
  let inner = scope;
  if (xml[end] !== ">") {
    attributeAt.lastIndex = end;
    for (let found = attributeAt.exec(xml); found; found = attributeAt.exec(xml)) {
      const [, name = "", double, single] = found;
      if (Object.hasOwn(attributes, name)) refuse("an attribute repeats");
      const value = decode((double ?? single ?? "").replaceAll(/[\t\n]/g, " "));
      attributes[name] = value;
      if (name === "xmlns") inner = new Map([...inner, ["", value]]);
      else if (name.startsWith("xmlns:")) inner = new Map([...inner, [name.slice(6), value]]);
      end = attributeAt.lastIndex;
    }
    for (const name of Object.keys(attributes)) {
      const [prefix = "", local, more] = name.split(":");
      if (local !== undefined && (more !== undefined || local === "" || (prefix !== "xmlns" && !inner.has(prefix))))
        refuse("a prefix is not declared");
    }
  }
  endAt.lastIndex = end;
  const closing = endAt.exec(xml) ?? refuse("a tag is not well-formed");
  const name = second ?? first!;
  if (inner.get(second === undefined ? "" : first!) !== namespace) refuse(`element ${name} is in another namespace`);
  return {
    element: { name, attributes, children: nothing, text: "" },
    scope: inner,
    written,
    end: end + closing[0].length,
    empty: closing[1] === "/",
  };
}

/** A comment or a character data section, from its `<`; anything else that begins so is a declaration. */
function passOver(xml: string, at: number, inside: OpenElement | undefined): number {
  if (xml.startsWith("<!--", at)) {
    const end = xml.indexOf("--", at + 4);
    if (end === -1 || xml[end + 2] !== ">") refuse("a comment is not well-formed");
    return end + 3;
  }
  if (!xml.startsWith("<![CDATA[", at) || !inside) refuse("document type declarations are refused");
  const end = xml.indexOf("]]>", at);
  if (end === -1) refuse("a section does not end");
  inside.text += xml.slice(at + 9, end);
  return end + 3;
}

function addText(element: OpenElement | undefined, text: string): void {
  if (element) element.text += text;
  else if (/[^ \t\n]/.test(text)) refuse("there is text outside of the root");
}

const predefined: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decode(text: string): string {
  if (text.includes("]]>")) refuse("text holds the end of a section");
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w*))(;?)/g, (_, ten, sixteen, name, end) => {
    const code = ten !== undefined ? Number(ten) : sixteen !== undefined ? Number.parseInt(sixteen as string, 16) : -1;
    const known = code === -1 ? predefined[String(name)] : characterOf(code);
    return end === ";" && known !== undefined ? known : refuse("an entity is not known");
  });
}

function characterOf(code: number): string | undefined {
  const allowed =
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff);
  return allowed ? String.fromCodePoint(code) : undefined;
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
  let found = element;
  for (const name of path) found = found?.children.find((child) => child.name === name);
  return found;
}

/** The text at a path of names, or `undefined` where the path ends early. */
export function textAt(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  return at(element, ...path)?.text;
}
