import { sha256Hex } from "../binding.ts";
import type { BankChannel } from "../contract.ts";
import type { Payments } from "../open.ts";
import { receiveNotification } from "./receive-notification.ts";
import { receiveStatus } from "./receive-status.ts";
import { knownReports, quarantineEntries, type QuarantineEntry } from "./store-reports.ts";

export interface Collection {
  /** Reports that were new and applied. */
  readonly applied: number;
  /** Reports we had before. */
  readonly repeated: number;
  /** Reports that went to quarantine, now or earlier. */
  readonly quarantined: number;
}

/**
 * Fetches the bank's reports and takes each. Safe to repeat: what is known by its hash is not applied again.
 * @throws what the channel throws when the bank cannot be reached; nothing is lost, call again
 */
export async function collectStatuses(payments: Payments, channel: BankChannel): Promise<Collection> {
  const sum = { applied: 0, repeated: 0, quarantined: 0 };
  // A bank that is told what was taken offers the rest, page by page.
  for (let page = 0; page < pagesAtOnce; page += 1) {
    const { reports, ...taken } = await collectPage(payments, channel);
    sum.applied += taken.applied;
    sum.repeated += taken.repeated;
    sum.quarantined += taken.quarantined;
    if (reports === 0 || !channel.confirm) break;
  }
  return sum;
}

const pagesAtOnce = 20;

async function collectPage(
  payments: Payments,
  channel: BankChannel,
): Promise<Collection & { readonly reports: number }> {
  let [applied, repeated, quarantined] = [0, 0, 0];
  const reports = (await channel.collect()).map((report) => ({ ...report, sha256: sha256Hex(report.xml) }));
  const known = await knownReports(
    payments.database,
    reports.map(({ sha256 }) => sha256),
  );
  for (const { name, xml, sha256 } of reports) {
    const before = known.get(sha256);
    if (before !== undefined) {
      if (before === "applied") repeated += 1;
      else quarantined += 1;
      continue;
    }
    const taken = isNotification(xml)
      ? await receiveNotification(payments, xml, name)
      : await receiveStatus(payments, xml, name);
    if (!taken.ok) quarantined += 1;
    else if (taken.value.repeated) repeated += 1;
    else applied += 1;
  }
  // Only now: a kill before leaves them with the bank, and they are known by their hash.
  if (reports.length > 0) await channel.confirm?.(reports.map(({ name }) => name));
  return { applied, repeated, quarantined, reports: reports.length };
}

/** Only which reader to ask: the reader judges the namespace itself. */
function isNotification(xml: string): boolean {
  return xml.slice(0, 2_000).includes("urn:iso:std:iso:20022:tech:xsd:camt.054.");
}

/** Whole reports and single lines that a person must look at, oldest first. */
export function quarantine(payments: Payments, limit = 100): Promise<QuarantineEntry[]> {
  return quarantineEntries(payments.database, limit);
}
