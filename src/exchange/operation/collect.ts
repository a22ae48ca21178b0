import type { Clock } from "#kernel";
import type { Database, Sql } from "#store";
import { bounds, bucketOf } from "./durations.ts";
import { callerPath, providerPath, recordOf, servicePath } from "./record.ts";
import type { Fault, Known, OperationalRecord, Passage } from "./record.ts";
import {
  addBreaches,
  addMinutes,
  addTotals,
  countedServices,
  purge,
  putRecords,
  type BreachSum,
  type MinuteSum,
  type Sum,
  type TotalSum,
} from "./store.ts";

/** Where a gateway's observations gather. A call waits for none of it. */
export interface Collector {
  begin(side: OperationalRecord["securityServerType"]): Passage;
  /** Writes what has gathered. */
  flush(): Promise<void>;
  /** Writes what has gathered, and ends. */
  close(): Promise<void>;
}

const day = 24 * 3_600_000;
/** Services under whose own names calls are summed; what comes beyond is summed as one. */
const mostServices = 1000;
/** More than this are not held while a database is away: the newest go uncounted, calls go on. */
const mostHeld = 50_000;

/**
 * Gathers records for a second and writes them with their sums in one transaction that does not wait for the disk: a
 * killed process loses the last second's observations, never evidence, which has its own way.
 */
export function openCollector(o: {
  readonly database: Database;
  readonly clock: Clock;
  readonly warn: (what: object, message: string) => void;
}): Collector {
  let held: OperationalRecord[] = [];
  let lost = 0;
  let writing: Promise<void> = Promise.resolve();
  let purgedAt = 0;
  let services: Set<string> | undefined;

  async function write(): Promise<void> {
    const records = held;
    if (records.length === 0) return;
    held = [];
    try {
      await o.database.transaction(async (tx) => {
        await tx.run("set local synchronous_commit = off");
        await putRecords(tx, records);
        const counted = await named(tx, records);
        await addMinutes(tx, sumsByMinute(counted));
        await addTotals(tx, sumsByStatus(counted));
        const broken = breachesOf(records);
        if (broken.length > 0) await addBreaches(tx, broken);
      });
    } catch (cause) {
      if (String((cause as { readonly code?: unknown }).code).startsWith("22")) {
        // Data that the database will never take: kept, they would hold up everything after them.
        lost += records.length;
        o.warn({ cause: String(cause), lost }, "observations cannot be written and were dropped");
        return;
      }
      held = [...records, ...held].slice(0, mostHeld);
      o.warn({ cause: String(cause), held: held.length }, "observations are not written yet");
      return;
    }
    if (lost > 0) o.warn({ lost }, "observations were dropped while the database was away");
    lost = 0;
    const now = o.clock.now().getTime();
    if (now - purgedAt < 3_600_000) return;
    purgedAt = now;
    const limits = { records: new Date(now - 7 * day), minutes: new Date(now - 35 * day) };
    await purge(o.database, limits).catch((cause: unknown) => o.warn({ cause: String(cause) }, "nothing was purged"));
  }

  /**
   * Records as they are summed: under the service only where there is one, and under no more services than a gateway can
   * have to do with. Sums stay for ever, so that a caller who invents names must not make one for each.
   */
  async function named(tx: Sql, records: readonly OperationalRecord[]): Promise<readonly Counted[]> {
    services ??= new Set(await countedServices(tx, mostServices));
    const known = services;
    return records.map((record) => {
      const one = countedAs(record);
      const key = `${one.side} ${one.service}`;
      if (known.size < mostServices) known.add(key);
      return known.has(key) ? one : { ...one, service: "?" };
    });
  }

  const flush = (): Promise<void> => (writing = writing.then(write));
  const timer = setInterval(() => void flush(), 1000);
  timer.unref();

  return {
    begin(side) {
      const now = (): number => o.clock.now().getTime();
      const started = now();
      const from = performance.now();
      let known: Partial<Known> = {};
      let out: number | undefined;
      let back: number | undefined;
      let fault: Fault | undefined;
      let ended = false;
      return {
        known: (what) => void (known = { ...known, ...what }),
        requestOut: () => void (out ??= now()),
        responseIn: () => void (back ??= now()),
        refused: (what) => void (fault ??= what),
        end(how) {
          if (ended) return;
          ended = true;
          if (held.length >= mostHeld) {
            lost += 1;
            return;
          }
          // The duration by a clock that never goes back.
          const done = started + Math.round(performance.now() - from);
          const times = {
            in: started,
            done,
            ...(out === undefined ? {} : { out }),
            ...(back === undefined ? {} : { back }),
          };
          held.push(recordOf(side, times, known, { ...how, fault }));
        },
      };
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}

/** What a record adds to sums. */
interface Counted extends Sum {
  readonly at: number;
  readonly succeeded: boolean;
  readonly statusCode: number;
}

/** Calls whose client or service nobody could read, or that name a service that is not there, are one kind each. */
function countedAs(record: OperationalRecord): Counted {
  const took = record.responseOutTs - record.requestInTs;
  const buckets = Array.from({ length: bounds.length + 1 }, () => 0);
  buckets[bucketOf(took)] = 1;
  return {
    side: record.securityServerType,
    client: callerPath(record),
    service:
      record.decision === "unknown-member"
        ? "?"
        : record.decision === "service-unknown"
          ? providerPath(record)
          : servicePath(record),
    at: record.responseOutTs,
    succeeded: record.succeeded,
    statusCode: record.statusCode,
    calls: 1,
    buckets,
    milliseconds: took,
    requestBytes: record.requestSize ?? 0,
    responseBytes: record.responseSize ?? 0,
  };
}

/** Only services that are there have a description, so that no caller can invent a name here. */
function breachesOf(records: readonly OperationalRecord[]): BreachSum[] {
  const sums = new Map<string, BreachSum>();
  for (const record of records) {
    const { contractBroken: mode } = record;
    if (mode === undefined) continue;
    const service = servicePath(record);
    const key = `${mode} ${service}`;
    sums.set(key, { service, mode, calls: (sums.get(key)?.calls ?? 0) + 1 });
  }
  return [...sums.values()];
}

/** Adds up sums alike. */
export function addUp<Row extends Sum>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    const sum = sums.get(key);
    sums.set(
      key,
      sum
        ? {
            ...sum,
            calls: sum.calls + row.calls,
            buckets: sum.buckets.map((count, at) => count + (row.buckets[at] ?? 0)),
            milliseconds: sum.milliseconds + row.milliseconds,
            requestBytes: sum.requestBytes + row.requestBytes,
            responseBytes: sum.responseBytes + row.responseBytes,
          }
        : row,
    );
  }
  return [...sums.values()];
}

function sumsByMinute(counted: readonly Counted[]): MinuteSum[] {
  const rows = counted.map(({ at, statusCode: _statusCode, ...sum }) => ({
    ...sum,
    minute: new Date(Math.floor(at / 60_000) * 60_000),
  }));
  return addUp(rows, (row) => [row.minute.getTime(), row.side, row.client, row.service, row.succeeded].join(" "));
}

function sumsByStatus(counted: readonly Counted[]): TotalSum[] {
  const rows = counted.map(({ at: _at, succeeded: _succeeded, statusCode, ...sum }) => ({
    ...sum,
    status: `${Math.floor(statusCode / 100)}xx`,
  }));
  return addUp(rows, (row) => [row.side, row.client, row.service, row.status].join(" "));
}
