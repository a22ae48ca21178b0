import { document, leaf, tag } from "./iso.ts";

/** One movement on a customer's account. */
export interface Movement {
  /** The bank's reference for it. */
  readonly reference: string;
  readonly direction: "debit" | "credit";
  /** In whole dollars. */
  readonly amount: bigint;
  readonly endToEndId?: string;
  readonly uetr?: string;
  /** RtrInf: a reason code, for what comes back. */
  readonly returned?: string;
  readonly text?: string;
}

/**
 * A camt.054.001.12 notification. Movements that belong together (a file's debits, BtchBookg true) are one entry with
 * details; each of the others is an entry of its own.
 */
export function notification(o: {
  readonly id: string;
  readonly account: string;
  readonly createdAt: string;
  /** `YYYY-MM-DD`. */
  readonly bookedOn: string;
  readonly batch?: { readonly messageId: string; readonly reference: string; readonly movements: readonly Movement[] };
  readonly single?: readonly Movement[];
}): string {
  const { id, account, createdAt, bookedOn, batch, single = [] } = o;
  const entries: { direction: Movement["direction"]; amount: bigint; xml: string }[] = [];
  const entry = (direction: Movement["direction"], amount: bigint, reference: string, details: string): void => {
    const xml = tag(
      "Ntry",
      money(amount) +
        leaf("CdtDbtInd", indicator(direction)) +
        tag("Sts", leaf("Cd", "BOOK")) +
        tag("BookgDt", leaf("Dt", bookedOn)) +
        leaf("AcctSvcrRef", reference) +
        tag(
          "BkTxCd",
          tag("Domn", leaf("Cd", "PMNT") + tag("Fmly", leaf("Cd", family(direction)) + leaf("SubFmlyCd", "OTHR"))),
        ) +
        tag("NtryDtls", details),
    );
    entries.push({ direction, amount, xml });
  };
  if (batch && batch.movements.length > 0) {
    const total = batch.movements.reduce((sum, { amount }) => sum + amount, 0n);
    const header = tag("Btch", leaf("MsgId", batch.messageId) + leaf("NbOfTxs", String(batch.movements.length)));
    entry("debit", total, batch.reference, header + batch.movements.map(details).join(""));
  }
  for (const movement of single) entry(movement.direction, movement.amount, movement.reference, details(movement));
  const summary = (name: string, of: typeof entries): string =>
    tag(
      name,
      leaf("NbOfNtries", String(of.length)) + leaf("Sum", String(of.reduce((sum, { amount }) => sum + amount, 0n))),
    );
  const body = tag(
    "BkToCstmrDbtCdtNtfctn",
    tag("GrpHdr", leaf("MsgId", id) + leaf("CreDtTm", createdAt)) +
      tag(
        "Ntfctn",
        leaf("Id", id) +
          leaf("CreDtTm", createdAt) +
          tag("Acct", tag("Id", tag("Othr", leaf("Id", account))) + leaf("Ccy", "TWD")) +
          tag("TxsSummry", summary("TtlNtries", entries)) +
          entries.map(({ xml }) => xml).join(""),
      ),
  );
  return document("camt.054.001.12", body);
}

function details({ reference, direction, amount, endToEndId, uetr, returned, text }: Movement): string {
  return tag(
    "TxDtls",
    tag(
      "Refs",
      leaf("AcctSvcrRef", reference) +
        (endToEndId === undefined ? "" : leaf("EndToEndId", endToEndId)) +
        (uetr === undefined ? "" : leaf("UETR", uetr)),
    ) +
      money(amount) +
      leaf("CdtDbtInd", indicator(direction)) +
      (text === undefined ? "" : tag("RmtInf", leaf("Ustrd", text))) +
      (returned === undefined ? "" : tag("RtrInf", tag("Rsn", leaf("Cd", returned)))),
  );
}

function money(amount: bigint): string {
  return `<Amt Ccy="TWD">${amount}</Amt>`;
}

function indicator(direction: Movement["direction"]): "DBIT" | "CRDT" {
  return direction === "debit" ? "DBIT" : "CRDT";
}

function family(direction: Movement["direction"]): "ICDT" | "RCDT" {
  return direction === "debit" ? "ICDT" : "RCDT";
}
