import type { Payments } from "../open.ts";
import { reasonClass, type ReasonClass } from "../bank/reasons.ts";
import { accountOf, endStates, type State } from "../states.ts";
import {
  openReasons,
  paymentLines,
  programmeIds,
  stateCounts,
  weeksOfTransfers,
  type PaymentLine,
  type StateCount,
  type WeekOfAccount,
} from "./store-view.ts";

/** What an officer looks for among payments. */
export interface PaymentSearch {
  readonly programme?: string | undefined;
  readonly states?: readonly State[] | undefined;
  readonly reasonClass?: ReasonClass | undefined;
  /** In its state for so many days or more. */
  readonly days?: number | undefined;
  /** A case's number or an EndToEndId, whole. */
  readonly search?: string | undefined;
  readonly file?: string | undefined;
  /** The last id of the page before. */
  readonly after?: string | undefined;
}

const dayMs = 86_400_000;
const unpaid: readonly State[] = ["rejected", "returned", "waiting-for-person"];
/** What is paid or ended rests; only what is under way can stand still. */
const underWay: readonly State[] = (Object.keys(accountOf) as State[]).filter(
  (state) => state !== "none" && state !== "settled" && !endStates.includes(state),
);

/** Payments, newest first, a page at a time; `next` asks for the page after. */
export async function listPayments(
  payments: Payments,
  wanted: PaymentSearch,
  limit: number,
): Promise<{ readonly lines: readonly PaymentLine[]; readonly next?: string }> {
  const { database, clock } = payments;
  const { days, reasonClass: asked, ...rest } = wanted;
  const codes =
    asked &&
    (await openReasons(database)).flatMap(({ reason }) =>
      reason !== null && reasonClass(reason) === asked ? [reason] : [],
    );
  const found = await paymentLines(
    database,
    {
      ...rest,
      states: rest.states ?? (codes ? unpaid : days === undefined ? undefined : underWay),
      ...(codes && { reasons: codes }),
      ...(days !== undefined && { before: new Date(clock.now().getTime() - days * dayMs) }),
    },
    limit + 1,
  );
  const lines = found.slice(0, limit);
  const last = lines.at(-1);
  return { lines, ...(found.length > limit && last && { next: last.id }) };
}

/** How the payments of a programme, or of all, stand: what the desk's pictures are drawn from. */
export interface PaymentOverview {
  readonly programmes: readonly string[];
  readonly states: readonly StateCount[];
  /** Twelve weeks up to now. */
  readonly weeks: readonly WeekOfAccount[];
  /** Why payments wait for somebody, by class. */
  readonly reasons: readonly { readonly class: ReasonClass; readonly count: number }[];
}

const weeksShown = 12;

export async function paymentOverview(payments: Payments, programme?: string): Promise<PaymentOverview> {
  const { database, clock, banking } = payments;
  const since = new Date(clock.now().getTime() - weeksShown * 7 * dayMs);
  const [programmes, states, weeks, reasons] = await Promise.all([
    programmeIds(database),
    stateCounts(database, programme),
    weeksOfTransfers(database, { since, utcOffset: banking.utcOffset, programme }),
    openReasons(database),
  ]);
  const classes = new Map<ReasonClass, number>();
  for (const { reason, count } of reasons) {
    const one = reasonClass(reason ?? undefined);
    classes.set(one, (classes.get(one) ?? 0) + count);
  }
  return { programmes, states, weeks, reasons: [...classes].map(([one, count]) => ({ class: one, count })) };
}
