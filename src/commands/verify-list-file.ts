import { logFilesAt, scanLog, type ScannedLog } from "#ledger";
import { verifyPersonList, type ListVerdict, type PersonList } from "#ledger/lists";
import { messageOf } from "./answer.ts";

/** The file that the data-use page hands out for each agency's log. */
export interface ListFile {
  readonly subject: string;
  readonly topic: string;
  /** The log. */
  readonly origin: string;
  readonly list: PersonList;
}

export function isListFile(value: unknown): value is ListFile {
  return typeof value === "object" && value !== null && "list" in value && "subject" in value;
}

/**
 * `taroko verify` for a whole list: that nothing was left out of it, and with the log's files that the log's keeper put
 * everything onto it.
 * @returns the exit status: 0 verified, 1 not verified, 2 could not be checked
 */
export async function verifyListFile(
  { list, subject, topic, origin }: ListFile,
  policy: string,
  options: { readonly log?: string | undefined; readonly json?: boolean | undefined },
): Promise<0 | 1 | 2> {
  const verdict = await verifyPersonList(list, { subject, topic, origin }, policy);
  let scan: ScannedLog | undefined;
  if (verdict.ok && options.log !== undefined) {
    try {
      scan = await scanLog(list, subject, verdict, logFilesAt(options.log));
    } catch (cause) {
      console.error(`The log at ${options.log} could not be read: ${messageOf(cause)}`);
      return 2;
    }
  }
  const good = verdict.ok && (scan?.lacking.length ?? 0) === 0 && (scan?.foreign.length ?? 0) === 0;
  if (options.json) console.log(JSON.stringify({ ...verdict, ok: good, ...(scan ? { scan } : {}) }, null, 2));
  else print(verdict, scan);
  return good ? 0 : 1;
}

function print(verdict: ListVerdict, scan: ScannedLog | undefined): void {
  if (!verdict.ok) {
    console.log(`NOT verified: ${verdict.step}: ${verdict.reason}`);
    return;
  }
  const wrong = scan !== undefined && scan.lacking.length + scan.foreign.length > 0;
  console.log(
    wrong ? "NOT verified: the log's keeper left entries out, or listed others'" : "verified: nothing was left out",
  );
  console.log(`  log        ${verdict.origin}`);
  console.log(`  covers     entries ${verdict.from} to ${verdict.upto - 1}, as of ${verdict.at}`);
  console.log(`  about you  ${verdict.positions.length}: ${verdict.positions.join(", ") || "none"} (${verdict.topic})`);
  for (const { name, time } of verdict.witnesses)
    console.log(`  witness    ${name}, ${new Date(time * 1000).toISOString()}`);
  if (!scan) return;
  console.log(`  read       all ${scan.scanned} entries of the log, with your key`);
  if (scan.lacking.length > 0) console.log(`  LEFT OUT   ${scan.lacking.join(", ")}`);
  if (scan.foreign.length > 0) console.log(`  NOT YOURS  ${scan.foreign.join(", ")}`);
}
