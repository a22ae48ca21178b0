import type { CreditTransferFile, FileFault, Transfer } from "#payments";
import { document, leaf, tag } from "./iso.ts";
import { fileBehaviourOf, type LineBehaviour, type LineStatus } from "./magic.ts";

/** One pain.002 report to be written: its running number begins at 1. */
export interface PlannedReport {
  readonly number: number;
  readonly xml: string;
}

/** A line of a file with its group and what will become of it. */
export interface FatedLine {
  readonly group: string;
  readonly transfer: Transfer;
  readonly fate: LineBehaviour;
}

/** The reports a file will get, in order. Pure: the same file and fates always get the same answers. */
export function answerFile(
  file: Pick<CreditTransferFile, "id">,
  lines: readonly FatedLine[],
  createdAt: string,
): PlannedReport[] {
  const behaviour = fileBehaviourOf(file.id);
  if (behaviour.kind === "lost") return [];
  if (behaviour.kind === "refused") return [refuseFile(file.id, behaviour.reason, createdAt)];

  const rounds = Math.max(...lines.map(({ fate }) => fate.statuses.length));
  return Array.from({ length: rounds }, (_, round) => {
    const named = lines.flatMap(({ group, transfer, fate }) => {
      const status = fate.statuses[round];
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
  return document("pain.002.001.14", tag("CstmrPmtStsRpt", header + original + groups));
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
