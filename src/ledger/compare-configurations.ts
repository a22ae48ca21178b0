import type { ConfigurationAccepted } from "./entries.ts";
import type { ConfigurationIssued } from "./entries-of-administration.ts";

/** A configuration that an authority's log says was issued. */
export interface Issued {
  readonly ver: string;
  /** SHA-256 of the content. */
  readonly dig: string;
}

/** A configuration that a gateway took into use, and the place that says so. */
export interface Accepted {
  readonly log: string;
  readonly index: number;
  readonly member: string;
  readonly ver: string;
  readonly cnt: string;
  /** When its window began. Milliseconds. */
  readonly since: number;
}

/** By origin of the log that says it. */
export type IssuedByLog = Map<string, Issued[]>;

export function takeIssued(issued: IssuedByLog, log: string, { ver, dig }: ConfigurationIssued): void {
  const known = issued.get(log) ?? [];
  issued.set(log, [...known, { ver, dig }]);
}

export function acceptedAt(
  { member, ver, cnt, at }: ConfigurationAccepted,
  place: { readonly log: string; readonly index: number; readonly readAt: number },
): Accepted {
  const since = Math.min(Date.parse(at), place.readAt);
  return { log: place.log, index: place.index, member, ver, cnt, since };
}

/** Compares decimal texts of any length. */
function isAtMost(one: string, other: string): boolean {
  return one.length < other.length || (one.length === other.length && one <= other);
}

/**
 * Judges what gateways accepted against what the authorities' logs say: the content of a version is that of the newest entry
 * up to it, since versions that only renew their times are not entered. Nothing is judged before its window has ended,
 * unless the very version is entered; nor by an authority whose log could not be read to its end, nor by the gateway's
 * own log, which cannot vouch for itself.
 */
export function judgeAccepted(
  accepted: readonly Accepted[],
  issued: IssuedByLog,
  options: { readonly now: number; readonly windowMs: number; readonly complete: ReadonlySet<string> },
): { readonly waiting: readonly Accepted[]; readonly split: readonly Accepted[] } {
  const waiting: Accepted[] = [];
  const split: Accepted[] = [];
  for (const one of accepted) {
    const others = [...issued].filter(([log]) => log !== one.log);
    const stands = others.map(([, versions]) => {
      const upTo = versions.filter(({ ver }) => isAtMost(ver, one.ver));
      return upTo.reduce<Issued | undefined>(
        (newest, next) => (newest && isAtMost(next.ver, newest.ver) ? newest : next),
        undefined,
      );
    });
    const agrees = stands.filter((newest) => newest?.dig === one.cnt);
    if (agrees.some((newest) => newest?.ver === one.ver)) continue;
    const over = one.since + options.windowMs <= options.now;
    if (over && agrees.length > 0) continue;
    waiting.push(one);
    if (over && others.length > 0 && others.every(([log]) => options.complete.has(log))) split.push(one);
  }
  return { waiting, split };
}
