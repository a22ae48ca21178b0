import { createHash } from "node:crypto";
import { groupCommit, type Sql } from "#store";
import type { AccessRight, Quota } from "./right.ts";
import {
  countedDays,
  countSubject,
  drawTokens,
  dropCounted,
  dropCountedBefore,
  returnToken,
  tokensLeft,
} from "./quota-store.ts";

/** `false` with the seconds until it is worth trying again. */
export type Charged = { readonly ok: true } | { readonly ok: false; readonly retryAfter: number };

/** Counts calls against the quotas of rights, in the database: all processes of a gateway draw from the same buckets. */
export interface Quotas {
  /**
   * Takes one call out of a right's quota. A right without one costs nothing, not even a turn of the event loop's queue.
   * @param o.subjectKey keyed digest of the person the call is about, if it names one
   */
  charge(
    right: AccessRight,
    o: { readonly now: Date; readonly subjectKey?: Uint8Array | undefined },
  ): Promise<Charged> | Charged;
  /**
   * Gives one call back to a right that was charged for it, since it goes no further. A person that it counted stays
   * counted: another call about them may have relied on that.
   */
  giveBack(right: AccessRight): Promise<boolean>;
  /** Throws away who was counted before today. */
  purge(now: Date): Promise<number>;
}

const seconds: Readonly<Record<Quota["per"], number>> = { second: 1, minute: 60, day: 86_400, month: 30 * 86_400 };

/** A quota as a bucket: how much it holds, and how fast it fills. */
export function bucketOf({ requests, per, burst }: Quota): { readonly capacity: number; readonly rate: number } {
  return { capacity: burst ?? requests, rate: requests / seconds[per] };
}

interface Draw {
  readonly right: AccessRight;
  readonly quota: Quota;
  readonly now: Date;
}

/** Calls that come at the same time are counted by one statement. */
export function openQuotas(sql: Sql): Quotas {
  const draw = groupCommit<Draw, Charged>((draws) => drawTogether(sql, draws));
  return {
    charge(right, { now, subjectKey }) {
      const { quota } = right;
      if (!quota) return { ok: true };
      return draw({ right, quota, now }).then(async (charged) => {
        if (!charged.ok || quota.subjectsPerDay === undefined) return charged;
        const counted = await countOne(sql, right.id, { limit: quota.subjectsPerDay, now, subjectKey });
        if (!counted.ok) await returnToken(sql, right.id);
        return counted;
      });
    },
    purge: (now) => dropCountedBefore(sql, dayOf(now)),
    giveBack: async ({ id, quota }) => (quota ? returnToken(sql, id) : false),
  };
}

async function drawTogether(sql: Sql, draws: readonly Draw[]): Promise<readonly Charged[]> {
  const byRight = Map.groupBy(draws, ({ right }) => right.id);
  const rows = await drawTokens(
    sql,
    [...byRight].map(([rightId, wanting]) => ({
      rightId,
      ...bucketOf(wanting[0]!.quota),
      wanted: wanting.length,
      at: new Date(Math.max(...wanting.map(({ now }) => now.getTime()))),
    })),
  );
  const left = new Map(rows.map((row) => [row.rightId, { ...row }]));
  return draws.map(({ right, quota }) => {
    const bucket = left.get(right.id)!;
    if (bucket.taken > 0) {
      bucket.taken -= 1;
      return { ok: true };
    }
    return { ok: false, retryAfter: waitFor(bucket.tokens, quota) };
  });
}

/** Whole seconds until a bucket with so little in it holds one call. */
function waitFor(tokens: number, quota: Quota): number {
  return Math.max(1, Math.ceil((1 - tokens) / bucketOf(quota).rate));
}

/** A call that names nobody cannot be counted by people, so it is not made. */
async function countOne(
  sql: Sql,
  rightId: string,
  o: { readonly limit: number; readonly now: Date; readonly subjectKey: Uint8Array | undefined },
): Promise<Charged> {
  const day = dayOf(o.now);
  const tomorrow = Date.parse(`${day}T00:00:00Z`) + 86_400_000;
  const late = { ok: false, retryAfter: Math.max(1, Math.ceil((tomorrow - o.now.getTime()) / 1000)) } as const;
  if (!o.subjectKey) return late;
  const subjectDigest = countedAs(rightId, day, o.subjectKey);
  return (await countSubject(sql, { rightId, day, subjectDigest, limit: o.limit })) ? { ok: true } : late;
}

function dayOf(now: Date): string {
  return now.toISOString().slice(0, 10);
}

/** Another digest for each right and day: those who read the table cannot follow a person through it. */
function countedAs(rightId: string, day: string, subjectKey: Uint8Array): Buffer {
  return createHash("sha256").update(`${rightId}\0${day}\0`).update(subjectKey).digest();
}

/** Forgets that a person was counted. Who is asked about once more that day is counted once more. */
export async function forgetCounted(tx: Sql, subjectKey: Uint8Array): Promise<number> {
  const counted = await countedDays(tx);
  return dropCounted(
    tx,
    counted.map(({ rightId, day }) => countedAs(rightId, day, subjectKey)),
  );
}

/** How many calls a right is good for at this instant; takes nothing. `undefined`: as many as one likes. */
export async function callsLeft(sql: Sql, right: AccessRight, now: Date): Promise<number | undefined> {
  if (!right.quota) return undefined;
  const { capacity, rate } = bucketOf(right.quota);
  return Math.floor((await tokensLeft(sql, right.id, { capacity, rate, now })) + 1e-9);
}
