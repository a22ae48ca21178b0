import type { Prepared, Sql } from "#store";

/** How many calls are wanted of one right. */
export interface Draw {
  readonly rightId: string;
  readonly capacity: number;
  /** Calls a second. */
  readonly rate: number;
  readonly wanted: number;
  readonly at: Date;
}

/*
 * One statement fills each bucket up to now and takes what it can. The row lock puts processes one after the other; rows
 * are taken in the order of their ids, so that two statements cannot wait for each other. A clock that is behind another
 * process's fills nothing. A billionth is forgiven, since 20 s of 3 a minute must be one call.
 */
const full = `least(excluded.capacity, b.tokens + excluded.rate *
  extract(epoch from greatest(excluded.filled_at, b.filled_at) - b.filled_at))`;
const taken = `least(excluded.wanted, floor(${full} + 1e-9))::int`;
const drawStatement: Prepared = {
  name: "exchange.quota",
  text: `insert into exchange.quota_bucket as b (right_id, capacity, rate, tokens, wanted, taken, filled_at)
     select right_id, capacity, rate, capacity - least(wanted, capacity), wanted, least(wanted, capacity)::int, at
     from json_to_recordset($1)
       as given (right_id uuid, capacity double precision, rate double precision, wanted int, at timestamptz)
     order by right_id
     on conflict (right_id) do update set capacity = excluded.capacity, rate = excluded.rate, wanted = excluded.wanted,
       tokens = ${full} - ${taken}, taken = ${taken}, filled_at = greatest(excluded.filled_at, b.filled_at)
     returning right_id as "rightId", taken, tokens`,
};

/** Takes calls out of the buckets of rights; answers how many each gave, and what is left in it. */
export function drawTokens(
  sql: Sql,
  draws: readonly Draw[],
): Promise<{ readonly rightId: string; readonly taken: number; readonly tokens: number }[]> {
  const given = draws.map(({ rightId, ...rest }) => ({ right_id: rightId, ...rest }));
  return sql.query(drawStatement, [JSON.stringify(given)]);
}

/** Puts a call back into a right's bucket. Answers whether there was one. */
export async function returnToken(sql: Sql, rightId: string): Promise<boolean> {
  const touched = await sql.run(
    "update exchange.quota_bucket set tokens = least(capacity, tokens + 1) where right_id = $1",
    [rightId],
  );
  return touched > 0;
}

/** What a bucket holds now. One that nobody drew from is full. */
export async function tokensLeft(
  sql: Sql,
  rightId: string,
  o: { readonly capacity: number; readonly rate: number; readonly now: Date },
): Promise<number> {
  const row = await sql.one<{ tokens: number }>(
    `select least($2::float8, tokens + $3::float8 * extract(epoch from greatest($4, filled_at) - filled_at))::float8
       as tokens from exchange.quota_bucket where right_id = $1`,
    [rightId, o.capacity, o.rate, o.now],
  );
  return row?.tokens ?? o.capacity;
}

/**
 * Counts a person once a day. `false` when the day's number is used up and this person is not among them. Digests of
 * days gone by are thrown away with the first call of a new one.
 */
export function countSubject(
  sql: Sql,
  o: { readonly rightId: string; readonly day: string; readonly subjectDigest: Uint8Array; readonly limit: number },
): Promise<boolean> {
  return sql.transaction(async (tx) => {
    // The counter's row is the lock: processes count one after the other.
    const { subjects } = (await tx.one<{ subjects: number }>(
      `insert into exchange.quota_day as d (right_id, day, subjects) values ($1, $2, 0)
       on conflict (right_id, day) do update set subjects = d.subjects returning subjects`,
      [o.rightId, o.day],
    ))!;
    if (subjects === 0)
      await tx.run("delete from exchange.quota_subject where right_id = $1 and day < $2", [o.rightId, o.day]);
    const known = await tx.one(
      "select 1 from exchange.quota_subject where right_id = $1 and day = $2 and subject_digest = $3",
      [o.rightId, o.day, o.subjectDigest],
    );
    if (known) return true;
    if (subjects >= o.limit) return false;
    await tx.run("insert into exchange.quota_subject (right_id, day, subject_digest) values ($1, $2, $3)", [
      o.rightId,
      o.day,
      o.subjectDigest,
    ]);
    await tx.run("update exchange.quota_day set subjects = subjects + 1 where right_id = $1 and day = $2", [
      o.rightId,
      o.day,
    ]);
    return true;
  });
}

/** Throws away who was counted on days gone by: also of rights that nobody uses any more. */
export function dropCountedBefore(sql: Sql, day: string): Promise<number> {
  return sql.run("delete from exchange.quota_subject where day < $1", [day]);
}

/** The rights and days for which people are counted. */
export function countedDays(sql: Sql): Promise<{ readonly rightId: string; readonly day: string }[]> {
  return sql.query(
    `select distinct right_id as "rightId", to_char(day, 'YYYY-MM-DD') as day from exchange.quota_subject`,
  );
}

/** Throws digests of people away; the numbers stay. */
export function dropCounted(tx: Sql, subjectDigests: readonly Uint8Array[]): Promise<number> {
  return tx.run("delete from exchange.quota_subject where subject_digest = any ($1::bytea[])", [subjectDigests]);
}
