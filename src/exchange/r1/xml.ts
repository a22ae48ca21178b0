// eslint-disable-next-line no-control-regex -- XML 1.0 section 2.2 has no such characters, not even escaped
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as XML content or a double-quoted attribute; characters that XML 1.0 cannot carry become U+FFFD. */
export function xmlText(text: string): string {
  return text.replace(notXml, "\ufffd").replace(/[&<>"]/g, (character) => escapes[character] ?? character);
}
