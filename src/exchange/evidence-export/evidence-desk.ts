import type { Clock, Refusal, Result } from "#kernel";
import type { Log, TimeStampAuthority } from "#ledger";
import type { Database } from "#store";
import type { HopKey } from "../hop/profile.ts";
import { identifierPath, type MemberId } from "../r1/identifier.ts";
import { asicAnswer, verificationConfiguration, type MayConnect, type PlainAnswer } from "./agency-endpoints.ts";
import type { Directory } from "../configuration/directory.ts";
import type { WholeAnswer } from "../gateway/refusal.ts";
import type { SealHop } from "./ask-seal.ts";
import type { SealQuestion } from "./give-seal.ts";
import {
  askAgain,
  exportExchange,
  exportMessage,
  type Exported,
  type ExportContext,
  type ExportProblem,
} from "./export.ts";
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
  /** How other gateways are reached, and under which address they reach this one. */
  readonly hop?: { readonly directory: SealHop["directory"]; readonly send: SealHop["send"] } | undefined;
  readonly address?: string | undefined;
  readonly problemBase?: string | undefined;
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
  /** Another gateway asks for this member's seal: `POST /evidence/{exchange}:seal`. */
  giveSeal(question: SealQuestion): Promise<WholeAnswer>;
  /** Asks again for seals of other members that were wanted while they were away. */
  askAgain(): Promise<{ readonly got: number }>;
  /** `GET /asic`. */
  asic(query: string, mayConnect: MayConnect): Promise<PlainAnswer>;
  /** `GET /verificationconf`. */
  verificationConfiguration(): Promise<PlainAnswer>;
}

export function openEvidenceDesk(o: EvidenceDeskOptions): EvidenceDesk {
  const { timeStamps, clock, signingKey } = o;
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
    hop: o.hop && { ...o.hop, clock, signingKey },
  };
  return {
    exchange: (id, side) => exportExchange(context, id, side),
    async message(id, side) {
      const record = (await closedRecords(o.database, id)).find((one) => side === undefined || one.side === side);
      return record ? exportMessage(context, record) : { ok: false, error: { code: "evidence-unknown" } };
    },
    async giveSeal(question) {
      // Read only when wanted: a gateway that is never asked needs no XML.
      const { giveSeal } = await import("./give-seal.ts");
      const { address = "", problemBase = "" } = o;
      const directory = (): Directory | undefined => o.hop?.directory();
      return giveSeal({ ...context, directory, address, signingKey, problemBase }, question);
    },
    askAgain: () => askAgain(context),
    asic: (query, mayConnect) => asicAnswer({ ...context, stamped: timeStamps !== undefined }, query, mayConnect),
    verificationConfiguration: () =>
      verificationConfiguration(context, {
        stamps: timeStamps ? [timeStamps] : [],
        authorityUrl: o.authorityUrl,
        key: signingKey().key,
      }),
  };
}
