import type { Language } from "#kernel";
import { problemTables } from "../problem-tables.ts";

/** Why an answer is a refusal, in the reader's language; nothing where it names no problem type of ours. */
export function refusalWords(answer: string, lang: Language): string | undefined {
  let body: { readonly problem?: unknown; readonly type?: unknown };
  try {
    body = (JSON.parse(answer) ?? {}) as typeof body;
  } catch {
    return undefined;
  }
  const type = [body.problem, body.type].find((one) => typeof one === "string" && one.includes("/problems/"));
  const code = String(type).split("/").at(-1)!;
  const entry = Object.values(problemTables).find((table) => Object.hasOwn(table, code))?.[code];
  return entry && `${entry.title[lang]}${lang === "en" ? ". " : "。"}${entry.action[lang]}`;
}
