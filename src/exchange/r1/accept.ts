/** Media ranges of all `Accept` lines in order, lower-cased; parameters and `q` are ignored, as deployed servers do. */
function mediaRanges(accept: readonly string[]): readonly string[] {
  return accept.flatMap((line) => line.split(",")).map((range) => (range.split(";")[0] ?? "").trim().toLowerCase());
}

/** The XML type a gateway error is written in, or `undefined` for JSON. The first XML range wins over any JSON range. */
export function acceptsXml(accept: readonly string[]): "text/xml" | "application/xml" | undefined {
  for (const range of mediaRanges(accept)) {
    if (range === "text/xml" || range === "text/*") return "text/xml";
    if (range === "application/xml") return "application/xml";
  }
  return undefined;
}

/** Whether `listClients` answers in JSON: only when asked for by name (PR-META); XML otherwise. */
export function acceptsJson(accept: readonly string[]): boolean {
  return mediaRanges(accept).includes("application/json");
}
