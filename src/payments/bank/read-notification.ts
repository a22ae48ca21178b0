import { err, ok, type Result } from "#kernel";
import { namespaceOf, schemaFaults } from "./check-schema.ts";
import { parseAmount, type FileConventions } from "./credit-transfer.ts";
import { at, children, readXml, textAt, type XmlElement } from "./read-xml.ts";

/** One movement on one of our accounts. */
export interface NotifiedLine {
  /** Our account at the bank. */
  readonly account: string;
  /** The bank's own reference, unique on that account for ever. */
  readonly reference: string;
  readonly direction: "debit" | "credit";
  readonly amount: bigint;
  /** `YYYY-MM-DD`. */
  readonly bookedOn: string;
  readonly endToEndId?: string;
  readonly uetr?: string;
  readonly instructionId?: string;
  /** RtrInf: the line brings a payment back. `""` where the bank gives no reason. */
  readonly returned?: string;
  /** RmtInf/Ustrd: what whoever paid wrote. */
  readonly text: string;
}

export interface Notification {
  readonly id: string;
  readonly lines: readonly NotifiedLine[];
}

/**
 * Reads a camt.054.001.12 notification: schema, then everything that the schema leaves open (our currency in whole units,
 * above zero, totals that are the sums, a reference for every line and none twice). Entries that are not booked yet
 * (Sts other than BOOK) say nothing. The refusal is for the log: it names elements and counts, never names or accounts.
 */
export function readNotification(xml: string, conventions: FileConventions): Result<Notification, string> {
  const read = readXml(xml, namespaceOf("camt.054.001.12"));
  if (!read.ok) return read;
  const wrong = schemaFaults(xml, "camt.054.001.12");
  if (wrong.length > 0) return err(wrong.slice(0, 5).join("; "));
  const body = at(read.value, "BkToCstmrDbtCdtNtfctn");
  const lines: NotifiedLine[] = [];
  for (const [index, notification] of children(body, "Ntfctn").entries()) {
    const where = `Ntfctn ${index + 1}`;
    const account = accountOf(notification);
    if (account === "") return err(`${where}: Acct has no number`);
    const sums = { all: 0n, credit: 0n, debit: 0n };
    const counts = { all: 0n, credit: 0n, debit: 0n };
    for (const [n, entry] of children(notification, "Ntry").entries()) {
      const found = readEntry(entry, account, `${where} Ntry ${n + 1}`, conventions);
      if (!found.ok) return found;
      const { direction, total } = found.value;
      sums.all += total;
      counts.all += 1n;
      sums[direction] += total;
      counts[direction] += 1n;
      lines.push(...found.value.lines);
    }
    const summary = at(notification, "TxsSummry");
    for (const [name, which] of [
      ["TtlNtries", "all"],
      ["TtlCdtNtries", "credit"],
      ["TtlDbtNtries", "debit"],
    ] as const) {
      const count = textAt(summary, name, "NbOfNtries");
      const sum = textAt(summary, name, "Sum");
      if (count !== undefined && BigInt(count) !== counts[which])
        return err(`${where}: ${name}/NbOfNtries is not the count`);
      if (sum !== undefined && amountOf(sum, conventions) !== sums[which])
        return err(`${where}: ${name}/Sum is not the sum`);
    }
  }
  const references = new Set(lines.map(({ account, reference }) => JSON.stringify([account, reference])));
  if (references.size !== lines.length) return err("a reference repeats");
  return ok({ id: textAt(body, "GrpHdr", "MsgId") ?? "", lines });
}

interface Entry {
  readonly direction: "debit" | "credit";
  readonly total: bigint;
  readonly lines: readonly NotifiedLine[];
}

function readEntry(
  entry: XmlElement,
  account: string,
  where: string,
  conventions: FileConventions,
): Result<Entry, string> {
  const total = moneyOf(at(entry, "Amt"), conventions);
  if (total === undefined)
    return err(`${where}: not an amount above zero in whole units of ${conventions.currency.code}`);
  const direction = directionOf(entry);
  const details = children(entry, "NtryDtls");
  const batches = details.flatMap((one) => children(one, "Btch"));
  const transactions = details.flatMap((one) => children(one, "TxDtls"));
  const stated = textAt(batches[0], "NbOfTxs");
  if (stated !== undefined && transactions.length > 0 && BigInt(stated) !== BigInt(transactions.length)) {
    return err(`${where}: Btch/NbOfTxs is not the count`);
  }
  if (textAt(entry, "Sts", "Cd") !== "BOOK") return ok({ direction, total, lines: [] });

  const bookedOn = dayOf(at(entry, "BookgDt"));
  if (bookedOn === undefined) return err(`${where}: BookgDt is missing`);
  const own = textAt(entry, "AcctSvcrRef");
  const base = { account, bookedOn };
  if (transactions.length === 0) {
    if (own === undefined) return err(`${where}: AcctSvcrRef is missing`);
    return ok({ direction, total, lines: [{ ...base, reference: own, direction, amount: total, text: "" }] });
  }
  const lines: NotifiedLine[] = [];
  let sum = 0n;
  for (const [n, transaction] of transactions.entries()) {
    const amountElement = at(transaction, "Amt");
    const amount = amountElement ? moneyOf(amountElement, conventions) : transactions.length === 1 ? total : undefined;
    if (amount === undefined) return err(`${where} TxDtls ${n + 1}: not an amount above zero`);
    if (children(transaction, "CdtDbtInd").length > 0 && directionOf(transaction) !== direction) {
      return err(`${where} TxDtls ${n + 1}: CdtDbtInd differs from its entry`);
    }
    sum += amount;
    const reference =
      textAt(transaction, "Refs", "AcctSvcrRef") ??
      (own === undefined ? undefined : transactions.length === 1 ? own : `${own}/${n + 1}`);
    if (reference === undefined) return err(`${where} TxDtls ${n + 1}: AcctSvcrRef is missing`);
    lines.push({ ...base, reference, direction, amount, ...idsOf(transaction) });
  }
  return sum === total ? ok({ direction, total, lines }) : err(`${where}: Amt is not the sum of its TxDtls`);
}

function idsOf(
  transaction: XmlElement,
): Pick<NotifiedLine, "endToEndId" | "uetr" | "instructionId" | "returned" | "text"> {
  const refs = at(transaction, "Refs");
  const endToEndId = textAt(refs, "EndToEndId");
  const uetr = textAt(refs, "UETR");
  const instructionId = textAt(refs, "InstrId");
  const back = at(transaction, "RtrInf");
  return {
    ...(endToEndId !== undefined && { endToEndId }),
    ...(uetr !== undefined && { uetr }),
    ...(instructionId !== undefined && { instructionId }),
    ...(back && { returned: textAt(back, "Rsn", "Cd") ?? textAt(back, "Rsn", "Prtry") ?? "" }),
    text: children(at(transaction, "RmtInf"), "Ustrd")
      .map(({ text }) => text)
      .join(" "),
  };
}

function accountOf(notification: XmlElement): string {
  const id = at(notification, "Acct", "Id");
  return textAt(id, "Othr", "Id") ?? textAt(id, "IBAN") ?? "";
}

function directionOf(element: XmlElement): "debit" | "credit" {
  // Also of a reversal (RvslInd): the indicator says which way the money goes now.
  return textAt(element, "CdtDbtInd") === "DBIT" ? "debit" : "credit";
}

function dayOf(element: XmlElement | undefined): string | undefined {
  return (textAt(element, "Dt") ?? textAt(element, "DtTm"))?.slice(0, 10);
}

function moneyOf(element: XmlElement | undefined, conventions: FileConventions): bigint | undefined {
  if (element?.attributes["Ccy"] !== conventions.currency.code) return undefined;
  const amount = amountOf(element.text, conventions);
  return amount === undefined || amount <= 0n ? undefined : amount;
}

/** Banks may write `18750.00` for 18750: only zeros may follow. */
function amountOf(text: string, { currency }: FileConventions): bigint | undefined {
  const trimmed = currency.decimals === 0 ? text.trim().replace(/\.0+$/, "") : text.trim();
  return parseAmount(trimmed, currency.decimals);
}
