import type { KeyedEntry, Log } from "#ledger";
import { groupCommit, type Database, type Sql } from "#store";
import { closeEvidence, type Draft, type End, type Salts } from "./evidence.ts";
import {
  finishEvidence,
  finishTogether,
  openEvidence,
  redirectEvidence,
  type EndingRow,
  type OpeningRow,
} from "./store.ts";

/** A record whose exchange has ended. */
export interface Ending {
  readonly draft: Draft;
  readonly salts: Salts;
  readonly end: End;
}

/**
 * Where this gateway writes its evidence. What a verb has answered is durable; what it throws is not recorded, and
 * then nothing may be sent, called or answered. Calls at the same time share transactions.
 */
export interface RecordBook {
  /** Opens a record. False when this side has already recorded that exchange: a replay, at the provider. */
  open(row: OpeningRow): Promise<boolean>;
  /** Writes down that a call goes to another gateway than its open record says. @throws as `close` */
  redirect(draft: Draft): Promise<{ readonly recordId: string }>;
  /** Opens and closes the record of a call that is refused, in one transaction. False as `open` says it. */
  refuse(row: OpeningRow, end: End): Promise<boolean>;
  /**
   * Closes a record and appends this side's entry: both or neither.
   * @throws when database or log cannot take it, or when the record was closed before (`record-closed`: another process
   * took this one for dead)
   */
  close(ending: Ending): Promise<{ readonly recordId: string }>;
  /**
   * Remembers a record that could not be closed when its exchange ended; one that `open` throws over is remembered by
   * itself. This process lives, so nobody else would close it, and its log would lack the exchange.
   */
  owe(opened: Pick<Ending, "draft" | "salts">): void;
  /** Closes what is owed, as ended by `log-unavailable`: nothing of it was released. @throws when that fails again */
  settle(now: Date): Promise<{ readonly settled: number }>;
}

/** @param process the number of this process (`ProcessLease`), by which others find what it left open */
export function openRecordBook(database: Database, log: Log, process: bigint | null = null): RecordBook {
  const owed = new Map<string, Pick<Ending, "draft" | "salts">>();
  const owe: RecordBook["owe"] = ({ draft, salts }) => void owed.set(draft.recordId, { draft, salts });
  const open = groupCommit(async (rows: readonly OpeningRow[]) => {
    const opened = await openEvidence(database, rows, process);
    return rows.map(({ draft }) => opened.has(draft.recordId));
  });
  const close = groupCommit(async (endings: readonly Ending[]) => {
    const ends = endings.map(endOf);
    // By one statement. A transaction of several says for which of them it cannot be done, and why.
    if (
      !(await finishTogether(
        database,
        log.staging(ends.map(({ staged }) => staged)),
        ends.map(({ row }) => row),
      ))
    )
      await database.transaction((tx) => closeRecords(tx, log, ends));
    return endings.map(({ draft: { recordId } }) => ({ recordId }));
  });
  return {
    async open(row) {
      try {
        return await open(row);
      } catch (fault) {
        owe(row); // it may have become durable all the same
        throw fault;
      }
    },
    close,
    owe,
    async settle(now) {
      const tried = await Promise.allSettled(
        [...owed.values()].map(async (opened) => {
          const settled = await close({ ...opened, end: { outcome: "log-unavailable", now } }).catch(
            (fault: unknown) => {
              if (!isClosed(fault)) throw fault;
            },
          );
          owed.delete(opened.draft.recordId);
          return settled ? 1 : 0;
        }),
      );
      const failed = tried.find((one) => one.status === "rejected");
      if (failed) throw failed.reason;
      return { settled: tried.reduce((sum, one) => sum + (one.status === "fulfilled" ? one.value : 0), 0) };
    },
    redirect: async (draft) => {
      if (await redirectEvidence(database, draft)) return { recordId: draft.recordId };
      throw Object.assign(new Error("a record was closed before"), { code: "record-closed" });
    },
    refuse: (row, end) =>
      database.transaction(async (tx) => {
        if ((await openEvidence(tx, [row], process)).size === 0) return false;
        await closeRecords(tx, log, [endOf({ draft: row.draft, salts: row.salts, end })]);
        return true;
      }),
  };
}

/** Whether a record is closed already, or was never opened. */
function isClosed(fault: unknown): boolean {
  return (fault as { readonly code?: unknown } | null)?.code === "record-closed";
}

/** What is written when a record closes: its row, and its entry in the log. */
function endOf({ draft, salts, end }: Ending): { row: Omit<EndingRow, "logEntry">; staged: KeyedEntry } {
  const { recordId } = draft;
  const { record, entry } = closeEvidence(draft, salts, end);
  return {
    row: { recordId, outcome: end.outcome, record, now: end.now },
    staged: { entry, idem: recordId, label: salts.label },
  };
}

/** Closes records inside a transaction of the caller's, all of them or, by its failing, none. */
async function closeRecords(tx: Sql, log: Log, ends: readonly ReturnType<typeof endOf>[]): Promise<void> {
  const logEntries = await log.appendAll(
    tx,
    ends.map(({ staged }) => staged),
  );
  const rows = ends.map(({ row }, at) => ({ ...row, logEntry: logEntries[at]! }));
  if ((await finishEvidence(tx, rows)) !== ends.length) {
    throw Object.assign(new Error("a record was closed before"), { code: "record-closed" });
  }
}
