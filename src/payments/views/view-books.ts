import type { Payments } from "../open.ts";
import { closedDay, type ClosedDay } from "../books/store-daily.ts";
import { fileContent, fileSummary, type FileSummary } from "../bank/store-files.ts";
import { fileIds, movements, waitingFiles, type Movement } from "./store-view.ts";

/** Postings of the books, newest first, a page at a time; `next` asks for the page after. */
export async function listMovements(
  payments: Payments,
  wanted: {
    readonly programme?: string | undefined;
    readonly account?: string | undefined;
    readonly after?: bigint | undefined;
  },
  limit: number,
): Promise<{ readonly lines: readonly Movement[]; readonly next?: bigint }> {
  const found = await movements(payments.database, wanted, limit + 1);
  const lines = found.slice(0, limit);
  const last = lines.at(-1);
  return { lines, ...(found.length > limit && last && { next: last.id }) };
}

/** Files for the bank, newest first, a page of them. */
export async function listFiles(
  payments: Payments,
  o: { readonly limit: number; readonly offset: number },
): Promise<{ readonly files: readonly FileSummary[]; readonly total: number }> {
  const ids = await fileIds(payments.database, o);
  const files = await Promise.all(ids.map(({ id }) => fileSummary(payments.database, id)));
  return { files: files.filter((file) => file !== undefined), total: ids[0]?.total ?? 0 };
}

/** Files that the bank has not taken yet, oldest first, at most 100. */
export function filesWaiting(payments: Payments): ReturnType<typeof waitingFiles> {
  return waitingFiles(payments.database);
}

/** A file for the bank without its content; `undefined` if there is none. */
export function fileOf(payments: Payments, id: string): Promise<FileSummary | undefined> {
  return fileSummary(payments.database, id);
}

/** The file as the bank gets it. It holds names and accounts: for those who may. */
export function fileForBank(
  payments: Payments,
  id: string,
): Promise<{ readonly name: string; readonly xml: string; readonly sha256: string } | undefined> {
  return fileContent(payments.database, id);
}

/** A day that was closed, with its report; `undefined` while it is open. */
export function closedDayOf(payments: Payments, day: string): Promise<ClosedDay | undefined> {
  return closedDay(payments.database, day);
}
