/** Names and text of the XML that containers hold; nothing here reads XML. */

/** Namespaces. */
export const namespaces: Readonly<Record<"ds" | "xades" | "asic" | "asicShort" | "hashchain" | "manifest", string>> = {
  ds: "http://www.w3.org/2000/09/xmldsig#",
  xades: "http://uri.etsi.org/01903/v1.3.2#",
  asic: "http://uri.etsi.org/02918/v1.2.1#",
  /** As X-Road writes it in ASiCManifest, a digit short. */
  asicShort: "http://uri.etsi.org/2918/v1.2.1#",
  hashchain: "http://cyber.ee/hashchain",
  manifest: "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0",
};

/** Text for XML, in attributes too. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}

/** `META-INF/manifest.xml`, as OpenDocument has it and X-Road's readers expect it. */
export function manifestOf(files: readonly { readonly name: string; readonly mediaType: string }[]): Buffer {
  const entry = (path: string, type: string): string =>
    `\n  <manifest:file-entry manifest:media-type="${escaped(type)}" manifest:full-path="${escaped(path)}"/>`;
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<manifest:manifest xmlns:manifest="${namespaces.manifest}" manifest:version="1.2">` +
      entry("/", "application/vnd.etsi.asic-e+zip") +
      files.map(({ name, mediaType }) => entry(name, mediaType)).join("") +
      "\n</manifest:manifest>\n",
    "utf8",
  );
}
