import { X509Certificate } from "node:crypto";
import type { Log } from "#ledger";
import type { Database } from "#store";
import { openCollector, type Collector } from "./collect.ts";
import { diagnose, type Diagnosis, type Patient } from "./diagnose.ts";
import { metricsText } from "./metrics.ts";
import type { OperationalRecord } from "./record.ts";
import {
  healthOfServices,
  type ServiceHealth,
  minutesSince,
  databaseState,
  latestRecords,
  openExchanges,
  recordsBetween,
  breachTotals,
  totals,
} from "./store.ts";
import { trafficOf, type Traffic } from "./traffic.ts";

export interface RecordsQuestion {
  readonly from: Date;
  readonly to: Date;
  /** Path form; only calls of this client. */
  readonly client?: string | undefined;
  /** Names of members to give; all unless told. */
  readonly fields?: readonly string[] | undefined;
  readonly cursor?: string | undefined;
  /** 1,000 unless told, 10,000 at most. */
  readonly limit?: number | undefined;
}

export interface RecordsAnswer {
  readonly records: readonly Partial<OperationalRecord>[];
  readonly recordsCount: number;
  /** Give it as `cursor` for what follows; absent at the end. */
  readonly nextCursor?: string;
}

/** Whether this process can take calls, and what stands in the way. */
export interface Readiness {
  readonly ready: boolean;
  readonly database: "ok" | "read-only" | "unreachable";
  readonly configuration: "fresh" | "stale" | "expired";
}

/** What those who run a gateway look at: what passed, how it is now, what is wrong. */
export interface Operation {
  readonly collector: Collector;
  /** @see OperationalRecord: one for each call at this gateway, kept for a week */
  records(question: RecordsQuestion): Promise<RecordsAnswer>;
  /** The last calls of so many minutes, newest first. */
  latest(minutes: number, limit: number): Promise<readonly OperationalRecord[]>;
  /** Who talked with whom in the last so many minutes; five weeks at most. */
  traffic(minutes: number): Promise<Traffic>;
  /** How each service fared in the last ten minutes, in the names of PR-OPMON's health data. */
  health(): Promise<Health>;
  /** Prometheus' text format. */
  metrics(): Promise<string>;
  readiness(): Promise<Readiness>;
  diagnose(): Promise<Diagnosis>;
  close(): Promise<void>;
}

/** @see PR-OPMON 1.4, getSecurityServerHealthData */
export interface Health {
  /** When this process began to observe, milliseconds since 1970. */
  readonly monitoringStartupTimestamp: number;
  readonly statisticsPeriodSeconds: number;
  readonly services: readonly ServiceHealth[];
}

const statisticsPeriodSeconds = 600;

export function openOperation(
  o: Omit<Patient, "database"> & {
    readonly database: Database;
    readonly log: Log;
    readonly warn: (what: object, message: string) => void;
  },
): Operation {
  const collector = openCollector(o);
  const started = o.clock.now().getTime();
  return {
    collector,
    async records({ from, to, client, fields, cursor, limit = 1000 }) {
      const most = Math.min(Math.max(1, limit), 10_000);
      const rows = await recordsBetween(o.database, { from, to, client, after: cursor, limit: most + 1 });
      const page = rows.slice(0, most);
      const last = page.at(-1);
      return {
        records: page.map(({ record }) => (fields ? only(record, fields) : record)),
        recordsCount: page.length,
        ...(rows.length > most && last ? { nextCursor: last.id } : {}),
      };
    },
    latest: (minutes, limit) => latestRecords(o.database, new Date(o.clock.now().getTime() - minutes * 60_000), limit),
    async traffic(minutes) {
      const to = o.clock.now();
      const from = new Date(to.getTime() - Math.min(minutes, 35 * 24 * 60) * 60_000);
      return trafficOf(await minutesSince(o.database, from), from, to);
    },
    async health() {
      const since = new Date(o.clock.now().getTime() - statisticsPeriodSeconds * 1000);
      const services = await healthOfServices(o.database, since);
      return { monitoringStartupTimestamp: started, statisticsPeriodSeconds, services };
    },
    async metrics() {
      const now = o.clock.now().getTime();
      const [sums, breaches, open, logSize] = await Promise.all([
        totals(o.database),
        breachTotals(o.database),
        openExchanges(o.database, new Date(now)),
        o.log.size(),
      ]);
      const body = o.directory()?.body;
      const { cert } = o.identity();
      const state = o.state();
      return metricsText(sums, breaches, {
        configurationVersion: body?.version ?? 0,
        configurationAge: body ? (now - Date.parse(body.issued)) / 1000 : 0,
        configurationState: state === "fresh" ? 0 : state === "stale" ? 1 : 2,
        certificateSecondsLeft: cert === "" ? 0 : (Date.parse(new X509Certificate(cert).validTo) - now) / 1000,
        openExchanges: open.open,
        oldestOpenExchange: open.oldest,
        logSize,
      });
    },
    async readiness() {
      const state = o.state();
      const database = await databaseState(o.database).then(
        ({ writable }) => (writable ? "ok" : "read-only"),
        () => "unreachable" as const,
      );
      return { ready: database === "ok" && state !== "expired", database, configuration: state };
    },
    diagnose: () => diagnose(o),
    close: () => collector.close(),
  };
}

function only(record: OperationalRecord, fields: readonly string[]): Partial<OperationalRecord> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => fields.includes(name)));
}
