import { uuidV7, type JsonValue } from "#kernel";
import type { Sql } from "#store";

/** What somebody did to a gateway's or the authority's set-up. */
export interface Act {
  /** An operator's name; `site-file` for what the site's file says at a start; `cli:<user>` for a command line. */
  readonly by: string;
  /** `noun.verb`, for example `right.approved`. */
  readonly act: string;
  /** Whom or what it concerns: an id or a path. Never a person's identifier. */
  readonly about: string;
  readonly detail?: JsonValue;
}

export interface RecordedAct extends Act {
  readonly id: string;
  readonly at: Date;
}

/** Writes an act down in the transaction that does it: both or neither. */
export async function recordAct(tx: Sql, act: Act & { readonly now: Date }): Promise<void> {
  const detail = act.detail === undefined ? null : JSON.stringify(act.detail);
  await tx.run(
    "insert into exchange.administrative_act (id, at, by, act, about, detail) values ($1, $2, $3, $4, $5, $6)",
    [uuidV7(act.now), act.now, act.by, act.act, act.about, detail],
  );
}

/** Acts, newest first. `before` is the id of the last act of the page before. 50 a page unless told. */
export function listActs(
  sql: Sql,
  o: { readonly before?: string | undefined; readonly about?: string | undefined; readonly limit?: number } = {},
): Promise<RecordedAct[]> {
  return sql.query<RecordedAct>(
    `select id, at, by, act, about, detail from exchange.administrative_act
     where ($1::uuid is null or id < $1::uuid) and ($2::text is null or about = $2) order by id desc limit $3`,
    [o.before ?? null, o.about ?? null, o.limit ?? 50],
  );
}
