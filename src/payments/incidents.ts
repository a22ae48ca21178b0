import { err, ok, uuidV7, type Result } from "#kernel";
import type { Sql } from "#store";
import type { Payments } from "./open.ts";
import type { PaymentsRefusal } from "./problems.ts";
import {
  closeIncidentRow,
  insertIncident,
  lockIncident,
  openIncidentRows,
  type IncidentRow,
} from "./store-incidents.ts";

export type IncidentKind =
  | "file-refused"
  | "funds-missing"
  | "amount-refused"
  | "reason-unmapped"
  | "reason-in-words"
  | "reference-reused"
  | "inquiry"
  | "payee-dead"
  | "overdue";

interface IncidentRule {
  /** The role that must act. */
  readonly owner: "operator" | "treasury" | "caseworker";
  readonly hours: number;
  /** No new file is made while it is open. */
  readonly blocks: boolean;
}

/** What goes wrong so that a person must act, who, within how many hours, and whether new files wait for it. */
export const incidentKinds: Readonly<Record<IncidentKind, IncidentRule>> = {
  /** The bank refused a whole file for its form (FF01, AM10, AM18): our fault. */
  "file-refused": { owner: "operator", hours: 4, blocks: true },
  /** The payer's account lacks money (AM04). */
  "funds-missing": { owner: "treasury", hours: 4, blocks: true },
  /** An amount the bank does not take (AM01, AM02, AM14): our checks let it through. */
  "amount-refused": { owner: "operator", hours: 24, blocks: true },
  /** A reason code that no table knows: to be mapped, then acted on. */
  "reason-unmapped": { owner: "operator", hours: 24, blocks: false },
  /** A reason in words (NARR, MS03): to be read. */
  "reason-in-words": { owner: "caseworker", hours: 24, blocks: false },
  /** The bank reused one of its references for another line. */
  "reference-reused": { owner: "treasury", hours: 24, blocks: false },
  /** No status in time, or an unclear one: the bank must be asked. */
  inquiry: { owner: "treasury", hours: 24, blocks: false },
  /** The payee has died. */
  "payee-dead": { owner: "caseworker", hours: 72, blocks: false },
  /** Payments wait longer than their state allows; `subject` is the state, `detail` how many (at most 1,000 are counted). */
  overdue: { owner: "caseworker", hours: 72, blocks: false },
};

export interface Incident extends Omit<IncidentRow, "kind"> {
  readonly kind: IncidentKind;
}

/** Opens an incident unless the same one is open. `detail` holds codes and ids, no names. */
export async function raiseIncident(
  payments: Payments,
  tx: Sql,
  incident: { readonly kind: IncidentKind; readonly subject: string; readonly detail: string },
): Promise<void> {
  const { owner, hours, blocks } = incidentKinds[incident.kind];
  const openedAt = payments.clock.now();
  const dueAt = new Date(openedAt.getTime() + hours * 3_600_000);
  await insertIncident(tx, { ...incident, id: uuidV7(openedAt), owner, blocks, openedAt, dueAt });
}

/** Open incidents, those that block files first, then by when they are due. */
export async function openIncidents(payments: Payments, limit = 100, offset = 0): Promise<readonly Incident[]> {
  return (await openIncidentRows(payments.database, limit, offset)) as Incident[];
}

/**
 * Closes an incident with what was done about it. One that blocks files takes a second person. The same call again
 * answers as the first did.
 */
export async function closeIncident(
  payments: Payments,
  close: { readonly incidentId: string; readonly by: string; readonly confirmedBy?: string; readonly note: string },
): Promise<
  Result<
    { readonly incidentId: string },
    PaymentsRefusal<"incident-unknown" | "incident-closed" | "confirmation-needed" | "evidence-missing">
  >
> {
  const { incidentId, by, confirmedBy, note } = close;
  if (by.trim() === "" || note.trim() === "") return err({ code: "evidence-missing" });
  return payments.database.transaction(async (tx) => {
    const incident = await lockIncident(tx, incidentId);
    if (!incident) return err({ code: "incident-unknown" });
    if (incident.closedBy !== null) {
      return incident.closedBy === by ? ok({ incidentId }) : err({ code: "incident-closed" });
    }
    if (incident.blocks && (confirmedBy === undefined || confirmedBy.trim() === "" || confirmedBy === by)) {
      return err({ code: "confirmation-needed" });
    }
    await closeIncidentRow(tx, {
      id: incidentId,
      by,
      confirmedBy: confirmedBy ?? null,
      note,
      at: payments.clock.now(),
    });
    return ok({ incidentId });
  });
}
