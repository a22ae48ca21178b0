import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder, writeDurably } from "#kernel";
import { decimal } from "./bytes.ts";
import type { Accepted, Issued, IssuedByLog } from "./compare-configurations.ts";
import type { IndexFault, IndexSeen } from "./follow-index.ts";
import type { Remembered, SeenHead } from "./follow-log.ts";
import type { CallSide } from "./pair-entries.ts";

/** Something that was found and cannot be undone: it is reported as long as the state lives. */
export interface KeptFinding {
  readonly kind: "fork" | "shrunk" | "broken-file" | "mismatch" | "schema" | "merge-delay" | IndexFault["kind"];
  /** Origin of the log it was found in. */
  readonly log: string;
  readonly index?: number;
  readonly detail: string;
  /** When it was first found, RFC 3339. */
  readonly since: string;
  /** When it was last found, for what can be mended: RFC 3339. */
  readonly last?: string;
  readonly notes?: readonly [string, string];
}

/** A member's exchanges as far as they were read. */
export interface MemberCounts {
  /** Entries this member wrote, and how many of them have their counterpart. */
  entries: number;
  paired: number;
  /** Pairs whose ends saw different endings. */
  apart: number;
  /** Origins of the logs it writes into. */
  readonly logs: string[];
}

/** All a monitor remembers. Without it everything is read again from the logs, except what they no longer show. */
export interface MonitorState {
  /** By origin, with the address the log was last followed at. */
  readonly logs: Map<string, Remembered & { readonly url: string }>;
  readonly waiting: Map<string, CallSide[]>;
  readonly members: Map<string, MemberCounts>;
  pairs: number;
  /** Of each log's index of persons, by origin. */
  readonly indexes: Map<string, IndexSeen>;
  readonly issued: IssuedByLog;
  /** Accepted configurations that nothing vouches for yet. */
  accepted: readonly Accepted[];
  findings: KeptFinding[];
  /** Findings beyond the number that is kept. */
  more: number;
}

export function emptyState(): MonitorState {
  return {
    logs: new Map(),
    waiting: new Map(),
    members: new Map(),
    pairs: 0,
    indexes: new Map(),
    issued: new Map(),
    accepted: [],
    findings: [],
    more: 0,
  };
}

/**
 * Reads the state file; an absent one is an empty state.
 * @throws `monitor-state-unreadable` for anything that is not a state this program wrote
 */
export async function loadState(path: string): Promise<MonitorState> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return emptyState();
    throw Object.assign(new Error(`${path} cannot be read`, { cause }), { code: "monitor-state-unreadable" });
  }
  try {
    const file = JSON.parse(text) as StateFile;
    if (file.v !== 1) throw new Error("another version");
    return {
      logs: new Map(
        file.logs.map(({ url, next, head }) => [
          head.origin,
          { url, next: size(next), head: { ...head, size: size(head.size) } },
        ]),
      ),
      waiting: Map.groupBy(file.waiting, ({ pair }) => pair),
      members: new Map(file.members),
      pairs: file.pairs,
      indexes: new Map(file.indexes ?? []),
      issued: new Map(file.issued ?? []),
      accepted: file.accepted ?? [],
      findings: file.findings,
      more: file.more,
    };
  } catch (cause) {
    const message = `${path} is no state of a monitor; remove it to read all logs anew`;
    throw Object.assign(new Error(message, { cause }), { code: "monitor-state-unreadable" });
  }
}

interface StateFile {
  readonly v: 1;
  readonly logs: { url: string; next: string; head: Omit<SeenHead, "size"> & { size: string } }[];
  readonly waiting: CallSide[];
  readonly members: [string, MemberCounts][];
  readonly pairs: number;
  /** The following three are absent in files written before they were watched. */
  readonly indexes?: [string, IndexSeen][];
  readonly issued?: [string, Issued[]][];
  readonly accepted?: readonly Accepted[];
  readonly findings: KeptFinding[];
  readonly more: number;
}

function size(text: string): bigint {
  const value = decimal(text);
  if (value === undefined) throw new Error("not a size");
  return value;
}

/** Writes the state beside the old one and puts it in its place: after a crash one of the two is whole. */
export async function saveState(path: string, state: MonitorState): Promise<void> {
  const file: StateFile = {
    v: 1,
    logs: [...state.logs.values()].map(({ url, head, next }) => ({
      url,
      next: String(next),
      head: { ...head, size: String(head.size) },
    })),
    waiting: [...state.waiting.values()].flat(),
    members: [...state.members],
    pairs: state.pairs,
    indexes: [...state.indexes],
    issued: [...state.issued],
    accepted: state.accepted,
    findings: state.findings,
    more: state.more,
  };
  await writeDurably(path, `${JSON.stringify(file)}\n`);
  await syncFolder(dirname(path));
}
