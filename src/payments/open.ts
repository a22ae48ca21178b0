import type { Clock } from "#kernel";
import { migrate, type Database, type Sql } from "#store";
import type { Banking, Payer } from "./contract.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import type { PaymentLog } from "./log-act.ts";
import type { PaymentEvent, State } from "./states.ts";
import { saveEdges } from "./store.ts";

/** What happened to an instruction. Holds no personal data. */
export interface InstructionEvent {
  readonly instruction: string;
  readonly entitlement: string;
  readonly event: PaymentEvent;
  readonly from: State;
  readonly to: State;
  readonly at: Date;
  /** The person or the part of the system that caused it. */
  readonly by: string;
}

export interface PaymentsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly banking: Banking;
  readonly payer: Payer;
  /** No entitlement may be above this, in the currency's smallest unit. Default 10,000,000. */
  readonly largestAmount?: bigint;
  /** Lines in one bank file at most: the bank's own limit. Default 10,000. */
  readonly linesPerFile?: number;
  /** The file's ISO 20022 MsgId from day (`YYYY-MM-DD`) and running number: unique for ever, at most 32 characters. */
  readonly messageId?: (day: string, number: bigint) => string;
  /** Signs a closed day's report: a compact JWS over its canonical JSON. Reports stay unsigned without it. */
  readonly signReport?: (content: string) => Promise<string>;
  /** What differs from the defaults of `Limits`. */
  readonly limits?: Partial<Limits>;
  /** The log that releases, corrections and sent files are entered into, in the same database. None are, if not given. */
  readonly log?: PaymentLog;
  /** Called inside the transaction of every event, for a notice's outbox; if it throws, nothing happened. */
  readonly announce?: (tx: Sql, event: InstructionEvent) => Promise<unknown>;
  /** The same for the events of many payments at once, two for each line of a file at most: one call. Default: `announce` for each. */
  readonly announceAll?: (tx: Sql, events: readonly InstructionEvent[]) => Promise<unknown>;
}

/** The open module: what every verb takes first. */
export type Payments = Required<Omit<PaymentsOptions, "log" | "limits" | "signReport">> &
  Pick<PaymentsOptions, "log" | "signReport"> & { readonly limits: Limits };

/** Brings the schema `payments` up to date and fills in the defaults. */
export async function openPayments(options: PaymentsOptions): Promise<Payments> {
  await migrate(options.database, "payments", new URL("./migrations/", import.meta.url));
  await saveEdges(options.database);
  const { announce, announceAll } = options;
  return {
    largestAmount: 10_000_000n,
    linesPerFile: 10_000,
    messageId: (day, number) => `TRK-${day.replaceAll("-", "")}-${String(number).padStart(6, "0")}`,
    ...options,
    announce: announce ?? (async (tx, event) => announceAll?.(tx, [event])),
    announceAll:
      announceAll ??
      (async (tx, events) => {
        if (announce) for (const event of events) await announce(tx, event);
      }),
    limits: { ...defaultLimits, ...options.limits },
  };
}

/** Today in the country's own time. */
export function today(payments: Payments): string {
  return localTime(payments.clock.now(), payments.banking.utcOffset).slice(0, 10);
}

/** When a day begins in the country's own time. */
export function localInstant(day: string, utcOffset: string): Date {
  return new Date(`${day}T00:00:00${utcOffset}`);
}

/** ISO 8601 with offset and whole seconds, as ISODateTime wants it: `2026-01-05T09:30:00+08:00`. */
export function localTime(instant: Date, utcOffset: string): string {
  const [hours, minutes] = utcOffset.slice(1).split(":").map(Number);
  const shift = ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000 * (utcOffset.startsWith("-") ? -1 : 1);
  return new Date(instant.getTime() + shift).toISOString().slice(0, 19) + utcOffset;
}
