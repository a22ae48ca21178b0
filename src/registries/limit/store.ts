import type { Prepared, Sql } from "#store";

/** Calls wanted of what one client has left at one register. */
export interface ShareDraw {
  /** `subsystem/service`. */
  readonly register: string;
  readonly client: string;
  /** How many there are at most, and how many come back in a second. */
  readonly capacity: number;
  readonly rate: number;
  readonly wanted: number;
}

/*
 * One statement fills the share up to now, by the database's clock, and takes what it can; the row's lock puts processes one
 * after the other. A billionth is forgiven, since 20 s of 3 a minute must be one call.
 */
const full = `least($3::float8, s.tokens + $4::float8 *
  extract(epoch from greatest(excluded.filled_at, s.filled_at) - s.filled_at))`;
const drawn = `least($5::int, floor(${full} + 1e-9))::int`;
const drawStatement: Prepared = {
  name: "registries.share",
  text: `insert into registries.call_share as s (register, client, tokens, taken, filled_at)
     values ($1, $2, $3::float8 - least($5::int, $3::float8), least($5::int, $3::float8)::int, clock_timestamp())
     on conflict (register, client) do update set tokens = ${full} - ${drawn}, taken = ${drawn},
       filled_at = greatest(excluded.filled_at, s.filled_at)
     returning taken, tokens`,
};

/** Takes calls; answers how many there were, and what is left. */
export async function drawShare(
  sql: Sql,
  { register, client, capacity, rate, wanted }: ShareDraw,
): Promise<{ readonly taken: number; readonly tokens: number }> {
  const row = await sql.one<{ taken: number; tokens: number }>(drawStatement, [
    register,
    client,
    capacity,
    rate,
    wanted,
  ]);
  return row ?? { taken: 0, tokens: 0 };
}
