import type { PaymentEvent, State } from "../states.ts";

/** Why a line is not explained by the payment it names; `unmatched` names none. */
export type Unexplained =
  | "unmatched"
  | "amount-differs"
  | "contradiction"
  | "paid-twice"
  | "returned-twice"
  | "no-return-reason"
  | "asked-back";

/** What a line of the bank does to the payment it names. */
export type Explanation =
  | { readonly outcome: "settlement" | "return"; readonly events: readonly PaymentEvent[] }
  | { readonly outcome: "suspense"; readonly why: Unexplained };

/** What the bank's lines have proved about a payment so far. */
export interface Proven {
  readonly settlement: boolean;
  readonly return: boolean;
}

/**
 * What a debit, or a credit with RtrInf, proves about a payment in `state`. Lines come late and in any order; money that
 * moves twice, or although the bank refused the payment, is never explained here: a person must look.
 */
export function explainLine(
  state: State,
  line: { readonly direction: "debit" | "credit"; readonly returned: boolean },
  proven: Proven,
): Explanation {
  if (line.direction === "debit") {
    if (proven.settlement) return { outcome: "suspense", why: "paid-twice" };
    const steps = onDebit[state] ?? (proven.return ? [] : undefined);
    return steps ? { outcome: "settlement", events: steps } : { outcome: "suspense", why: "contradiction" };
  }
  if (!line.returned) return { outcome: "suspense", why: "no-return-reason" };
  if (proven.return) return { outcome: "suspense", why: "returned-twice" };
  if (asked.has(state)) return { outcome: "suspense", why: "asked-back" };
  const steps = onReturn[state];
  return steps ? { outcome: "return", events: steps } : { outcome: "suspense", why: "contradiction" };
}

type Steps = Readonly<Partial<Record<State, readonly PaymentEvent[]>>>;

const onDebit: Steps = {
  // The bank has the file although its receipt was lost in a kill.
  queued: ["file-sent", "status-accepted", "status-settled"],
  submitted: ["status-accepted", "status-settled"],
  accepted: ["status-settled"],
  unknown: ["found-settled"],
  settled: [],
  returned: [],
  "recovery-open": [],
  recovered: [],
  "written-off": [],
};

const onReturn: Steps = {
  submitted: ["status-accepted", "status-settled", "money-returned"],
  accepted: ["status-settled", "money-returned"],
  unknown: ["found-settled", "money-returned"],
  settled: ["money-returned"],
  // By a correction from the statement before.
  returned: [],
};

const asked: ReadonlySet<State> = new Set<State>(["recovery-open", "recovered", "written-off"]);
