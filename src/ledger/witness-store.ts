import type { Sql } from "#store";

/** SQL of a witness: the head it holds of each log, and the evidence against one that forks. */

/** What a witness holds of one log. */
export interface WitnessHead {
  readonly size: bigint;
  readonly root: Uint8Array;
  /** Text and verified log signatures. */
  readonly note: string;
  /** POSIX seconds. */
  readonly cosignedAt: bigint;
}

export async function witnessHead(sql: Sql, origin: string): Promise<WitnessHead | undefined> {
  return sql.one('select size, root, note, cosigned_at as "cosignedAt" from ledger.witness_head where origin = $1', [
    origin,
  ]);
}

/**
 * Compare-and-set: replaces the recorded head only if it is still the one that was checked. Check and write apart
 * would let a slow request roll the record back. A refresh must not turn the time back either.
 */
export async function replaceWitnessHead(
  sql: Sql,
  origin: string,
  recorded: WitnessHead | undefined,
  next: WitnessHead,
): Promise<boolean> {
  const values = [origin, next.size, next.root, next.note, next.cosignedAt];
  const written = recorded
    ? await sql.run(
        `update ledger.witness_head set size = $2, root = $3, note = $4, cosigned_at = $5
         where origin = $1 and size = $6 and root = $7 and cosigned_at <= $5`,
        [...values, recorded.size, recorded.root],
      )
    : await sql.run(
        `insert into ledger.witness_head (origin, size, root, note, cosigned_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
        values,
      );
  return written === 1;
}

export async function addEvidence(
  sql: Sql,
  evidence: { origin: string; reason: string; note: string; recordedNote: string; at: Date },
): Promise<void> {
  const { origin, reason, note, recordedNote, at } = evidence;
  await sql.run(
    `insert into ledger.witness_evidence (origin, reason, note, recorded_note, at) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [origin, reason, note, recordedNote, at],
  );
}
