import type { Sql } from "#store";

/** SQL of signed heads and of the witnesses' signatures under them. */

export interface HeadRow {
  readonly size: bigint;
  readonly root: Uint8Array;
  readonly note: string;
}

export async function newestHead(sql: Sql, log: number): Promise<HeadRow | undefined> {
  return sql.one("select size, root, note from ledger.head where log = $1 order by size desc limit 1", [log]);
}

export async function hasHead(sql: Sql, log: number, size: bigint): Promise<boolean> {
  return (await sql.one("select 1 from ledger.head where log = $1 and size = $2", [log, size])) !== undefined;
}

export async function addHead(tx: Sql, log: number, head: HeadRow, at: Date): Promise<void> {
  await tx.run("insert into ledger.head (log, size, root, note, signed_at) values ($1, $2, $3, $4, $5)", [
    log,
    head.size,
    head.root,
    head.note,
    at,
  ]);
  await tx.run("update ledger.tree set published = $2 where log = $1", [log, head.size]);
}

/** Keeps a witness's cosignature of a size. `line` is two lines, without the last newline, if it has two keys. */
export async function addCosignature(
  sql: Sql,
  log: number,
  cosignature: { size: bigint; witness: string; line: string; time: bigint },
): Promise<void> {
  const { size, witness, line, time } = cosignature;
  await sql.run(
    `insert into ledger.cosig (log, size, witness, line, at) values ($1, $2, $3, $4, $5)
     on conflict (log, size, witness) do update set line = excluded.line, at = excluded.at`,
    [log, size, witness, line, time],
  );
}

/** Moves `witnessed` forward to a size that enough of these witnesses have signed. Statements of its own: a second
 * witness's answer, committed meanwhile by another loop, must be seen. */
export async function countQuorum(
  sql: Sql,
  log: number,
  size: bigint,
  quorum: number,
  witnesses: readonly string[],
): Promise<void> {
  await sql.run(
    `update ledger.tree set witnessed = greatest(coalesce(witnessed, 0), $2) where log = $1 and $3 <=
       (select count(*) from ledger.cosig where log = $1 and size = $2 and witness = any($4))`,
    [log, size, quorum, witnesses],
  );
}

export async function cosignaturesOf(sql: Sql, log: number, size: bigint): Promise<string[]> {
  const rows = await sql.query<{ line: string }>(
    "select line from ledger.cosig where log = $1 and size = $2 order by witness",
    [log, size],
  );
  return rows.map(({ line }) => line);
}

/** The newest cosignature of each of these witnesses that gave one. */
export async function witnessStates(
  sql: Sql,
  log: number,
  witnesses: readonly string[],
): Promise<{ readonly witness: string; readonly size: bigint; readonly at: bigint }[]> {
  return sql.query(
    `select w.name as witness, c.size, c.at from unnest($2::text[]) with ordinality as w (name, place)
     cross join lateral (select size, at from ledger.cosig
       where log = $1 and witness = w.name order by size desc limit 1) c order by w.place`,
    [log, witnesses],
  );
}

/** When the oldest head above the witnessed ones was signed; nothing if there is none. */
export async function unwitnessedSince(sql: Sql, log: number): Promise<Date | undefined> {
  const row = await sql.one<{ at: Date }>(
    `select h.signed_at as at from ledger.tree t join ledger.head h on h.log = t.log
     where t.log = $1 and h.size > coalesce(t.witnessed, -1) order by h.size limit 1`,
    [log],
  );
  return row?.at;
}

/** The newest witnessed head with its note and the lines under it. */
export async function witnessedHead(
  sql: Sql,
  log: number,
): Promise<{ readonly size: bigint; readonly note: string; readonly lines: string[] } | undefined> {
  return sql.one(
    `select h.size, h.note, array(select c.line from ledger.cosig c
       where c.log = h.log and c.size = h.size order by c.witness) as lines
     from ledger.tree t join ledger.head h on h.log = t.log and h.size = t.witnessed where t.log = $1`,
    [log],
  );
}
