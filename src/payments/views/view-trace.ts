import { paymentBinding } from "../binding.ts";
import type { Account } from "../contract.ts";
import type { Payments } from "../open.ts";
import {
  entitlementById,
  eventsOf,
  instructionsOf,
  type Entitlement,
  type EventRow,
  type Instruction,
} from "../store.ts";
import { fileSummary, type FileSummary } from "../bank/store-files.ts";
import { loggedActs } from "../store-logged-acts.ts";
import { isContradicted } from "../bank/store-reports.ts";
import {
  movementsOf,
  paymentLines,
  reportedLines,
  statementLines,
  type Movement,
  type ReportedLine,
} from "./store-view.ts";

/** A line of the bank's statement, as far as an auditor needs it. */
export type StatementLine = Awaited<ReturnType<typeof statementLines>>[number];

/** An entry in the log about an attempt or its file. */
export interface LoggedStep {
  readonly kind: string;
  readonly subject: string;
  readonly staged: bigint;
}

/** One attempt to pay, with everything that happened to it. */
export interface TracedAttempt {
  readonly id: string;
  readonly attempt: number;
  readonly state: Instruction["state"];
  readonly institution: string;
  readonly accountMasked: string;
  readonly amount: bigint;
  readonly approvedBy: string;
  /** What the releasing officer confirms. */
  readonly binding: string;
  /** Whether the bank's reports contradict each other and nobody has settled it. */
  readonly contradicted: boolean;
  readonly events: readonly EventRow[];
  readonly file?: FileSummary;
  readonly reported: readonly ReportedLine[];
  /** Lines of the bank's statements that this attempt explains. */
  readonly statement: readonly StatementLine[];
  readonly movements: readonly Movement[];
  readonly logged: readonly LoggedStep[];
}

/** One dollar's way: from the decision it rests on to the bank and the books, attempt by attempt, oldest first. */
export interface PaymentTrace {
  readonly entitlement: Pick<
    Entitlement,
    "id" | "caseRef" | "amount" | "currency" | "purpose" | "decisionHash" | "factsHash" | "approvedBy" | "grantedAt"
  >;
  readonly programme: string;
  readonly attempts: readonly TracedAttempt[];
}

/** Everything that is known about the payment of which this instruction is an attempt. */
export async function tracePayment(payments: Payments, instructionId: string): Promise<PaymentTrace | undefined> {
  const { database } = payments;
  const [line] = await paymentLines(database, { search: instructionId }, 1);
  const entitlement = line && (await entitlementById(database, line.entitlement));
  if (!line || !entitlement) return undefined;
  const instructions = (await instructionsOf(database, entitlement.id)).toReversed();
  const ids = instructions.map(({ id }) => id);
  const [reported, stated, moved] = await Promise.all([
    reportedLines(database, ids),
    statementLines(database, ids),
    movementsOf(database, ids),
  ]);
  const attempts: TracedAttempt[] = [];
  for (const instruction of instructions) {
    const { id, attempt, state, account, amount, approvedBy, file } = instruction;
    const subjects = file === null ? [id] : [id, file];
    const logged = (await Promise.all(subjects.map((subject) => loggedActs(database, subject)))).flat();
    const summary = file === null ? undefined : await fileSummary(database, file);
    attempts.push({
      id,
      attempt,
      state,
      institution: account.institution,
      accountMasked: maskAccount(account),
      amount,
      approvedBy,
      binding: paymentBinding(entitlement, instruction),
      contradicted: await isContradicted(database, id),
      events: await eventsOf(database, id),
      ...(summary && { file: summary }),
      reported: reported.filter((one) => one.instruction === id),
      statement: stated.filter((one) => one.instruction === id),
      movements: moved.filter((one) => one.instruction === id),
      logged: logged.map(({ kind, subject, staged }) => ({ kind, subject, staged })),
    });
  }
  const { id, caseRef, amount, currency, purpose, decisionHash, factsHash, approvedBy, grantedAt } = entitlement;
  return {
    entitlement: { id, caseRef, amount, currency, purpose, decisionHash, factsHash, approvedBy, grantedAt },
    programme: line.programme,
    attempts,
  };
}

/** The last four digits of an account, behind four dots. */
function maskAccount({ number }: Pick<Account, "number">): string {
  return `••••${number.slice(-4)}`;
}
