import type { Language } from "#kernel";

/** The language to answer in: the person's own choice, else the first of `Accept-Language` we speak, else Chinese. */
export function preferredLanguage(chosen: string | undefined, acceptLanguage: string | undefined): Language {
  if (chosen === "en" || chosen === "zh-Hant") return chosen;
  for (const range of (acceptLanguage ?? "").split(",")) {
    const tag = range.split(";")[0]!.trim().toLowerCase();
    if (tag.startsWith("zh")) return "zh-Hant";
    if (tag.startsWith("en")) return "en";
  }
  return "zh-Hant";
}
