import { addUp } from "./collect.ts";
import { quantileOf } from "./durations.ts";
import type { OperationalRecord } from "./record.ts";
import type { MinuteSum } from "./store.ts";

/** Who called what, over a time. Durations in milliseconds, read off buckets. */
export interface Flow {
  readonly side: OperationalRecord["securityServerType"];
  readonly client: string;
  readonly service: string;
  readonly calls: number;
  readonly failed: number;
  readonly median: number | undefined;
  readonly p95: number | undefined;
  readonly bytes: number;
}

/** Calls of one slice of time. */
export interface Slice {
  readonly from: Date;
  readonly calls: number;
  readonly failed: number;
}

export interface Traffic {
  readonly from: Date;
  readonly to: Date;
  /** Busiest first. */
  readonly flows: readonly Flow[];
  /** 60 of equal length, the last one still open. */
  readonly slices: readonly Slice[];
}

/** Sums up the minutes of a window that ends now. Pure. */
export function trafficOf(minutes: readonly MinuteSum[], from: Date, to: Date): Traffic {
  const key = ({ side, client, service }: MinuteSum): string => `${side} ${client} ${service}`;
  const failed = new Map(
    addUp(
      minutes.filter((one) => !one.succeeded),
      key,
    ).map((sum) => [key(sum), sum.calls]),
  );
  const flows = addUp(minutes, key)
    .map((sum) => ({
      side: sum.side,
      client: sum.client,
      service: sum.service,
      calls: sum.calls,
      failed: failed.get(key(sum)) ?? 0,
      median: quantileOf(sum.buckets, 0.5),
      p95: quantileOf(sum.buckets, 0.95),
      bytes: sum.requestBytes + sum.responseBytes,
    }))
    .sort((a, b) => b.calls - a.calls || (key(a as never) < key(b as never) ? -1 : 1));
  const count = 60;
  const width = (to.getTime() - from.getTime()) / count;
  const slices = Array.from({ length: count }, (_, at) => ({
    from: new Date(from.getTime() + at * width),
    calls: 0,
    failed: 0,
  }));
  for (const one of minutes) {
    const slice = slices[Math.min(count - 1, Math.max(0, Math.floor((one.minute.getTime() - from.getTime()) / width)))];
    if (!slice) continue;
    slice.calls += one.calls;
    if (!one.succeeded) slice.failed += one.calls;
  }
  return { from, to, flows, slices };
}
