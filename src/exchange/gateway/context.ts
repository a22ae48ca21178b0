import type { Clock } from "#kernel";
import type { Log, LogEntry } from "#ledger";
import type { Database, Sql } from "#store";
import type { ConfigurationState } from "../configuration/configuration.ts";
import type { Directory } from "../configuration/directory.ts";
import type { HopKey } from "../hop/profile.ts";
import type { MemberId } from "../r1/identifier.ts";
import { closeEvidence, type Draft, type End, type Salts } from "./evidence.ts";
import type { PeerPool } from "./peer-pool.ts";
import type { ServiceDeclaration } from "./services.ts";
import { finishEvidence } from "./store.ts";

/** What one gateway knows and holds while it runs; the verbs of this folder work on it. */
export interface GatewayContext {
  readonly database: Database;
  readonly log: Log;
  readonly clock: Clock;
  readonly member: MemberId;
  readonly memberPath: string;
  readonly serverCode: string;
  /** `TW/GOV/code/serverCode`. */
  readonly gatewayId: string;
  /** `host:port` under which peers address this gateway; signatures bind to it. */
  readonly address: string;
  /** Subsystems (and the member) that may call through this gateway, path form. */
  readonly clients: ReadonlySet<string>;
  /** By the service's path form. */
  readonly services: ReadonlyMap<string, ServiceDeclaration>;
  readonly signingKey: HopKey;
  readonly lookupKey: Uint8Array;
  readonly peers: PeerPool;
  readonly problemBase: string;
  readonly maxBody: number;
  directory(): Directory | undefined;
  state(): ConfigurationState;
  refresh(): Promise<boolean>;
  readonly logger: GatewayLogger;
}

/** Takes events without personal data; `pino` fits. */
export interface GatewayLogger {
  info(what: object, message: string): void;
  warn(what: object, message: string): void;
  error(what: object, message: string): void;
}

/**
 * Closes a record and appends this side's entry, in one transaction: both are durable when it returns, or neither.
 * @throws when database or log cannot take it, or when the record was closed before (`record-closed`: another process
 * took this one for dead); then nothing may be answered
 */
export async function recordEnd(
  context: Pick<GatewayContext, "database" | "log">,
  draft: Draft,
  salts: Salts,
  end: End,
): Promise<{ recordId: string }> {
  const closed = closeEvidence(draft, salts, end);
  await context.database.transaction((tx) => finishIn(tx, context.log, draft, closed, end));
  return { recordId: draft.recordId };
}

/** The same inside a transaction of the caller's. */
export async function finishIn(
  tx: Sql,
  log: Log,
  draft: Draft,
  closed: { record: string; entry: LogEntry },
  end: End,
): Promise<{ logEntry: bigint }> {
  const logEntry = await log.append(tx, closed.entry, { idem: draft.recordId });
  const finished = await finishEvidence(tx, {
    recordId: draft.recordId,
    outcome: end.outcome,
    record: closed.record,
    logEntry,
    now: end.now,
  });
  if (!finished) throw Object.assign(new Error("the record was closed before"), { code: "record-closed" });
  return { logEntry };
}
