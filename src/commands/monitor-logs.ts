import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "#kernel";
import { openMonitor, type Finding, type Monitor, type MonitorReport } from "#ledger";
import { messageOf } from "./answer.ts";
import { readPlace } from "./read-place.ts";

/** As the command line gives them; times in minutes. */
export interface MonitorLogsOptions {
  readonly policy: string;
  readonly log?: readonly string[];
  readonly state?: string;
  readonly window: number;
  readonly every: number;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** What each kind of finding means to a reader who has not met it. */
const meaning: Readonly<Record<Finding["kind"], string>> = {
  unavailable: "a file of the log cannot be had",
  "broken-file": "a file does not lead to the signed root",
  "bad-signature": "the checkpoint is not this log's",
  "quorum-missing": "too few witnesses signed the newest checkpoint",
  stale: "the log stands still",
  shrunk: "entries that were there are no longer served",
  fork: "the log signed two histories: proof of misconduct",
  mismatch: "the two ends of an exchange contradict each other",
  schema: "an entry is not on the closed list",
  "merge-delay": "entries were held back",
  "orphan-consumer": "the asking side recorded an exchange, the answering side did not",
  "orphan-provider": "data were served, and the side that asked recorded nothing",
  "index-key-changed": "the index that proves people's lists whole changed its key: people may be shown two lists",
  "index-went-back": "the index that proves people's lists whole covers less than before, or what is not there yet",
  "index-missing": "entries about people are covered by no index: nobody can prove a list of them whole",
  "configuration-split": "a gateway works by a configuration that the authority's log does not name",
};

/**
 * `taroko monitor`: looks once, or again and again until Ctrl-C, and says what was found.
 * @returns the exit status of the last look: 0 nothing found, 1 findings, 2 could not look
 */
export async function monitorLogs(options: MonitorLogsOptions): Promise<0 | 1 | 2> {
  let monitor: Monitor;
  try {
    monitor = await openMonitor({
      policy: await readPlace(options.policy),
      clock: systemClock,
      windowMs: options.window * 60_000,
      ...(options.log ? { logs: options.log } : {}),
      ...(options.state === undefined ? {} : { stateFile: options.state }),
    });
  } catch (cause) {
    console.error(`Cannot look (policy ${options.policy}): ${messageOf(cause)}`);
    return 2;
  }
  const stop = new AbortController();
  if (!options.once)
    void once(process, "SIGINT", { signal: stop.signal }).then(
      () => stop.abort(),
      () => undefined,
    );
  for (;;) {
    const status = await lookOnce(monitor, options.json === true);
    if (options.once || status === 2) {
      stop.abort();
      return status;
    }
    await sleep(options.every * 60_000, undefined, { signal: stop.signal }).catch(() => undefined);
    if (stop.signal.aborted) return status;
  }
}

async function lookOnce(monitor: Monitor, json: boolean): Promise<0 | 1 | 2> {
  let report: MonitorReport;
  try {
    report = await monitor.look();
  } catch (cause) {
    console.error(`Cannot look: ${messageOf(cause)}`);
    return 2;
  }
  console.log(json ? JSON.stringify(report) : readable(report));
  if (report.findings.length === 0) return 0;
  const looked =
    report.logs.some(({ complete }) => complete) || report.findings.some(({ kind }) => kind !== "unavailable");
  return looked ? 1 : 2;
}

function readable({ at, logs, pairs, members, findings, more }: MonitorReport): string {
  const lines = [at];
  for (const { url, origin, size, witnesses, complete } of logs) {
    lines.push(
      `  log        ${origin ?? url}: ${size} entries, ${witnesses.length} cosignatures${complete ? "" : ", not read to its end"}`,
    );
  }
  lines.push(
    `  exchanges  ${pairs.paired} recorded by both ends, ${pairs.waiting} waiting, ${pairs.undelivered} failed on the way`,
  );
  for (const { member, entries, apart, missing } of members) {
    if (apart + missing > 0)
      lines.push(
        `  member     ${member}: ${entries} entries, ${missing} missing, ${apart} ended otherwise at the other end`,
      );
  }
  for (const { kind, log, index, detail, since, until } of findings) {
    lines.push(`FOUND ${kind}: ${meaning[kind]}`);
    const time = until === undefined ? `since ${since}` : `from ${since} to ${until}, gone by now`;
    lines.push(`  ${log}${index === undefined ? "" : `, entry ${index}`}, ${time}`, `  ${detail}`);
  }
  if (more > 0) lines.push(`and ${more} more`);
  if (findings.length === 0) lines.push("nothing found");
  return lines.join("\n");
}
