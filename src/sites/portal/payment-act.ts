import type { Portal } from "#flows";
import type { Refusal, Result } from "#kernel";
import type { PaymentTrace, TracedAttempt } from "#payments";
import type { ActField } from "#payments/pages";
import type { ButtonKind, Text } from "#ui";
import type { OpenCase } from "./desk-case.ts";
import type { PaymentAction } from "./payment-desk.ts";

/** What an act is done with. */
export interface ActGround {
  readonly portal: Portal;
  readonly trace: PaymentTrace;
  readonly newest: TracedAttempt;
  readonly opened: OpenCase | undefined;
  /** What the form said, checked. */
  readonly detail: Readonly<Record<string, string>>;
  readonly by: string;
  /** The second person, where the act takes one. */
  readonly confirmedBy: string;
}

/** An act with one payment at the desk. */
export interface DeskAct {
  readonly title: Text;
  readonly text: Text;
  readonly button: Text;
  readonly kind?: ButtonKind;
  readonly action: PaymentAction;
  /** Asked for by one treasury officer and confirmed by another. */
  readonly second?: true;
  /** Whether it makes sense now; the verb has the last word. */
  possible(newest: TracedAttempt, trace: PaymentTrace, opened: OpenCase | undefined): boolean;
  fields?(portal: Portal, trace: PaymentTrace): readonly ActField[];
  run(ground: ActGround): Promise<Result<unknown, Refusal>>;
}

/** The bank's code of an attempt's last refusal or return. */
export function reasonOf(events: TracedAttempt["events"]): string | undefined {
  return events.findLast(({ to }) => to === "rejected" || to === "returned")?.detail["reason"];
}
