import type { Language } from "#kernel";
import { both, button, form, html, pagination, textInput, type Html, type Text } from "#ui";

/** Rows of a list on one page of a desk. */
export const perPage = 50;

/** Which part of a long list is asked for, by the address. */
export interface AskedPart {
  readonly search: string;
  /** From 1. */
  readonly page: number;
}

/** One page of a list. */
export interface ListPart<Row> extends AskedPart {
  readonly rows: readonly Row[];
  /** How many were found, on all pages. */
  readonly found: number;
}

export function askedPart(query: Readonly<Record<string, string>>): AskedPart {
  const page = Number(query["page"] ?? 1);
  return {
    search: (query["q"] ?? "").trim().slice(0, 100).replaceAll("\0", ""),
    page: Number.isInteger(page) && page >= 1 && page <= 100_000 ? page : 1,
  };
}

/** The part of a list that lies in memory; `texts` are where people would look for a word. */
export function partOf<Row>(
  all: readonly Row[],
  { search, page }: AskedPart,
  texts: (row: Row) => readonly string[],
): ListPart<Row> {
  const word = search.toLowerCase();
  const found = all.filter((row) => texts(row).join("\n").toLowerCase().includes(word));
  return { rows: found.slice((page - 1) * perPage, page * perPage), found: found.length, search, page };
}

const words = {
  find: both("搜尋", "Search"),
  found: both("找到 %n 筆", "%n found"),
};

/** The search of a list and how many were found. `more` stays in the address. */
export function searchOf(
  part: ListPart<unknown>,
  o: { readonly action: string; readonly label: Text; readonly more?: Readonly<Record<string, string>> },
  lang: Language,
): Html {
  const kept = Object.entries(o.more ?? {}).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return html`${form(
      { action: o.action, method: "get" },
      html`${kept}${textInput({ id: "q", label: o.label, value: part.search, width: "medium" }, lang)}${button(words.find[lang], { kind: "quiet" })}`,
    )}
    <p>${words.found[lang].replace("%n", String(part.found))}</p>`;
}

/** Links to the pages before and after. */
export function pagesOf(
  part: ListPart<unknown>,
  o: { readonly action: string; readonly more?: Readonly<Record<string, string>> },
  lang: Language,
): ReturnType<typeof pagination> {
  const pages = Math.max(1, Math.ceil(part.found / perPage));
  const href = (page: number): string => {
    const query = new URLSearchParams({ ...(part.search ? { q: part.search } : {}), ...o.more, page: String(page) });
    return `${o.action}?${query.toString()}`;
  };
  return pagination({ page: Math.min(part.page, pages), pages, href }, lang);
}
