import { startOfDay, type Country } from "#flows";
import type { Localised } from "#kernel";
import { entryKinds, type EntryKind, type ExploredLog, type MonitorReport } from "#ledger";
import type { EntryLine, EntryPageView, LogPageView, LogView, RateView, RoundView } from "#services/pages";
import { both, type Text } from "#ui";
import { explainedKinds, readEntry, type EntryWords, type ReadEntry } from "./entry-words.ts";
import type { CountryLogs, PublicLog, PublicLogs } from "./public-logs.ts";
import { lastPart } from "./receipt-view.ts";
import { entryHref, logHref, recordPaths } from "./record-paths.ts";
import { within } from "./within.ts";

const hour = 3_600_000;
const hours = 24;
const days = 14;
/** Entries on a page, and how many are looked through for them when only one kind is wanted. */
const pageSize = 25;
const lookedThrough = 1024;
/** Findings that the page lists; the export has all. */
const listed = 200;

type Titles = Readonly<Record<string, Localised>>;

/** The witnesses of the policy, each with the time of its signature under a head. A second key is the same witness. */
function signatures(log: ExploredLog | undefined, witnesses: readonly string[], titles: Titles) {
  const signed = new Map<string, number>();
  for (const { name, time } of log?.witnesses ?? []) {
    const witness = name.replace(/\/ml-dsa-44$/, "");
    signed.set(witness, Math.max(time, signed.get(witness) ?? 0));
  }
  return witnesses.map((name) => {
    const time = signed.get(name);
    const title: Text = titles[name] ?? lastPart(name);
    return { name: title, ...(time === undefined ? {} : { at: new Date(time * 1000) }) };
  });
}

function findingsOf({ origin, url }: PublicLog, report: MonitorReport | undefined): number | undefined {
  return report?.findings.filter(({ log }) => log === origin || log === url).length;
}

/** A line of the list of logs. */
export function logLine(
  log: PublicLog,
  { witnesses }: CountryLogs,
  titles: Titles,
  report: MonitorReport | undefined,
): LogView {
  const findings = findingsOf(log, report);
  return {
    name: log.name,
    origin: log.origin,
    href: logHref(log.id),
    ...(log.log ? { size: log.log.size } : {}),
    witnesses: log.log ? signatures(log.log, witnesses, titles) : [],
    ...(log.finding ? { trouble: log.finding } : {}),
    ...(findings === undefined ? {} : { findings }),
  };
}

/** What a log's page shows of it, apart from its entries and their rate. */
export function logFacts(
  log: PublicLog,
  { witnesses }: CountryLogs,
  titles: Titles,
  report: MonitorReport | undefined,
): Omit<LogPageView, "now" | "rate" | "list" | "listHref" | "findingsHref"> {
  const { log: head } = log;
  const findings = findingsOf(log, report);
  const base = logHref(log.id);
  return {
    name: log.name,
    origin: log.origin,
    ...(log.finding ? { trouble: log.finding } : {}),
    ...(head
      ? {
          head: {
            size: head.size,
            root: head.root,
            readAt: head.readAt,
            quorum: head.quorum,
            witnesses: signatures(head, witnesses, titles),
          },
        }
      : {}),
    goTo: `${base}/entry`,
    files: {
      vkey: log.vkey,
      keyHref: `${base}/key.txt`,
      policyHref: recordPaths.policy,
      ...(head ? { checkpointHref: `${base}/checkpoint.txt` } : {}),
      ...(log.url ? { address: log.url } : {}),
    },
    ...(findings === undefined ? {} : { findings }),
  };
}

/** The anchors that a log lists, for its page; nothing if it lists none, or does not say so within `ms`. */
export async function anchorsView(logs: PublicLogs, log: PublicLog, ms: number): Promise<LogPageView["anchors"]> {
  const listed = await within(ms, logs.anchors(log)).catch(() => undefined);
  if (!listed) return undefined;
  return {
    records: listed.records,
    newest: listed.newest.map(({ name, at, size }) => ({ name, at: new Date(at), size })),
    ...(log.url ? { listHref: `${log.url.replace(/\/$/, "")}/anchors/index.json` } : {}),
  };
}

/** The moments at which the bars of a plot begin: whole hours, or days as the country counts them. */
function moments(by: RateView["by"], now: Date, country: Country): Date[] {
  if (by === "hour") {
    const last = Math.floor(now.getTime() / hour) * hour;
    return Array.from({ length: hours }, (_, at) => new Date(last - (hours - 1 - at) * hour));
  }
  const today = startOfDay(country, country.dayOf(now)).getTime();
  // Noon of a day is in that day also where a clock is put forward or back.
  return Array.from({ length: days }, (_, at) =>
    startOfDay(country, country.dayOf(new Date(today - (days - 1 - at) * 24 * hour + 12 * hour))),
  );
}

/** How often a log is written to; nothing if that is not found out within `ms`. */
export async function rateView(
  logs: PublicLogs,
  log: PublicLog,
  o: { by: RateView["by"]; now: Date; country: Country; href: (query: string) => string; ms: number },
): Promise<RateView | undefined> {
  const from = moments(o.by, o.now, o.country);
  const counts = await within(o.ms, logs.counts(log, from)).catch(() => undefined);
  if (!counts) return undefined;
  return {
    by: o.by,
    bars: from.map((moment, at) => ({ from: moment, count: counts[at] ?? 0 })),
    hourHref: o.href("rate=hour"),
    dayHref: o.href("rate=day"),
  };
}

/** The kinds among a log's newest entries; what is filtered by is among them or asked for. */
const recentKinds = new WeakMap<ExploredLog, readonly EntryKind[]>();

async function kindsOf(head: ExploredLog): Promise<readonly EntryKind[]> {
  const known = recentKinds.get(head);
  if (known) return known;
  const entries = await head.entries(Math.max(0, head.size - lookedThrough), head.size);
  const found = new Set(entries.map(kindNamed));
  const kinds = (Object.keys(entryKinds) as EntryKind[]).filter((kind) => found.has(kind));
  recentKinds.set(head, kinds);
  return kinds;
}

/** The kind that an entry gives itself, unchecked: enough to leave the others aside. */
function kindNamed(bytes: Uint8Array): unknown {
  try {
    return (JSON.parse(Buffer.from(bytes).toString()) as { t?: unknown } | null)?.t;
  } catch {
    return undefined;
  }
}

/** The newest entries before an index, newest first; of one kind if told. @throws as `ExploredLog.entries` */
export async function entryList(
  log: PublicLog,
  head: ExploredLog,
  words: EntryWords,
  o: { before: number; kind: EntryKind | undefined; href: (query: string) => string },
): Promise<NonNullable<LogPageView["list"]>> {
  const to = Math.min(o.before, head.size);
  const lowest = Math.max(0, to - (o.kind ? lookedThrough : pageSize));
  const found = (await head.entries(lowest, to))
    .map((bytes, at) => ({ index: lowest + at, bytes }))
    .filter(({ bytes }) => !o.kind || kindNamed(bytes) === o.kind)
    .toReversed();
  const recent = await kindsOf(head);
  const kinds = !o.kind || recent.includes(o.kind) ? recent : [...recent, o.kind];
  const shown = found.slice(0, pageSize);
  const from = found.length > pageSize ? shown.at(-1)!.index : lowest;
  const kindQuery = o.kind ? `kind=${o.kind}` : "";
  const entries: EntryLine[] = shown.map(({ index, bytes }) => {
    const entry = readEntry(bytes);
    const title = words.title(entry);
    return {
      index,
      href: entryHref(log.id, index),
      parties: words.parties(entry),
      ...(title ? { title } : {}),
      ...(entry.at ? { at: entry.at } : {}),
    };
  });
  const all = { title: both("全部", "All"), href: o.href(""), chosen: o.kind === undefined };
  return {
    entries,
    kinds: [
      all,
      ...kinds.map((kind) => ({
        title: entryKinds[kind].title,
        href: o.href(`kind=${kind}`),
        chosen: kind === o.kind,
      })),
    ],
    looked: { from, to },
    ...(to < head.size ? { newestHref: o.href(kindQuery) } : {}),
    ...(from > 0 ? { olderHref: o.href([kindQuery, `before=${from}`].filter(Boolean).join("&")) } : {}),
  };
}

/** An entry in words, with its bytes and its way to the root. @throws as `ExploredLog.prove` */
export async function entryView(
  log: PublicLog,
  head: ExploredLog,
  index: number,
  words: EntryWords,
  o: {
    readonly witnesses: readonly string[];
    readonly titles: Titles;
    readonly counterpart: (entry: ReadEntry) => Promise<EntryPageView["counterpart"]>;
  },
): Promise<EntryPageView> {
  const { entry: bytes, leaf, steps } = await head.prove(index);
  const entry = readEntry(bytes);
  const title = words.title(entry);
  const explained = entry.kind && explainedKinds[entry.kind];
  const counterpart = await o.counterpart(entry);
  const base = entryHref(log.id, index);
  return {
    log: log.name,
    logHref: logHref(log.id),
    index,
    ...(title ? { title } : {}),
    fields: words.fields(entry),
    ...(explained ? { explained } : {}),
    ...(counterpart ? { counterpart } : {}),
    raw: readable(bytes),
    bytes: bytes.length,
    tree: {
      index,
      size: head.size,
      leaf,
      root: head.root,
      steps,
      log: log.name,
      signedBy: signatures(head, o.witnesses, o.titles).flatMap(({ name, at }) => (at ? [{ name, at }] : [])),
    },
    quorum: head.quorum,
    hrefs: {
      proof: `${base}/entry.tlog-proof`,
      receipt: `${base}/receipt.json`,
      raw: `${base}/entry.bin`,
      check: recordPaths.check,
      findings: recordPaths.findings,
      ...(index + 1 < head.size ? { newer: entryHref(log.id, index + 1) } : {}),
      ...(index > 0 ? { older: entryHref(log.id, index - 1) } : {}),
    },
  };
}

/** Bytes as people read them: text where it is text without control characters, hexadecimal otherwise. */
function readable(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // oxlint-disable-next-line no-control-regex
    if (!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text)) return text;
  } catch {
    // not UTF-8: shown below
  }
  return Buffer.from(bytes)
    .toString("hex")
    .replaceAll(/(.{64})/g, "$1\n");
}

/** A round of the monitor for the page: names instead of codes, and each log's findings counted. */
export function roundView(report: MonitorReport, { logs, configuration }: CountryLogs): RoundView {
  const place = (name: string): PublicLog | undefined =>
    logs.find(({ origin, url }) => name === origin || name === url);
  return {
    at: new Date(report.at),
    logs: report.logs.map(({ url, origin, size, complete }) => {
      const log = place(origin ?? url);
      return {
        name: log?.name ?? origin ?? url,
        ...(log ? { href: logHref(log.id) } : {}),
        size,
        complete,
        kinds: report.findings.filter((finding) => finding.log === (origin ?? url)).map(({ kind }) => kind),
      };
    }),
    pairs: report.pairs,
    members: report.members.map(({ member, ...counts }) => ({
      ...counts,
      name: configuration.members.find(({ id }) => id === member)?.name ?? member,
    })),
    findings: report.findings.slice(0, listed).map(({ kind, log: name, index, detail, since, until, notes }) => {
      const log = place(name);
      return {
        kind,
        log: log?.name ?? name,
        ...(log ? { href: index === undefined ? logHref(log.id) : entryHref(log.id, index) } : {}),
        ...(index === undefined ? {} : { index }),
        since: new Date(since),
        ...(until === undefined ? {} : { until: new Date(until) }),
        detail,
        ...(notes ? { notes } : {}),
      };
    }),
    more: report.more + Math.max(0, report.findings.length - listed),
  };
}
