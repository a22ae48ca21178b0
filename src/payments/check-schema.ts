import { readFileSync } from "node:fs";
import { XmlDocument, XmlLibError, XsdValidator } from "libxml2-wasm";

/** The ISO 20022 messages whose schemas we carry; see schemas/SOURCES.md. */
export type Message = "pain.001.001.12" | "pain.002.001.14";

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
 * Validates against the published schema; answers what is wrong, in libxml2's words, or an empty list.
 * Only for text that `readXml` has accepted: that is where document types and entities are refused.
 */
export function schemaFaults(xml: string, message: Message): string[] {
  try {
    using document = XmlDocument.fromString(xml);
    validator(message).validate(document);
    return [];
  } catch (fault) {
    // libxml2's message names elements and types but may quote values: for the log of the operator, not for screens.
    if (fault instanceof XmlLibError) return fault.message.split("\n").filter((line) => line !== "");
    throw fault;
  }
}
