import type { Operation } from "../operation/operation.ts";
import type { Clock } from "#kernel";
import type { Log } from "#ledger";
import type { Database } from "#store";
import type { ConfigurationState } from "../configuration/configuration.ts";
import type { CallBodies } from "../body/receive.ts";
import type { EvidenceDesk } from "../evidence-export/evidence-desk.ts";
import type { MessageKeeper } from "../evidence-export/keep.ts";
import type { Directory } from "../configuration/directory.ts";
import type { Quotas } from "../rights/quota.ts";
import type { CallRights, CallRightsQuestion } from "../rights/store.ts";
import type { Signer } from "../hop/signer.ts";
import type { MemberId } from "../r1/identifier.ts";
import type { AgencySide } from "./agency-side.ts";
import type { PeerPool } from "./peer-pool.ts";
import type { RecordBook } from "./record-book.ts";
import type { ServiceDeclaration } from "./services.ts";
import type { NormalSubject } from "./subject.ts";

/** What one gateway knows and holds while it runs; the verbs of this folder work on it. */
export interface GatewayContext {
  readonly database: Database;
  readonly log: Log;
  readonly records: RecordBook;
  readonly keeper: MessageKeeper;
  /** For the two endpoints that hand evidence to the agency's systems. */
  readonly evidence: EvidenceDesk;
  /** As they stand when it is asked; calls at the same time share the question. */
  readonly rightsForCall: (o: CallRightsQuestion) => Promise<CallRights>;
  readonly quotas: Quotas;
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
  /** Signs messages with the key that is in use. */
  readonly signer: Signer;
  readonly lookupKey: Uint8Array;
  readonly normalSubject: NormalSubject;
  readonly peers: PeerPool;
  readonly problemBase: string;
  readonly agencySide: AgencySide;
  /** For the bodies of one call. */
  readonly bodies: () => CallBodies;
  directory(): Directory | undefined;
  state(): ConfigurationState;
  refresh(o?: { readonly notWithin: number }): Promise<boolean>;
  readonly logger: GatewayLogger;
  readonly operation: Operation;
}

/** Takes events without personal data; `pino` fits. */
export interface GatewayLogger {
  info(what: object, message: string): void;
  warn(what: object, message: string): void;
  error(what: object, message: string): void;
}

export const silentLogger: GatewayLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };
