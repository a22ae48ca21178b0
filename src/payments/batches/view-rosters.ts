import type { Localised } from "#kernel";
import type { Payments } from "../open.ts";
import { paymentsProblems } from "../problems.ts";
import { refusalsAfter, rosterById, rosters, type RefusedRow, type Roster } from "./store-rosters.ts";

/** How fast a roster is read, and how long it will still take. */
export interface RosterProgress {
  /** Rows a second since this run began. */
  readonly rowsPerSecond: number;
  /** Of the whole file, 0 to 1; `undefined` when its size is not known. */
  readonly share?: number;
  readonly secondsLeft?: number;
  /** Reading, but nothing has come for half a minute: the process that read it has probably ended. Import it again to go on. */
  readonly stalled: boolean;
}

export function rosterProgress(roster: Roster, now: Date): RosterProgress {
  const seconds = Math.max(0.001, (roster.updatedAt.getTime() - roster.resumedAt.getTime()) / 1000);
  const stalled = roster.state === "reading" && now.getTime() - roster.updatedAt.getTime() > 30_000;
  const rowsPerSecond = Number(roster.rows - roster.resumedRows) / seconds;
  if (roster.size === null || roster.size === 0n) return { rowsPerSecond, stalled };
  const bytesPerSecond = Number(roster.bytes - roster.resumedBytes) / seconds;
  const share = Math.min(1, Number(roster.bytes) / Number(roster.size));
  const left = Number(roster.size - roster.bytes);
  return {
    rowsPerSecond,
    share,
    ...(bytesPerSecond > 0 && { secondsLeft: Math.max(0, left / bytesPerSecond) }),
    stalled,
  };
}

/** Rosters, the newest first; of one programme, or of all. */
export function rosterList(payments: Payments, programme?: string, limit = 50): Promise<Roster[]> {
  return rosters(payments.database, programme ?? null, limit);
}

export function roster(payments: Payments, id: string): Promise<Roster | undefined> {
  return rosterById(payments.database, id);
}

/** A refused row with its reason in words. */
export interface RosterRefusalRow extends RefusedRow {
  readonly title: Localised;
}

/** Refused rows of a roster in the order of its lines, after `line`; a page of them. */
export async function rosterRefusals(
  payments: Payments,
  id: string,
  line = 0n,
  limit = 100,
): Promise<RosterRefusalRow[]> {
  return (await refusalsAfter(payments.database, id, line, limit)).map((row) => ({
    ...row,
    title: paymentsProblems[row.code].title,
  }));
}

/** The file of refused rows, CSV in UTF-8 with a byte order mark for spreadsheets, piece by piece. */
export async function* refusalFile(payments: Payments, id: string): AsyncGenerator<string> {
  yield "\uFEFFline,reference,code,reason_zh,reason_en\r\n";
  for (let line = 0n; ;) {
    const rows = await rosterRefusals(payments, id, line, 5_000);
    if (rows.length === 0) return;
    yield rows
      .map(({ line: n, reference, code, title }) =>
        [String(n), reference ?? "", code, title["zh-Hant"], title.en].map(cell).join(","),
      )
      .map((text) => `${text}\r\n`)
      .join("");
    line = rows.at(-1)!.line;
  }
}

/** A spreadsheet would calculate what begins with one of these. */
function cell(text: string): string {
  const plain = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
