import type { Sql } from "#store";
import { raiseIncident, type IncidentKind } from "../incidents.ts";
import type { Payments } from "../open.ts";
import { reasonClass, type ReasonClass } from "./reasons.ts";

/** What the bank said about one payment of a file. */
export interface Said {
  readonly instruction: string;
  readonly file: string;
  readonly reason: string | undefined;
}

/** Refusals that need more than the payee: whom they call, and whether for the file or for each payment. */
const calls: Readonly<Partial<Record<ReasonClass, { kind: IncidentKind; subject: "file" | "instruction" }>>> = {
  treasury: { kind: "funds-missing", subject: "file" },
  unclear: { kind: "inquiry", subject: "file" },
  "stop-heirs": { kind: "payee-dead", subject: "instruction" },
  "read-text": { kind: "reason-in-words", subject: "instruction" },
  unmapped: { kind: "reason-unmapped", subject: "instruction" },
};

const amountReasons: ReadonlySet<string> = new Set(["AM01", "AM02", "AM14"]);

/** Opens the incidents that refusals or returns call for: one for a file or payment, however many lines say so. */
export async function raiseForReasons(payments: Payments, tx: Sql, refusals: readonly Said[]): Promise<void> {
  const wanted = new Map<string, { kind: IncidentKind; subject: string; detail: string }>();
  for (const { instruction, file, reason } of refusals) {
    const needs = reasonClass(reason);
    const kind: IncidentKind = amountReasons.has(reason ?? "") ? "amount-refused" : "file-refused";
    const call = needs === "our-fault" ? { kind, subject: "file" as const } : calls[needs];
    if (!call) continue;
    const subject = call.subject === "file" ? file : instruction;
    wanted.set(`${call.kind} ${subject}`, { kind: call.kind, subject, detail: reason ?? "" });
  }
  for (const incident of wanted.values()) await raiseIncident(payments, tx, incident);
}
