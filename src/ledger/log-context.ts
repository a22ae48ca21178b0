import type { Clock } from "#kernel";
import type { Database } from "#store";
import type { PersonsContext } from "./persons/trace.ts";
import type { VerifierKey } from "./note.ts";
import type { LogKey } from "./keys.ts";
import type { MlDsaKey } from "./ml-dsa-key.ts";

/** A witness as a log knows it. `url` is its submission prefix. */
export interface WitnessEndpoint {
  readonly name: string;
  /** Of type 0x04 or 0x06. */
  readonly vkey: string;
  /** Its key of type 0x06, if it has both; its answer is taken with a line of either. */
  readonly mlDsaVkey?: string | undefined;
  readonly url: string;
}

/** Something an operator must look at. Nothing here is secret or personal. */
export interface Alarm {
  readonly kind:
    | "frozen" // the log signs nothing more; `detail` says why
    | "witness-misconfigured" // a witness does not know this log or its key (404, 403)
    | "witness-refused" // a witness refused a proof (422) or a request (400): a bug or a fork
    | "witness-silent" // no answer in time, or one that cannot be used
    | "quorum-missing" // heads have been signed for a while, and too few witnesses cosigned them
    | "publish-failed" // the place the log is published to cannot be read or written; it is tried again
    | "anchor-failing" // an anchor records no heads (see `anchor`); it is asked again
    | "fault"; // the log's own work failed; it is tried again
  readonly origin: string;
  /** True if the same alarm, raised earlier, is over. */
  readonly over?: boolean;
  readonly witness?: string;
  readonly anchor?: string;
  readonly detail: string;
}

/** What the parts of one open log share. */
export interface LogContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly key: LogKey;
  /** Signs every head beside `key`. */
  readonly mlDsaKey?: MlDsaKey;
  readonly origin: string;
  readonly vkey: string;
  readonly verifier: VerifierKey;
  /** The log's number in this database. */
  readonly log: number;
  readonly witnesses: readonly (WitnessEndpoint & { readonly keys: readonly VerifierKey[] })[];
  readonly quorum: number;
  /** Names of the anchors. */
  readonly anchors?: readonly string[];
  /** Whom entries are about, if this log keeps an index of persons. */
  readonly persons?: PersonsContext;
  readonly alarm: (alarm: Omit<Alarm, "origin">) => void;
}
