import { err, ok, type Result } from "#kernel";
import { namespaceOf, schemaFaults } from "./check-schema.ts";
import { at, children, readXml, textAt, type XmlElement } from "./read-xml.ts";

/** The content of a pain.002 report as far as we use it. Everything but the ids may be absent. */
export interface StatusReport {
  readonly id: string;
  /** OrgnlMsgId: the MsgId of our file. */
  readonly originalId: string;
  readonly status: ReportedStatus;
  readonly groups: readonly {
    /** OrgnlPmtInfId. */
    readonly id: string;
    readonly status: ReportedStatus;
    readonly lines: readonly ReportedLine[];
  }[];
}

export interface ReportedStatus {
  /** ACTC, ACSC, RJCT, PART … */
  readonly code?: string;
  /** ExternalStatusReason1Code, or the bank's own code. */
  readonly reason?: string;
}

export interface ReportedLine {
  readonly endToEndId?: string;
  readonly uetr?: string;
  readonly instructionId?: string;
  readonly status: ReportedStatus;
  /** The original amount, where the bank repeats it. */
  readonly amount?: { readonly text: string; readonly currency: string };
}

/** Reads pain.002.001.14. The refusal is for the log: what the schema or the reader found. */
export function readStatusReport(xml: string): Result<StatusReport, string> {
  const read = readXml(xml, namespaceOf("pain.002.001.14"));
  if (!read.ok) return read;
  const wrong = schemaFaults(xml, "pain.002.001.14");
  if (wrong.length > 0) return err(wrong.slice(0, 5).join("; "));
  const body = at(read.value, "CstmrPmtStsRpt");
  const original = at(body, "OrgnlGrpInfAndSts");
  return ok({
    id: textAt(body, "GrpHdr", "MsgId") ?? "",
    originalId: textAt(original, "OrgnlMsgId") ?? "",
    status: readStatus(original, "GrpSts"),
    groups: children(body, "OrgnlPmtInfAndSts").map((group) => ({
      id: textAt(group, "OrgnlPmtInfId") ?? "",
      status: readStatus(group, "PmtInfSts"),
      lines: children(group, "TxInfAndSts").map(readLine),
    })),
  });
}

function readStatus(element: XmlElement | undefined, name: string): ReportedStatus {
  const code = textAt(element, name);
  const reason = at(element, "StsRsnInf", "Rsn");
  const reasonCode = textAt(reason, "Cd") ?? textAt(reason, "Prtry");
  return { ...(code !== undefined && { code }), ...(reasonCode !== undefined && { reason: reasonCode }) };
}

function readLine(element: XmlElement): ReportedLine {
  const endToEndId = textAt(element, "OrgnlEndToEndId");
  const uetr = textAt(element, "OrgnlUETR");
  const instructionId = textAt(element, "OrgnlInstrId");
  const amount = at(element, "OrgnlTxRef", "Amt", "InstdAmt");
  return {
    ...(endToEndId !== undefined && { endToEndId }),
    ...(uetr !== undefined && { uetr }),
    ...(instructionId !== undefined && { instructionId }),
    ...(amount && { amount: { text: amount.text, currency: amount.attributes["Ccy"] ?? "" } }),
    status: readStatus(element, "TxSts"),
  };
}
