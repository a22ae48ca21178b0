import type { ConfigurationBody } from "#exchange";
import type { Clock, Localised } from "#kernel";
import {
  exploreLog,
  keepFiles,
  listedAnchors,
  logFilesAt,
  parsePolicy,
  type AnchorsListed,
  type ExploredLog,
  type Explorer,
  type LogFinding,
  type Policy,
  type ReadLogFile,
} from "#ledger";
import { both } from "#ui";
import { logsOf, type FollowedConfiguration } from "../follow-configuration.ts";
import { policyOf } from "./policy.ts";
import { lastPart } from "./receipt-view.ts";
import { takenIds } from "./record-paths.ts";
import { within } from "./within.ts";

/** A log of the country as it can be shown now. */
export interface PublicLog {
  /** What it is called in addresses of ours: the last part of its origin, or all of it where two would be alike. */
  readonly id: string;
  readonly origin: string;
  readonly vkey: string;
  readonly url?: string | undefined;
  readonly name: Localised;
  /** The newest head that could be read and did fit. */
  readonly log?: ExploredLog;
  /** Why the last look failed, or that there is no address to look at. */
  readonly finding?: LogFinding;
}

/** All logs of the country, with what they are judged by. */
export interface CountryLogs {
  readonly configuration: ConfigurationBody;
  readonly policy: string;
  /** Witnesses by the policy's names. */
  readonly witnesses: readonly string[];
  readonly logs: readonly PublicLog[];
}

export interface PublicLogs {
  /** The configuration's logs, looked at anew where the last look is old. Waits a second at most, for all together. */
  look(): Promise<CountryLogs>;
  /** The logs that are announced, without looking at them: names and policy only. */
  announced(): Promise<CountryLogs>;
  /** One log by its id or its whole origin, looked at as above; with its neighbours' names. */
  find(id: string): Promise<{ readonly country: CountryLogs; readonly log?: PublicLog }>;
  /** How many entries began in each stretch between the moments, the last one open. Nothing while it is being found out. */
  counts(log: PublicLog, moments: readonly Date[]): Promise<readonly number[] | undefined>;
  /** The anchors that a log lists, as of a minute ago at most; nothing if it lists none. @throws if it cannot be asked */
  anchors(log: PublicLog): Promise<AnchorsListed | undefined>;
}

/** Bytes of tiles and bundles kept, over all logs. */
const keptBytes = 32 * 1024 * 1024;
/** Milliseconds: a look serves so long; a page waits so long for a first look, and for a new one; a silent log is left alone so long. */
const times = {
  serves: 2_000,
  first: 1_000,
  again: 300,
  silence: 10_000,
  file: 5_000,
  keepsQuorum: 60_000,
  anchors: 60_000,
};
/** A moment this long ago will not get further entries before it. Milliseconds. */
const settled = 600_000;

interface Followed {
  readonly explorer: Explorer;
  readonly url: string | undefined;
  readonly read: ReadLogFile;
  anchors?: { readonly until: number; readonly listed: Promise<AnchorsListed | undefined> };
  readonly firsts: Map<number, number>;
  log?: ExploredLog | undefined;
  finding?: LogFinding | undefined;
  /** When the last look ended, by the monotonic clock. */
  endedAt?: number;
  running?: { readonly since: number; readonly done: Promise<void> } | undefined;
}

interface Judged {
  readonly configuration: ConfigurationBody;
  readonly text: string;
  readonly policy: Policy;
}

/** Reads the country's logs as anybody does, by their public addresses; the portal's own without the detour. */
export function openPublicLogs(options: {
  readonly configuration: FollowedConfiguration;
  readonly clock: Clock;
  readonly own: { readonly origin: string; readonly vkey: string; readonly url: string; readonly read: ReadLogFile };
}): PublicLogs {
  const { clock, own } = options;
  const files = keepFiles(keptBytes);
  const followed = new Map<string, Followed>();
  let known: ConfigurationBody | undefined;
  let judged: Judged | undefined;

  async function configurationNow(): Promise<ConfigurationBody> {
    const asking = options.configuration.current();
    known = known ? ((await within(times.again, asking)) ?? known) : await asking;
    return known;
  }

  /** Made once for each configuration: every page asks, and every log's key has to be read for it. */
  async function judgedBy(configuration: ConfigurationBody): Promise<Judged> {
    if (judged?.configuration === configuration) return judged;
    const text = await policyOf(configuration, own);
    const parsed = await parsePolicy(text);
    if (!parsed.ok) throw Object.assign(new Error(parsed.reason), { code: "policy-invalid" });
    judged = { configuration, text, policy: parsed.value };
    return judged;
  }

  function follow(origin: string, url: string | undefined): Followed {
    const before = followed.get(origin);
    if (before?.url === url && before) return before;
    const none: ReadLogFile = () =>
      Promise.reject(Object.assign(new Error("the log announces no address"), { code: "ledger-file-unavailable" }));
    const read = origin === own.origin ? own.read : url ? logFilesAt(url, times.file) : none;
    // What was seen at the old address counts at the new one too, except the reader itself.
    const fresh: Followed = { firsts: new Map(), ...before, url, read, explorer: exploreLog({ origin, read, files }) };
    followed.set(origin, fresh);
    return fresh;
  }

  async function lookAt(one: Followed, policy: Policy): Promise<void> {
    const now = clock.now();
    const looked = await one.explorer.look(policy, now);
    one.endedAt = performance.now();
    one.finding = looked.ok ? undefined : looked.finding;
    if (!looked.ok) return;
    // A head is public a moment before its cosignatures: until they are there, the one before is shown.
    const before = one.log;
    const early = !looked.log.quorum && before?.quorum && now.getTime() - before.readAt.getTime() < times.keepsQuorum;
    if (!early) one.log = looked.log;
  }

  /** Starts a look where one is due; answers how long to wait for it, and the look. */
  function renew(one: Followed, policy: Policy): { wait: number; done: Promise<void> } | undefined {
    const age = one.endedAt === undefined ? Number.POSITIVE_INFINITY : performance.now() - one.endedAt;
    if (age < (one.finding ? times.silence : times.serves)) return undefined;
    one.running ??= {
      since: performance.now(),
      done: lookAt(one, policy).finally(() => {
        one.running = undefined;
      }),
    };
    const { since, done } = one.running;
    const patience = one.endedAt === undefined ? times.first : one.finding ? 0 : times.again;
    // Who comes while a look hangs does not wait for it from the beginning.
    return { wait: Math.max(0, patience - (performance.now() - since)), done };
  }

  async function country(looking: (origin: string, id: string) => boolean): Promise<CountryLogs> {
    const configuration = await configurationNow();
    const { text, policy } = await judgedBy(configuration);
    const announced = new Map([...logsOf(configuration), own].toReversed().map((log) => [log.origin, log] as const));
    const wanted = policy.logs.flatMap(({ name }) => announced.get(name) ?? []);
    const idOf = (origin: string): string => {
      const short = lastPart(origin);
      const alone = wanted.filter((other) => lastPart(other.origin) === short).length === 1;
      return alone && short !== "" && !takenIds.has(short) ? short : origin;
    };
    const begun = wanted.flatMap(({ origin, url }) => {
      const one = follow(origin, url);
      return looking(origin, idOf(origin)) ? (renew(one, policy) ?? []) : [];
    });
    await Promise.all(begun.map(({ wait, done }) => within(wait, done)));
    return {
      configuration,
      policy: text,
      witnesses: configuration.witnesses.map(({ name }) => name),
      logs: wanted.map(({ origin, vkey, url }) => {
        const { log, finding, endedAt } = followed.get(origin)!;
        const silent: LogFinding = { kind: "unavailable", detail: "no answer yet" };
        const trouble = finding ?? (endedAt === undefined ? silent : undefined);
        return {
          id: idOf(origin),
          origin,
          vkey,
          url,
          name: nameOf(origin, configuration, own.origin),
          ...(log ? { log } : {}),
          ...(trouble ? { finding: trouble } : {}),
        };
      }),
    };
  }

  async function find(id: string): Promise<{ country: CountryLogs; log?: PublicLog }> {
    const named = isNamed(id);
    const all = await country((origin, own) => named({ id: own, origin }));
    const log = all.logs.find(named);
    return { country: all, ...(log ? { log } : {}) };
  }

  async function firstSince(origin: string, log: ExploredLog, moment: Date): Promise<number> {
    const { firsts } = followed.get(origin)!;
    const at = moment.getTime();
    const before = firsts.get(at);
    if (before !== undefined) return before;
    const found = await log.firstSince(moment);
    if (clock.now().getTime() - at > settled && found < log.size) {
      if (firsts.size > 500) firsts.clear();
      firsts.set(at, found);
    }
    return found;
  }

  function anchors({ origin }: PublicLog): Promise<AnchorsListed | undefined> {
    const one = followed.get(origin)!;
    if (!one.anchors || one.anchors.until < performance.now()) {
      const listed = listedAnchors(one.read);
      one.anchors = { until: performance.now() + times.anchors, listed };
      listed.catch(() => {
        delete one.anchors;
      });
    }
    return one.anchors.listed;
  }

  return {
    look: () => country(() => true),
    announced: () => country(() => false),
    find,
    anchors,
    counts: async ({ origin, log }, moments) => {
      if (!log) return undefined;
      const firsts: number[] = [];
      for (const moment of moments) firsts.push(await firstSince(origin, log, moment));
      return firsts.map((first, at) => Math.max(0, (firsts[at + 1] ?? log.size) - first));
    },
  };
}

/** Whether a log is meant by an id: its own, or its whole origin. */
export function isNamed(id: string): (log: Pick<PublicLog, "id" | "origin">) => boolean {
  return (log) => log.id === id || log.origin === id;
}

/** What a log is called on screens: after the member that keeps it. */
function nameOf(origin: string, configuration: ConfigurationBody, own: string): Localised {
  if (origin === own) return both("入口網站：同意與案件", "Portal: agreements and cases");
  if (configuration.logs.some((log) => log.origin === origin))
    return both("主管機關：參加者與金鑰", "Authority: members and keys");
  const gateway = configuration.gateways.find(({ logs }) => logs.some((log) => log.origin === origin));
  const name = configuration.members.find(({ id }) => id === gateway?.member)?.name ?? both(origin, origin);
  const further = gateway?.logs.findIndex((log) => log.origin === origin) ?? 0;
  const part = lastPart(origin);
  return further > 0 ? both(`${name["zh-Hant"]}（${part}）`, `${name.en} (${part})`) : name;
}
