import type { Clock } from "#kernel";
import type { Database, Sql } from "#store";
import type { Anchor } from "./anchor.ts";
import type { AnchorState } from "./anchor-heads.ts";
import type { EntryKind, LogEntry } from "./entries.ts";
import type { Digest } from "./entry-fields.ts";
import type { LogKey } from "./keys.ts";
import type { PublishOptions } from "./keep-published.ts";
import type { Alarm, WitnessEndpoint } from "./log-context.ts";
import type { MlDsaKey } from "./ml-dsa-key.ts";
import type { About, Trace } from "./persons/trace.ts";
import type { PersonList } from "./persons/verify-list.ts";
import type { Published } from "./publish.ts";
import type { LogFile } from "./read-log.ts";
import type { StagingPart } from "./staged-store.ts";
import type { Receipt } from "./verify-receipt.ts";
import type { QuorumGap } from "./watch-quorum.ts";

export type Stage = "staged" | "integrated" | "published" | "witnessed";

/** How far an entry has come. `index` is there from `integrated` on. */
export interface Progress {
  readonly stage: Stage;
  readonly index?: bigint;
}

export interface LogOptions {
  readonly database: Database;
  /** Scheme-less URL prefix without trailing slash; also the key's name. */
  readonly origin: string;
  readonly key: LogKey;
  /** Signs every new head as well. Its name is the origin too. */
  readonly mlDsaKey?: MlDsaKey | undefined;
  readonly clock: Clock;
  readonly witnesses?: readonly WitnessEndpoint[];
  /** How many witnesses must cosign a head before it counts as witnessed. All, if not given. */
  readonly quorum?: number;
  /** How many entries may be waiting for more than a second before those that can wait are turned away; 4,096. */
  readonly backlogLimit?: number;
  /** How long heads may lack their quorum before that is an alarm. Milliseconds; a minute if not given. */
  readonly quorumPatienceMs?: number;
  /** Where the log's files are published to while it runs. */
  readonly publish?: PublishOptions | undefined;
  /** Who outside remembers its heads; nobody, if not given. */
  readonly anchors?: readonly Anchor[] | undefined;
  /** How often the newest witnessed head is anchored, if it has grown. Milliseconds; ten minutes if not given. */
  readonly anchorEveryMs?: number | undefined;
  readonly onAlarm?: (alarm: Alarm) => void;
  /**
   * 32 random bytes, kept as secret as the key, for a log with entries about persons: it then keeps an index that proves to
   * a person that a list of such entries is whole (docs/decisions/0020).
   */
  readonly personSecret?: Uint8Array;
  /** What this log takes: the kinds its site has to write, so that no other part of a site can fill it. All, if not given. */
  readonly kinds?: readonly EntryKind[];
}

export interface AppendOptions {
  /** The same key answers the same id. */
  readonly idem?: string;
  /** True for an entry that is no evidence of a change: while the sequencer is behind it is refused. */
  readonly canWait?: boolean;
  /** Whose list the entry belongs to: `trace` answered it together with the entry's `sub`. */
  readonly label?: string;
}

/** An entry with the key that makes it one, however often it is appended. */
export interface KeyedEntry {
  readonly entry: LogEntry;
  readonly idem: string;
  /** As in {@link AppendOptions}. */
  readonly label?: string | undefined;
}

export interface LogStatus {
  readonly size: bigint;
  /** Base64. */
  readonly root: string;
  /** The newest signed checkpoint with its cosignatures. */
  readonly checkpoint: string;
  /** The largest size each witness cosigned, and when; without those that never did. */
  readonly witnesses: readonly { readonly name: string; readonly size: bigint; readonly at: Date }[];
  /** Heads that lack their quorum: since when, and who cosigned none of them. It passes within moments if all is well. */
  readonly unwitnessed?: QuorumGap;
  readonly anchors: readonly AnchorState[];
  /** Why the log signs nothing more. */
  readonly frozen?: string;
}

export interface Log {
  readonly origin: string;
  /** The verifier key to publish. */
  readonly vkey: string;
  /** The one of type 0x06, if the log has it. */
  readonly mlDsaVkey?: string;
  /**
   * Stages an entry in the caller's transaction: the change and its evidence commit together or not at all. The same
   * `idem` answers the same id. The order is fixed later, by the sequencer: it gathers for a second, less while
   * somebody waits for an entry or asks for its receipt.
   * Evidence is always taken.
   * @throws `entry-refused` (with the refusal of `checkEntry` as `cause`) for an entry that is not on the closed list;
   * `log-busy` (with the refusal as `cause`) for one that can wait, while the sequencer is behind: try again later
   */
  append(tx: Sql, entry: LogEntry, options?: AppendOptions): Promise<bigint>;
  /**
   * Stages an entry that is no part of a transaction of the caller's; durable once it resolves. Entries added at the same
   * time share a transaction, so many callers at once cost little more than one.
   * @throws as `append`; a fault of the database, after which an entry without `idem` may or may not have been taken
   */
  add(entry: LogEntry, options?: AppendOptions): Promise<bigint>;
  /**
   * Stages an entry about something that stands until it changes, if its `dig` differs from that of the newest entry about
   * the same topic; answers nothing if it does not.
   */
  appendChange(tx: Sql, topic: string, entry: LogEntry & { readonly dig: Digest }): Promise<bigint | undefined>;
  /** `append` for several entries, by one statement; ids in the order given. One entry refused refuses them all. */
  appendAll(tx: Sql, entries: readonly KeyedEntry[]): Promise<bigint[]>;
  /**
   * `appendAll` as a part of a statement of the caller's own, where a transaction of several round trips costs too much.
   * For keys that are new: the statement must fail when `entry` lacks one, and by a condition of its own when it repeats
   * what was done before.
   * @throws `entry-refused` as `append`
   */
  staging(entries: readonly KeyedEntry[]): StagingPart;
  /**
   * What puts an entry on a person's list: its member `sub`, and the label to append it with.
   * @param nonce the entry's `pair`, `con` or `rec`, the first it has
   * @throws `ledger-no-persons` in a log without `personSecret`
   */
  trace(sql: Sql, about: About, nonce: string): Promise<Trace>;
  /** The salts (base64url) that open `sub` of entries (their JSON texts) to the person; none once they are forgotten. */
  subjectSalts(about: About, entries: readonly string[]): Promise<(string | undefined)[]>;
  /** A person's whole list with the proof that it is whole, up to the newest witnessed root; nothing before the first. */
  personList(about: About): Promise<PersonList | undefined>;
  /**
   * Forgets a person on all topics: from then on nobody can tell which entries were about them, and every proof stays
   * valid. The act itself is logged. Answers false if the log knew nothing of them.
   * @param basis code of the law or request that demands it
   */
  forget(tx: Sql, subject: string, basis: string): Promise<boolean>;
  /** Waits until an entry has come so far; a time-out is no error, it answers how far it is. */
  wait(staged: bigint, stage: Exclude<Stage, "staged">, timeoutMs: number): Promise<Progress>;
  /** A receipt to the newest witnessed checkpoint; nothing while that does not cover the entry. */
  receipt(staged: bigint): Promise<Receipt | undefined>;
  receiptAt(index: bigint): Promise<Receipt | undefined>;
  /** A file of the log by its C2SP path: `checkpoint`, `tile/…`, `tile/entries/…`. */
  read(path: string): Promise<LogFile | undefined>;
  /** Brings a folder up to date, so that a static file server over it is this log. Call it again and again. */
  publishTo(folder: string): Promise<Published>;
  /** How many entries have a place. */
  size(): Promise<bigint>;
  status(): Promise<LogStatus>;
  /** Entries in order of the log, as their JSON text. */
  entries(from: bigint, count: number): Promise<{ readonly index: bigint; readonly entry: string }[]>;
  /** Starts sequencing, signing and asking witnesses in this process. Several processes may; one at a time works. */
  start(): void;
  /** Ends the loops after the step they are in. Staged entries stay and are integrated after the next start. */
  stop(): Promise<void>;
}
