import { err, ok, type Result } from "#kernel";
import { namespaceOf, schemaFaults } from "./check-schema.ts";
import type { Account, ChequeAddress } from "../contract.ts";
import {
  parseAmount,
  sumOf,
  type CreditTransferFile,
  type FileConventions,
  type Transfer,
  type TransferGroup,
} from "./credit-transfer.ts";
import { at, children, readXml, textAt, type XmlElement } from "./read-xml.ts";

/** Something wrong with a file, named by the ISO reason code a bank would answer. */
export interface FileFault {
  /** FF01 form, AM10 control sum, AM18 count, AM02 amount, AM05 duplicate, AC01 account, RC01 institution, DT01 date, BE04 address. */
  readonly code: "FF01" | "AM10" | "AM18" | "AM02" | "AM05" | "AC01" | "RC01" | "DT01" | "BE04";
  /** For the log: names elements and positions, no names and no accounts. */
  readonly message: string;
}

/**
 * Reads a pain.001.001.12 message as a careful bank would: form, schema, and then everything that the schema leaves
 * open (sums, counts, unique ids, decimals, digits, currency). Answers every fault, not only the first.
 */
export function readCreditTransfer(
  xml: string,
  conventions: FileConventions,
): Result<CreditTransferFile, readonly FileFault[]> {
  const read = readXml(xml, namespaceOf("pain.001.001.12"));
  if (!read.ok) return err([{ code: "FF01", message: read.error }]);
  const wrong = schemaFaults(xml, "pain.001.001.12");
  if (wrong.length > 0) return err(wrong.map((message) => ({ code: "FF01", message })));

  const faults: FileFault[] = [];
  const fault = (code: FileFault["code"], message: string): void => void faults.push({ code, message });
  const body = at(read.value, "CstmrCdtTrfInitn");
  const header = at(body, "GrpHdr");
  const groups = children(body, "PmtInf").map((element) => readGroup(element, conventions, fault));
  const transfers = groups.flatMap((group) => group.transfers);

  checkTotals(header, "GrpHdr", transfers, conventions, fault);
  unique(groups, ({ id }) => id, "PmtInfId", fault);
  unique(transfers, ({ endToEndId }) => endToEndId, "EndToEndId", fault);
  unique(transfers, ({ uetr }) => uetr, "UETR", fault);
  if (faults.length > 0) return err(faults);
  return ok({
    id: textAt(header, "MsgId") ?? "",
    createdAt: textAt(header, "CreDtTm") ?? "",
    initiator: {
      name: textAt(header, "InitgPty", "Nm") ?? "",
      organisationId: textAt(header, "InitgPty", "Id", "OrgId", "Othr", "Id") ?? "",
    },
    groups,
  });
}

type Report = (code: FileFault["code"], message: string) => void;

function readGroup(element: XmlElement, conventions: FileConventions, fault: Report): TransferGroup {
  const id = textAt(element, "PmtInfId") ?? "";
  const method = textAt(element, "PmtMtd");
  if (method !== "TRF" && method !== "CHK") fault("FF01", `${id}: PmtMtd is neither TRF nor CHK`);
  const drawn = readAccount(element, "Dbtr", id, conventions, fault);
  const transfers = children(element, "CdtTrfTxInf").map((one, index) =>
    readTransfer(one, `${id} line ${index + 1}`, method === "CHK" ? drawn : undefined, conventions, fault),
  );
  checkTotals(element, id, transfers, conventions, fault);
  const executionDate = textAt(element, "ReqdExctnDt", "Dt");
  if (executionDate === undefined) fault("DT01", `${id}: ReqdExctnDt has no Dt`);
  return {
    id,
    purposeCode: textAt(element, "PmtTpInf", "CtgyPurp", "Cd") ?? "",
    executionDate: executionDate ?? "",
    payer: {
      accountName: textAt(element, "Dbtr", "Nm") ?? "",
      account: drawn,
    },
    transfers,
  };
}

/** `drawn`: the payer's account of a group of cheques. */
function readTransfer(
  element: XmlElement,
  where: string,
  drawn: Account | undefined,
  conventions: FileConventions,
  fault: Report,
): Transfer {
  const money = at(element, "Amt", "InstdAmt");
  const amount = parseAmount(money?.text ?? "", conventions.currency.decimals);
  if (amount === undefined || amount === 0n || money?.attributes["Ccy"] !== conventions.currency.code) {
    fault("AM02", `${where}: not an amount above zero in whole units of ${conventions.currency.code}`);
  }
  return {
    endToEndId: textAt(element, "PmtId", "EndToEndId") ?? "",
    uetr: textAt(element, "PmtId", "UETR") ?? "",
    amount: amount ?? 0n,
    payeeName: textAt(element, "Cdtr", "Nm") ?? "",
    account: drawn ?? readAccount(element, "Cdtr", where, conventions, fault),
    ...(drawn && { cheque: readAddress(element, where, fault) }),
    text: textAt(element, "RmtInf", "Ustrd") ?? "",
  };
}

function readAddress(element: XmlElement, where: string, fault: Report): ChequeAddress {
  const address = at(element, "Cdtr", "PstlAdr");
  const lines = children(address, "AdrLine").map(({ text }) => text);
  if (lines.length === 0) fault("BE04", `${where}: a cheque needs an address`);
  return { postalCode: textAt(address, "PstCd") ?? "", lines };
}

function readAccount(
  element: XmlElement,
  party: "Dbtr" | "Cdtr",
  where: string,
  conventions: FileConventions,
  fault: Report,
): Account {
  const member = at(element, `${party}Agt`, "FinInstnId", "ClrSysMmbId");
  const institution = textAt(member, "MmbId") ?? "";
  const number = textAt(element, `${party}Acct`, "Id", "Othr", "Id") ?? "";
  if (textAt(member, "ClrSysId", "Cd") !== conventions.clearingSystem || !/^\d+$/.test(institution)) {
    fault("RC01", `${where}: ${party}Agt is not a member of ${conventions.clearingSystem}`);
  }
  if (!/^\d+$/.test(number)) fault("AC01", `${where}: ${party}Acct is not a number`);
  return { institution, number };
}

/** NbOfTxs and CtrlSum are optional below the header, but where they stand they must be true. */
function checkTotals(
  element: XmlElement | undefined,
  where: string,
  transfers: readonly Transfer[],
  conventions: FileConventions,
  fault: Report,
): void {
  const count = textAt(element, "NbOfTxs");
  if (count !== undefined && count !== String(transfers.length)) fault("AM18", `${where}: NbOfTxs is not the count`);
  const sum = textAt(element, "CtrlSum");
  if (sum !== undefined && parseAmount(sum, conventions.currency.decimals) !== sumOf(transfers)) {
    fault("AM10", `${where}: CtrlSum is not the sum`);
  }
}

function unique<Item>(items: readonly Item[], key: (item: Item) => string, name: string, fault: Report): void {
  const keys = items.map(key).filter((text) => text !== "");
  if (new Set(keys).size !== keys.length) fault("AM05", `${name} repeats`);
}
