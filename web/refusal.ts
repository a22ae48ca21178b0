import type { ListCode } from "#ledger/lists";

/** The language in which an element stands, of those that there are words in. */
export function languageOf(element: Element): "zh-Hant" | "en" {
  return element.closest("[lang]")?.getAttribute("lang")?.startsWith("en") ? "en" : "zh-Hant";
}

/**
 * Why a check refused, in the reader's language, and a line for whoever is asked about it: the code, in English with its
 * detail. Without the words (they are loaded when first needed, and the network may be gone) the detail has to do.
 */
export async function reasonLines(
  { code, reason }: { readonly code: ListCode; readonly reason: string },
  lang: "zh-Hant" | "en",
): Promise<HTMLElement[]> {
  const words = await import("./refusal-words.ts").catch(() => undefined);
  const known = words?.refusalWords[lang][code];
  const name = document.createElement("code");
  name.textContent = code;
  const technical = document.createElement("small");
  technical.append(name);
  if (lang === "en" || known === undefined) {
    const detail = document.createElement("span");
    detail.lang = "en";
    detail.textContent = ` ${reason}`;
    technical.append(detail);
  }
  if (known === undefined) return [technical];
  const said = document.createElement("small");
  said.textContent = known;
  return [said, technical];
}
