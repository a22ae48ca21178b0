import type { CreditTransferFile, FileFault, Transfer } from "#payments";
import { behaviourOf, fileBehaviourOf, type LineStatus } from "./magic.ts";

/** One pain.002 report to be written: its running number begins at 1. */
export interface PlannedReport {
  readonly number: number;
  readonly xml: string;
}

/** The reports a file will get, in order. Pure: the same file always gets the same answers. */
export function answerFile(file: CreditTransferFile, createdAt: string): PlannedReport[] {
  const behaviour = fileBehaviourOf(file.id);
  if (behaviour.kind === "lost") return [];
  if (behaviour.kind === "refused") return [refuseFile(file.id, behaviour.reason, createdAt)];

  const lines = file.groups.flatMap((group) => group.transfers.map((transfer) => ({ group: group.id, transfer })));
  const rounds = Math.max(...lines.map(({ transfer }) => behaviourOf(transfer.account.number).statuses.length));
  return Array.from({ length: rounds }, (_, round) => {
    const named = lines.flatMap(({ group, transfer }) => {
      const status = behaviourOf(transfer.account.number).statuses[round];
      return status ? [{ group, transfer, status }] : [];
    });
    const codes = new Set(named.map(({ status }) => status.code));
    const whole = named.length === lines.length && codes.size === 1;
    const groups = [...Map.groupBy(named, ({ group }) => group)].map(([id, members]) =>
      tag(
        "OrgnlPmtInfAndSts",
        leaf("OrgnlPmtInfId", id) + members.map(({ transfer, status }) => lineStatus(transfer, status)).join(""),
      ),
    );
    return {
      number: round + 1,
      xml: report(file.id, round + 1, createdAt, leaf("GrpSts", whole ? [...codes][0]! : "PART"), groups.join("")),
    };
  });
}

/** A file the bank read but will not carry out, with the first reason. */
export function refuseFaultyFile(messageId: string, faults: readonly FileFault[], createdAt: string): PlannedReport {
  return refuseFile(messageId, faults[0]?.code ?? "FF01", createdAt);
}

function refuseFile(messageId: string, reason: string, createdAt: string): PlannedReport {
  return {
    number: 1,
    xml: report(messageId, 1, createdAt, leaf("GrpSts", "RJCT") + tag("StsRsnInf", tag("Rsn", leaf("Cd", reason))), ""),
  };
}

function report(messageId: string, number: number, createdAt: string, status: string, groups: string): string {
  const id = `BK-${number}-${messageId}`.slice(0, 35);
  const header = tag("GrpHdr", leaf("MsgId", id) + leaf("CreDtTm", createdAt));
  const original = tag(
    "OrgnlGrpInfAndSts",
    leaf("OrgnlMsgId", messageId) + leaf("OrgnlMsgNmId", "pain.001.001.12") + status,
  );
  const body = tag("CstmrPmtStsRpt", header + original + groups);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.14">${body}</Document>\n`;
}

function lineStatus({ endToEndId, uetr, amount }: Transfer, { code, reason, note }: LineStatus): string {
  const why =
    reason === undefined
      ? ""
      : tag("StsRsnInf", tag("Rsn", leaf("Cd", reason)) + (note === undefined ? "" : leaf("AddtlInf", note)));
  return tag(
    "TxInfAndSts",
    leaf("OrgnlEndToEndId", endToEndId) +
      leaf("OrgnlUETR", uetr) +
      leaf("TxSts", code) +
      why +
      tag("OrgnlTxRef", tag("Amt", `<InstdAmt Ccy="TWD">${amount}</InstdAmt>`)),
  );
}

function tag(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** All texts written here are ids, codes and digits; escaped all the same. */
function leaf(name: string, text: string): string {
  return tag(name, text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"));
}
