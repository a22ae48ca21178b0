import type { Clock } from "#kernel";
import { equalBytes, textOf } from "./bytes.ts";
import { checkEntry, type LogEntry } from "./entries.ts";
import { acceptedAt, judgeAccepted, takeIssued, type Accepted } from "./compare-configurations.ts";
import { followIndex } from "./follow-index.ts";
import { lookAtLog, type LogFinding, type LogLook } from "./follow-log.ts";
import { logFilesAt } from "./log-files.ts";
import { emptyState, loadState, saveState, type KeptFinding, type MemberCounts } from "./monitor-state.ts";
import { callSide, overdueEntries, pairEntry, type CallSide, type Overdue } from "./pair-entries.ts";
import { parsePolicy } from "./policy.ts";

export interface MonitorOptions {
  /** A C2SP tlog-policy file: the logs to expect, the witnesses to believe. From a source the reader trusts. */
  readonly policy: string;
  /** Addresses (or folders) of the logs; without them, those the policy gives. */
  readonly logs?: readonly string[];
  /** A file to remember by. Without it the monitor remembers while it runs. */
  readonly stateFile?: string;
  /** Both ends of an exchange must be recorded within this time of the first. Milliseconds; 24 hours if not given. */
  readonly windowMs?: number;
  /** In a log that keeps an index of persons a root must cover an entry about one within this time. Milliseconds; 10 minutes if not given. */
  readonly indexMs?: number;
  /** An entry must be published this long after its own time. Milliseconds; 60 seconds if not given. */
  readonly mergeDelayMs?: number;
  /** How long to wait for the cosignatures of a head that is just being published. Milliseconds; 5 seconds if not given. */
  readonly patienceMs?: number;
  readonly clock: Clock;
}

/** Something an outsider must ask a log's keeper about. Public facts only. */
export interface Finding {
  readonly kind:
    | LogFinding["kind"]
    | KeptFinding["kind"]
    | "orphan-consumer"
    | "orphan-provider"
    | "index-missing"
    | "configuration-split";
  /** Origin of the log, or its address while that is unknown. */
  readonly log: string;
  readonly index?: number;
  readonly detail: string;
  /** When it was first found; for an orphan, when its window began. RFC 3339. */
  readonly since: string;
  /** When it was last seen, if it is gone by now: a log that lost entries or served bad tiles has to say why. RFC 3339. */
  readonly until?: string;
  /** The two signed notes of a fork: proof of misconduct. */
  readonly notes?: readonly [string, string];
}

export interface MonitorReport {
  /** RFC 3339. */
  readonly at: string;
  readonly logs: readonly {
    readonly url: string;
    readonly origin?: string;
    /** Entries of the newest verified head. */
    readonly size: number;
    /** Who cosigned it. */
    readonly witnesses: readonly string[];
    /** True if all its entries were read and stand on what was seen before. */
    readonly complete: boolean;
  }[];
  readonly pairs: {
    readonly paired: number;
    /** Inside the window, or with a peer whose log could not be read. */
    readonly waiting: number;
    /** The consumer says that the call failed on the way, the provider recorded none. */
    readonly undelivered: number;
  };
  readonly members: readonly {
    readonly member: string;
    readonly entries: number;
    readonly paired: number;
    /** Pairs whose ends saw different endings: an answer at one, a failure at the other. */
    readonly apart: number;
    /** Exchanges its peers recorded and it did not. */
    readonly missing: number;
  }[];
  readonly findings: readonly Finding[];
  /** Lasting findings about entries beyond those listed. */
  readonly more: number;
}

export interface Monitor {
  /** One round over all logs. @throws `monitor-log-twice` if two addresses serve one log; faults of the state file */
  look(): Promise<MonitorReport>;
}

/** So many findings about entries are kept in full; a log that is nothing but findings must not fill the disk. */
const keptFindings = 1000;
/** Findings about a log as a whole, one of each kind for a log: always kept, so that no flood of others hides them. */
const graveKinds: ReadonlySet<string> = new Set<KeptFinding["kind"]>([
  "fork",
  "shrunk",
  "broken-file",
  "index-key-changed",
  "index-went-back",
]);

function isGrave({ kind }: { readonly kind: Finding["kind"] }): boolean {
  return graveKinds.has(kind);
}

/** Reads an entry as its writer must have written it: on the closed list, and in canonical form. */
function readEntry(bytes: Uint8Array): { readonly entry: LogEntry } | { readonly reason: string } {
  let given: unknown;
  try {
    given = JSON.parse(textOf(bytes) ?? "");
  } catch {
    return { reason: "not JSON" };
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return { reason: "not a JSON object" };
  const checked = checkEntry(given as LogEntry);
  if (!checked.ok) {
    const { code, params } = checked.error;
    return { reason: params ? `${code}: ${params["kind"]}.${params["field"]}` : code };
  }
  return equalBytes(checked.value, bytes) ? { entry: given as LogEntry } : { reason: "not canonical JSON" };
}

/**
 * A monitor: an outsider that follows logs by their public files and says what does not fit. Anybody may run one; it
 * needs a policy and addresses, and asks for nothing else.
 * @throws `monitor-policy-invalid`, `monitor-no-logs`, `monitor-state-unreadable`
 */
export async function openMonitor(options: MonitorOptions): Promise<Monitor> {
  const {
    stateFile,
    clock,
    windowMs = 86_400_000,
    indexMs = 600_000,
    mergeDelayMs = 60_000,
    patienceMs = 5000,
  } = options;
  const parsed = await parsePolicy(options.policy);
  if (!parsed.ok) throw Object.assign(new Error(parsed.reason), { code: "monitor-policy-invalid" });
  const policy = parsed.value;
  const known = policy.logs.flatMap(({ vkey }) => policy.addresses.get(vkey) ?? []);
  const urls = [...new Set(options.logs?.length ? options.logs : known)];
  if (urls.length === 0) {
    throw Object.assign(new Error("no address of a log is given"), { code: "monitor-no-logs" });
  }
  const state = stateFile === undefined ? emptyState() : await loadState(stateFile);

  function keep(finding: KeptFinding): void {
    const { kind, log, index } = finding;
    const at = state.findings.findIndex((other) => other.kind === kind && other.log === log && other.index === index);
    const known = state.findings[at];
    if (known) {
      if (finding.last !== undefined) state.findings[at] = { ...known, last: finding.last };
    } else if (isGrave(finding) || state.findings.filter((other) => !isGrave(other)).length < keptFindings) {
      state.findings.push(finding);
    } else {
      state.more += 1;
    }
  }

  function countsOf(member: string): MemberCounts {
    const counts = state.members.get(member) ?? { entries: 0, paired: 0, apart: 0, logs: [] };
    state.members.set(member, counts);
    return counts;
  }

  function takeCall(side: CallSide, since: string): void {
    const counts = countsOf(side.member);
    counts.entries += 1;
    if (!counts.logs.includes(side.log)) counts.logs.push(side.log);
    const outcome = pairEntry(state.waiting, side);
    if (!outcome) return;
    const { consumer, provider } = outcome;
    if (outcome.kind === "mismatch") {
      const detail = `differs from entry ${provider.index} of ${provider.log} in ${outcome.fields.join(", ")}`;
      return keep({ kind: "mismatch", log: consumer.log, index: consumer.index, detail, since });
    }
    state.pairs += 1;
    for (const { member } of [consumer, provider]) {
      const own = countsOf(member);
      own.paired += 1;
      if (!outcome.alike) own.apart += 1;
    }
  }

  /** Looks at one log and judges its new entries. */
  async function follow(url: string, now: Date): Promise<LogLook> {
    const since = now.toISOString();
    let late = { count: 0, index: 0, ms: 0 };
    function take(bytes: Uint8Array, index: bigint, log: string): void {
      const at = Number(index);
      const judged = readEntry(bytes);
      if ("reason" in judged) return keep({ kind: "schema", log, index: at, detail: judged.reason, since });
      const { entry } = judged;
      // What lies beyond the head of the look before was not published at that time: that much is certain.
      const last = state.logs.get(log)?.head;
      const delay = last && index >= last.size ? last.at - Date.parse(entry.at) : 0;
      if (delay > mergeDelayMs) {
        late = { count: late.count + 1, index: late.count === 0 ? at : late.index, ms: Math.max(late.ms, delay) };
      }
      const place = { log, index: at, readAt: now.getTime() };
      const { seen, faults } = followIndex(state.indexes.get(log) ?? {}, entry, place);
      state.indexes.set(log, seen);
      for (const { kind, detail } of faults) keep({ kind, log, detail, since });
      if (entry.t === "exchange.call") takeCall(callSide(entry, place), since);
      if (entry.t === "configuration.issued") takeIssued(state.issued, log, entry);
      if (entry.t === "configuration.accepted") state.accepted = [...state.accepted, acceptedAt(entry, place)];
    }
    const expected = [...state.logs.values()].find((log) => log.url === url)?.head.origin;
    const look = await lookAtLog({
      read: logFilesAt(url),
      policy,
      ...(expected === undefined ? {} : { expected }),
      recall: (origin) => state.logs.get(origin),
      now,
      patienceMs,
      take,
    });
    const log = look.followed?.head.origin ?? url;
    if (late.count > 0) {
      const detail = `${late.count} entries from here on were not yet published ${Math.floor(late.ms / 1000)} s after their time`;
      keep({ kind: "merge-delay", log, index: late.index, detail, since });
    }
    for (const { kind, detail, notes } of look.findings) {
      if (kind === "fork") keep({ kind, log, detail, since, ...(notes ? { notes } : {}) });
      if (kind === "shrunk" || kind === "broken-file") keep({ kind, log, detail, since, last: since });
    }
    if (look.followed) state.logs.set(log, { url, ...look.followed });
    return look;
  }

  async function look(): Promise<MonitorReport> {
    const now = clock.now();
    const looks = await Promise.all(urls.map(async (url) => ({ url, ...(await follow(url, now)) })));
    const origins = looks.flatMap(({ followed }) => followed?.head.origin ?? []);
    const twice = origins.find((origin, at) => origins.indexOf(origin) !== at);
    if (twice) {
      throw Object.assign(new Error(`two addresses serve the log ${twice}`), { code: "monitor-log-twice" });
    }
    const complete = new Set(
      looks.flatMap(({ followed, complete }) => (complete && followed ? followed.head.origin : [])),
    );
    const all = policy.logs.every(({ name }) => complete.has(name));
    const overdue = overdueEntries(state.waiting, {
      now: now.getTime(),
      windowMs,
      // A member never seen may write into any log, so all of them must have been read.
      heard: (member) => state.members.get(member)?.logs.every((log) => complete.has(log)) ?? all,
    });
    const { waiting, split } = judgeAccepted(state.accepted, state.issued, { now: now.getTime(), windowMs, complete });
    state.accepted = waiting;
    const placeOf = ({ side }: Overdue): number => origins.indexOf(side.log);
    overdue.sort((a, b) => placeOf(a) - placeOf(b) || a.side.index - b.side.index);
    if (stateFile !== undefined) await saveState(stateFile, state);
    return report(now, looks, { overdue, split });
  }

  function report(
    now: Date,
    looks: readonly (LogLook & { readonly url: string })[],
    { overdue, split }: { readonly overdue: readonly Overdue[]; readonly split: readonly Accepted[] },
  ): MonitorReport {
    const standing: Finding[] = looks.flatMap(({ url, followed, findings }) =>
      findings
        .filter((finding) => !isGrave(finding))
        .map(({ kind, detail }) => ({ kind, detail, log: followed?.head.origin ?? url, since: now.toISOString() })),
    );
    for (const found of overdue) {
      if (found.kind === "undelivered") continue;
      const { log, index, peer, out, service, since } = found.side;
      const place = { log, index, since: new Date(since).toISOString() };
      const detail =
        found.kind === "mismatch"
          ? "another member claims to be the other end"
          : `${peer} recorded no such exchange of ${service}, which ended as ${out} here`;
      standing.push({ kind: found.kind, detail, ...place });
    }
    for (const { followed, complete } of looks) {
      const { origin: log = "" } = followed?.head ?? {};
      // A log that never had an index proves nobody's list; one that has an index must keep it up.
      const { first, vrf } = state.indexes.get(log) ?? {};
      if (!complete || vrf === undefined || !first || first.since + indexMs > now.getTime()) continue;
      const detail = "no root of the index of persons covers the entry";
      standing.push({
        kind: "index-missing",
        log,
        index: first.index,
        detail,
        since: new Date(first.since).toISOString(),
      });
    }
    for (const { log, index, member, ver, since } of split) {
      const detail = `${member} took version ${ver} into use with a content that no authority's log names`;
      standing.push({ kind: "configuration-split", log, index, detail, since: new Date(since).toISOString() });
    }
    const missing = Map.groupBy(
      overdue.filter(({ kind }) => kind.startsWith("orphan")),
      ({ side }) => side.peer,
    );
    const held = [...state.waiting.values()].reduce((count, sides) => count + sides.length, 0);
    const names = [...new Set([...state.members.keys(), ...missing.keys()])].sort();
    return {
      at: now.toISOString(),
      logs: looks.map(({ url, followed, witnesses, complete }) => ({
        url,
        ...(followed ? { origin: followed.head.origin } : {}),
        size: Number(followed?.head.size ?? 0n),
        witnesses: witnesses.map(({ name }) => name),
        complete,
      })),
      pairs: {
        paired: state.pairs,
        waiting: held - overdue.length,
        undelivered: overdue.filter(({ kind }) => kind === "undelivered").length,
      },
      members: names.map((member) => {
        const { entries = 0, paired = 0, apart = 0 } = state.members.get(member) ?? {};
        return { member, entries, paired, apart, missing: missing.get(member)?.length ?? 0 };
      }),
      findings: [
        ...state.findings.map(({ last, ...finding }) => ({
          ...finding,
          ...(last === undefined || last === now.toISOString() ? {} : { until: last }),
        })),
        ...standing,
      ],
      more: state.more,
    };
  }

  return { look };
}
