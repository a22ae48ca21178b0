import { parseAmount } from "./credit-transfer.ts";
import type { ReportedLine, ReportedStatus, StatusReport } from "./read-status-report.ts";
import { reasonClass } from "./reasons.ts";
import type { PaymentEvent, State } from "../states.ts";

/** One of our payments as the resolver needs it. */
export interface OurLine {
  readonly endToEndId: string;
  readonly uetr: string;
  readonly amount: bigint;
  /** PmtInfId of its group in our file. */
  readonly group: string;
}

/** What a report says about one payment, inheritance resolved. */
export interface ResolvedLine {
  /** Our EndToEndId; absent when the line matches none of the file. */
  readonly endToEndId?: string;
  /** What the bank wrote, for unmatched lines. */
  readonly reported?: string;
  readonly code: string;
  readonly reason?: string;
  readonly amountDiffers: boolean;
}

/**
 * Resolves a pain.002 report against the lines of our file: the transaction's status if present, else the group's, else
 * the file's. A status above covers lines that are not listed only if it is not PART and no listed line contradicts
 * it: otherwise what is not listed is not known.
 */
export function resolveReport(report: StatusReport, ours: readonly OurLine[], decimals: number): ResolvedLine[] {
  const byEndToEnd = new Map(ours.map((line) => [line.endToEndId, line]));
  const byUetr = new Map(ours.map((line) => [line.uetr, line]));
  const resolved: ResolvedLine[] = [];
  const seen = new Set<string>();
  const find = (line: ReportedLine): OurLine | undefined =>
    byEndToEnd.get(line.endToEndId ?? "") ?? byUetr.get(line.uetr ?? "") ?? byEndToEnd.get(line.instructionId ?? "");

  const inherit = (own: ReportedStatus, ...above: readonly ReportedStatus[]): ReportedStatus =>
    [own, ...above].find(({ code }) => code !== undefined && code !== "PART") ?? {};

  let fileContradicted = false;
  for (const group of report.groups) {
    const groupStatus = inherit(group.status, report.status);
    let groupContradicted = false;
    for (const line of group.lines) {
      const status = inherit(line.status, groupStatus);
      const code = status.code ?? "";
      if (code !== groupStatus.code) groupContradicted = true;
      if (code !== report.status.code) fileContradicted = true;
      const reason = line.status.reason ?? status.reason;
      const match = find(line);
      const reported = line.endToEndId ?? line.uetr ?? line.instructionId ?? "";
      if (match) seen.add(match.endToEndId);
      resolved.push({
        ...(match ? { endToEndId: match.endToEndId } : { reported }),
        code,
        ...(reason !== undefined && { reason }),
        amountDiffers: match !== undefined && differs(line, match, decimals),
      });
    }
    if (group.status.code !== undefined && group.status.code !== report.status.code) fileContradicted = true;
    if (group.status.code !== undefined && group.status.code !== "PART" && !groupContradicted) {
      cover(
        ours.filter((line) => line.group === group.id),
        group.status,
        seen,
        resolved,
      );
    }
  }
  if (report.status.code !== undefined && report.status.code !== "PART" && !fileContradicted) {
    cover(ours, report.status, seen, resolved);
  }
  return resolved;
}

function cover(
  lines: readonly OurLine[],
  { code = "", reason }: ReportedStatus,
  seen: Set<string>,
  resolved: ResolvedLine[],
): void {
  for (const { endToEndId } of lines) {
    if (seen.has(endToEndId)) continue;
    seen.add(endToEndId);
    resolved.push({ endToEndId, code, ...(reason !== undefined && { reason }), amountDiffers: false });
  }
}

/** Banks may write `18750.00` for 18750: compared as numbers, so only zeros may follow. */
function differs({ amount }: ReportedLine, { amount: ours }: OurLine, decimals: number): boolean {
  if (!amount) return false;
  const text = decimals === 0 ? amount.text.replace(/\.0+$/, "") : amount.text;
  return parseAmount(text, decimals) !== ours;
}

export type LineOutcome = "applied" | "noted" | "repeated" | "contradiction" | "unmapped";

const acceptedCodes: ReadonlySet<string> = new Set(["ACTC", "ACCP", "ACWC", "ACSP", "ACWP"]);
const settledCodes: ReadonlySet<string> = new Set(["ACSC", "ACCC"]);
const refusedCodes: ReadonlySet<string> = new Set(["RJCT", "CANC"]);
/** Whether a status says that the bank will not carry the payment out. */
export function isRefusal(code: string): boolean {
  return refusedCodes.has(code);
}

const progressCodes: ReadonlySet<string> = new Set(["RCVD", "PDNG"]);

/**
 * What a status does to an instruction. Reports come late, twice and out of order: what only repeats or lags behind is
 * `repeated`; what denies a state that money has reached is a `contradiction` and changes nothing until the statement decides.
 */
export function statusStep(
  state: State,
  code: string,
  reason?: string,
): { readonly outcome: LineOutcome; readonly events: readonly PaymentEvent[] } {
  // A line without any status says nothing yet, like RCVD and PDNG.
  if (code === "" || progressCodes.has(code)) return { outcome: "noted", events: [] };
  const table = acceptedCodes.has(code)
    ? onAccepted
    : settledCodes.has(code)
      ? onSettled
      : !refusedCodes.has(code)
        ? undefined
        : reasonClass(reason) === "unclear"
          ? onUnclear
          : onRefused;
  if (!table) return { outcome: "unmapped", events: [] };
  const step = table[state] ?? "contradiction";
  return typeof step === "string" ? { outcome: step, events: [] } : { outcome: "applied", events: step };
}

type Steps = Readonly<Partial<Record<State, "repeated" | readonly PaymentEvent[]>>>;

const onAccepted: Steps = {
  submitted: ["status-accepted"],
  unknown: ["found-accepted"],
  accepted: "repeated",
  settled: "repeated",
  returned: "repeated",
};
const onSettled: Steps = {
  submitted: ["status-accepted", "status-settled"],
  accepted: ["status-settled"],
  unknown: ["found-settled"],
  settled: "repeated",
  returned: "repeated",
};
const onRefused: Steps = {
  submitted: ["status-rejected"],
  accepted: ["status-rejected"],
  unknown: ["found-rejected"],
  rejected: "repeated",
  "waiting-for-person": "repeated",
  rerouted: "repeated",
  abandoned: "repeated",
};
const onUnclear: Steps = {
  submitted: ["status-unclear"],
  accepted: ["status-unclear"],
  unknown: "repeated",
};
