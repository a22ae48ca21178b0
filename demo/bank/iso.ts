/** Elements of ISO 20022 messages as text. */

export function tag(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** All texts written here are ids, codes and digits; escaped all the same. */
export function leaf(name: string, text: string): string {
  return tag(name, text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"));
}

export function document(namespace: string, body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${namespace}">${body}</Document>\n`;
}
