import { bounds } from "./durations.ts";
import { addUp } from "./collect.ts";
import type { BreachSum, TotalSum } from "./store.ts";

/** What a gateway's process knows of itself at the moment. Ages in seconds. */
export interface Gauges {
  readonly configurationVersion: number;
  readonly configurationAge: number;
  /** 0 fresh, 1 stale, 2 expired. */
  readonly configurationState: 0 | 1 | 2;
  readonly certificateSecondsLeft: number;
  readonly openExchanges: number;
  readonly oldestOpenExchange: number;
  readonly logSize: bigint;
}

const label = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
const labels = (of: Readonly<Record<string, string>>): string =>
  Object.entries(of)
    .map(([name, value]) => `${name}="${label(value)}"`)
    .join(",");

/**
 * Everything as Prometheus reads it (text exposition format 0.0.4). Counters hold for all processes of the gateway and
 * outlive restarts. Services and peers are labels, persons and paths never.
 */
export function metricsText(sums: readonly TotalSum[], breaches: readonly BreachSum[], gauges: Gauges): string {
  const lines: string[] = [];
  const family = (name: string, type: string, help: string): void =>
    void lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);

  family("taroko_exchange_calls_total", "counter", "Calls that ended at this gateway.");
  for (const sum of sums) {
    const { side, client, service, status } = sum;
    lines.push(`taroko_exchange_calls_total{${labels({ side, client, service, status })}} ${sum.calls}`);
  }
  for (const [name, help, of] of [
    ["taroko_exchange_request_bytes_total", "Bytes of requests.", (sum: TotalSum) => sum.requestBytes],
    ["taroko_exchange_response_bytes_total", "Bytes of answers.", (sum: TotalSum) => sum.responseBytes],
  ] as const) {
    family(name, "counter", help);
    for (const sum of byService(sums))
      lines.push(`${name}{${labels({ side: sum.side, service: sum.service })}} ${of(sum)}`);
  }
  family("taroko_exchange_duration_seconds", "histogram", "From a call's first byte to the answer's last.");
  for (const sum of byService(sums)) {
    const own = labels({ side: sum.side, service: sum.service });
    let below = 0;
    for (const [at, bound] of bounds.entries()) {
      below += sum.buckets[at] ?? 0;
      lines.push(`taroko_exchange_duration_seconds_bucket{${own},le="${bound / 1000}"} ${below}`);
    }
    lines.push(
      `taroko_exchange_duration_seconds_bucket{${own},le="+Inf"} ${sum.calls}`,
      `taroko_exchange_duration_seconds_sum{${own}} ${sum.milliseconds / 1000}`,
      `taroko_exchange_duration_seconds_count{${own}} ${sum.calls}`,
    );
  }
  family(
    "taroko_exchange_contract_breaches_total",
    "counter",
    "Calls that broke their service's description: reported, or refused (enforce).",
  );
  for (const { service, mode, calls } of breaches)
    lines.push(`taroko_exchange_contract_breaches_total{${labels({ service, mode })}} ${calls}`);
  for (const [name, help, value] of [
    [
      "taroko_configuration_version",
      "Version of the country's configuration that is followed.",
      gauges.configurationVersion,
    ],
    ["taroko_configuration_age_seconds", "Time since that version was issued.", gauges.configurationAge],
    ["taroko_configuration_state", "0 fresh, 1 stale, 2 expired.", gauges.configurationState],
    ["taroko_certificate_left_seconds", "Time until the gateway's certificate ends.", gauges.certificateSecondsLeft],
    ["taroko_exchange_open", "Exchanges that have not ended.", gauges.openExchanges],
    ["taroko_exchange_open_oldest_seconds", "Age of the oldest of them.", gauges.oldestOpenExchange],
    ["taroko_log_entries", "Entries covered by the log's newest head.", gauges.logSize],
    ["process_resident_memory_bytes", "Memory of this process.", process.memoryUsage.rss()],
  ] as const) {
    family(name, "gauge", help);
    lines.push(`${name} ${value}`);
  }
  const { user, system } = process.cpuUsage();
  family("process_cpu_seconds_total", "counter", "Processor time of this process.");
  lines.push(`process_cpu_seconds_total ${(user + system) / 1e6}`);
  return `${lines.join("\n")}\n`;
}

function byService(sums: readonly TotalSum[]): TotalSum[] {
  return addUp(sums, ({ side, service }) => `${side} ${service}`);
}
