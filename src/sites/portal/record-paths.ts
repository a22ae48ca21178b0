import { paths } from "#ui";
import { lastPart } from "./receipt-view.ts";

/** The pages and files of the public record that are about no single log. */
export const recordPaths: Readonly<Record<"policy" | "check" | "findings" | "export", string>> = {
  policy: `${paths.record}/policy.txt`,
  check: `${paths.record}/check`,
  findings: `${paths.record}/findings`,
  export: `${paths.record}/findings.json`,
};

/** What stands where a log's id would: no log is called so in addresses. */
export const takenIds: ReadonlySet<string> = new Set(Object.values(recordPaths).map(lastPart));

/** Where a log's pages are. */
export function logHref(id: string): string {
  return `${paths.record}/${encodeURIComponent(id)}`;
}

/** The page of an entry. A log's whole origin serves as its id. */
export function entryHref(id: string, index: number): string {
  return `${logHref(id)}/${index}`;
}
