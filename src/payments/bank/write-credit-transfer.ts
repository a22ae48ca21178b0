import { namespaceOf } from "./check-schema.ts";
import type { Account, ChequeAddress } from "../contract.ts";
import {
  formatAmount,
  sumOf,
  type CreditTransferFile,
  type FileConventions,
  type Transfer,
  type TransferGroup,
} from "./credit-transfer.ts";

/**
 * Writes a pain.001.001.12 message (CustomerCreditTransferInitiationV12), UTF-8, without byte order mark. The order of
 * elements is the schema's. Charges fall on the debtor (ChrgBr DEBT): the payee gets the full amount.
 * @throws `xml-character` when a text holds what XML 1.0 cannot carry; `grantEntitlement` refuses those first
 */
export function writeCreditTransfer(file: CreditTransferFile, conventions: FileConventions): string {
  const money = (amount: bigint): string => formatAmount(amount, conventions.currency.decimals);
  const all = file.groups.flatMap((group) => group.transfers);

  const agent = ({ institution }: Account): string =>
    tag(
      "FinInstnId",
      tag("ClrSysMmbId", tag("ClrSysId", leaf("Cd", conventions.clearingSystem)) + leaf("MmbId", institution)),
    );
  const account = ({ number }: Account): string =>
    tag("Id", tag("Othr", leaf("Id", number) + tag("SchmeNm", leaf("Cd", "BBAN"))));

  const payee = (one: Transfer): string =>
    one.cheque
      ? tag("ChqInstr", tag("DlvryMtd", leaf("Cd", "MLCD"))) +
        tag("Cdtr", leaf("Nm", one.payeeName) + address(one.cheque))
      : tag("CdtrAgt", agent(one.account)) +
        tag("Cdtr", leaf("Nm", one.payeeName)) +
        tag("CdtrAcct", account(one.account));

  const transfer = (one: Transfer, purposeCode: string): string =>
    tag(
      "CdtTrfTxInf",
      tag("PmtId", leaf("EndToEndId", one.endToEndId) + leaf("UETR", one.uetr)) +
        tag("Amt", `<InstdAmt Ccy="${escape(conventions.currency.code)}">${money(one.amount)}</InstdAmt>`) +
        payee(one) +
        tag("Purp", leaf("Cd", purposeCode)) +
        tag("RmtInf", leaf("Ustrd", one.text)),
    );

  const group = (one: TransferGroup): string =>
    tag(
      "PmtInf",
      leaf("PmtInfId", one.id) +
        leaf("PmtMtd", one.transfers.some(({ cheque }) => cheque) ? "CHK" : "TRF") +
        leaf("BtchBookg", "true") +
        leaf("NbOfTxs", String(one.transfers.length)) +
        leaf("CtrlSum", money(sumOf(one.transfers))) +
        tag("PmtTpInf", tag("SvcLvl", leaf("Cd", "NURG")) + tag("CtgyPurp", leaf("Cd", one.purposeCode))) +
        tag("ReqdExctnDt", leaf("Dt", one.executionDate)) +
        tag("Dbtr", leaf("Nm", one.payer.accountName)) +
        tag("DbtrAcct", account(one.payer.account) + leaf("Ccy", conventions.currency.code)) +
        tag("DbtrAgt", agent(one.payer.account)) +
        leaf("ChrgBr", "DEBT") +
        one.transfers.map((each) => transfer(each, one.purposeCode)).join("\n"),
    );

  const header = tag(
    "GrpHdr",
    leaf("MsgId", file.id) +
      leaf("CreDtTm", file.createdAt) +
      leaf("NbOfTxs", String(all.length)) +
      leaf("CtrlSum", money(sumOf(all))) +
      tag(
        "InitgPty",
        leaf("Nm", file.initiator.name) +
          tag(
            "Id",
            tag("OrgId", tag("Othr", leaf("Id", file.initiator.organisationId) + tag("SchmeNm", leaf("Cd", "TXID")))),
          ),
      ),
  );
  const body = tag("CstmrCdtTrfInitn", [header, ...file.groups.map(group)].join("\n"));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${namespaceOf("pain.001.001.12")}">${body}</Document>\n`;
}

function address({ postalCode, lines }: ChequeAddress): string {
  return tag("PstlAdr", leaf("PstCd", postalCode) + lines.map((line) => leaf("AdrLine", line)).join(""));
}

function tag(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function leaf(name: string, text: string): string {
  return tag(name, escape(text));
}

const replacements: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text for an element or attribute. Characters that XML 1.0 has no way to write are a fault, never dropped. */
function escape(text: string): string {
  if (!text.isWellFormed() || /[\p{Cc}\uFFFE\uFFFF]/u.test(text)) {
    throw Object.assign(new Error("a text holds characters that XML cannot carry"), { code: "xml-character" });
  }
  return text.replaceAll(/[&<>"]/g, (character) => replacements[character] ?? character);
}
