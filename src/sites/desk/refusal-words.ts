import type { Language, Localised, ProblemEntry } from "#kernel";
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
  const entry = entryOf(code);
  return entry && `${entry.title[lang]}${lang === "en" ? ". " : "。"}${entry.action[lang]}`;
}

/** How a call ended, in words: a problem's name or a status, as records have it. */
export function outcomeText(outcome: string): Localised {
  const entry = entryOf(outcome);
  if (entry) return entry.title;
  const answered = /^[23]\d\d$/.test(outcome);
  if (answered) return { "zh-Hant": "有回覆", en: "answered" };
  return /^\d{3}$/.test(outcome)
    ? { "zh-Hant": "服務回覆錯誤", en: "the service answered an error" }
    : { "zh-Hant": outcome, en: outcome };
}

function entryOf(code: string): ProblemEntry | undefined {
  return Object.values(problemTables).find((table) => Object.hasOwn(table, code))?.[code];
}
