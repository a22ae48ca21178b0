import type { Clock, Refusal, Result } from "#kernel";
import type { Log, TimeStampAuthority } from "#ledger";
import type { Database } from "#store";
import type { HopKey } from "../hop/profile.ts";
import { identifierPath, type MemberId } from "../r1/identifier.ts";
import { asicAnswer, verificationConfiguration, type MayConnect, type PlainAnswer } from "./agency-endpoints.ts";
import { exportExchange, exportMessage, type Exported, type ExportContext, type ExportProblem } from "./export.ts";
import type { MessageKeeper } from "./keep.ts";
import { sealSource } from "./seal-source.ts";
import { closedRecords } from "./store.ts";

export interface EvidenceDeskOptions {
  readonly database: Database;
  readonly log: Pick<Log, "receipt">;
  readonly clock: Clock;
  readonly member: MemberId;
  readonly gatewayId: string;
  /** The authority's, base64url. */
  readonly anchor: string;
  readonly authorityUrl: string;
  readonly keeper: MessageKeeper;
  readonly signingKey: () => HopKey;
  readonly timeStamps?: TimeStampAuthority | undefined;
}

/** Where a gateway's evidence of single exchanges is handed out. */
export interface EvidenceDesk {
  /**
   * One exchange with both members' signatures, the record and its place in the log. Where both ends are this gateway's, the
   * consumer's, unless told.
   * @throws `seal-unavailable` when the authority gives no certificate; `anchor-failed` when a stamp was wanted and not given
   */
  exchange(id: string, side?: "consumer" | "provider"): Promise<Result<Exported, Refusal<ExportProblem>>>;
  /** The message that this member sent in it, laid out as X-Road's tools read it. @throws as `exchange` */
  message(id: string, side?: "consumer" | "provider"): Promise<Result<Exported, Refusal<ExportProblem>>>;
  /** `GET /asic`. */
  asic(query: string, mayConnect: MayConnect): Promise<PlainAnswer>;
  /** `GET /verificationconf`. */
  verificationConfiguration(): Promise<PlainAnswer>;
}

export function openEvidenceDesk(o: EvidenceDeskOptions): EvidenceDesk {
  const { timeStamps } = o;
  const context: ExportContext = {
    database: o.database,
    log: o.log,
    clock: o.clock,
    instance: o.member.instance,
    anchor: o.anchor,
    member: identifierPath(o.member),
    keeper: o.keeper,
    seal: sealSource({
      authorityUrl: o.authorityUrl,
      instance: o.member.instance,
      gatewayId: o.gatewayId,
      signingKey: o.signingKey,
      timeStamps,
      clock: o.clock,
    }),
  };
  return {
    exchange: (id, side) => exportExchange(context, id, side),
    async message(id, side) {
      const record = (await closedRecords(o.database, id)).find((one) => side === undefined || one.side === side);
      return record ? exportMessage(context, record) : { ok: false, error: { code: "evidence-unknown" } };
    },
    asic: (query, mayConnect) => asicAnswer({ ...context, stamped: timeStamps !== undefined }, query, mayConnect),
    verificationConfiguration: () => verificationConfiguration(context, timeStamps ? [timeStamps] : []),
  };
}
