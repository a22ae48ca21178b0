import { readFileSync } from "node:fs";
import { utf8 } from "#kernel";
import { XmlDocument, XmlLibError, XsdValidator } from "libxml2-wasm";

/** The ISO 20022 messages whose schemas we carry; see schemas/SOURCES.md. */
export type Message = "pain.001.001.12" | "pain.002.001.14" | "camt.054.001.12";

export function namespaceOf(message: Message): string {
  return `urn:iso:std:iso:20022:tech:xsd:${message}`;
}

const compiled = new Map<Message, XsdValidator>();

function validator(message: Message): XsdValidator {
  let ready = compiled.get(message);
  if (!ready) {
    using schema = XmlDocument.fromString(readFileSync(new URL(`./schemas/${message}.xsd`, import.meta.url), "utf8"));
    ready = XsdValidator.fromDoc(schema);
    compiled.set(message, ready);
  }
  return ready;
}

/**
 * Validates against the published schema; answers what is wrong and where, or an empty list. The answers name elements
 * and facets and leave every value out, because values are names and accounts, and answers go to logs.
 * Only for text that `readXml` has accepted: that is where document types and entities are refused.
 */
export function schemaFaults(xml: string, message: Message): string[] {
  try {
    using document = XmlDocument.fromBuffer(utf8(xml));
    validator(message).validate(document);
    return [];
  } catch (fault) {
    if (fault instanceof XmlLibError) return fault.details.map(withoutValues);
    throw fault;
  }
}

function withoutValues({ message, line, xpath }: XmlLibError["details"][number]): string {
  const said = /^Element '(?:\{[^}]*\})?([\w.-]+)'(?:, attribute '([\w.-]+)')?: (?:\[facet '(\w+)'\])?(.*)/s.exec(
    message,
  );
  const where = xpath ?? `line ${line}`;
  if (!said) return `not well-formed at ${where}`;
  const [, element, attribute, facet, rest = ""] = said;
  const what = attribute === undefined ? element : `${element}/@${attribute}`;
  if (facet !== undefined) return `${what} fails ${facet} at ${where}`;
  if (rest.includes("not expected")) return `${what} is not expected at ${where}`;
  if (rest.includes("Missing child")) return `${what} lacks an element at ${where}`;
  return `${what} is not valid at ${where}`;
}
