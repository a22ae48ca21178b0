import type { Sql } from "#store";
import type { AcceptedConfiguration } from "./configuration.ts";
import { joinConfiguration, splitConfiguration } from "./history.ts";

/** The last good configuration of an instance, as text: it is verified again when it is read back. */
export function keptConfiguration(
  sql: Sql,
  instance: string,
): Promise<{ document: string; content: string } | undefined> {
  return sql.one("select document, content from exchange.accepted_configuration where instance = $1", [instance]);
}

/**
 * Replaces the kept copy, never by an older version (several processes of a gateway share the table), unless the copy
 * does not verify any more: then the anchor was changed, and its versions say nothing.
 */
export async function keepConfiguration(
  sql: Sql,
  instance: string,
  accepted: AcceptedConfiguration,
  content: string,
  o: { readonly now: Date; readonly keptIsUnusable: boolean },
): Promise<void> {
  await sql.run(
    `insert into exchange.accepted_configuration as kept (instance, version, document, content, accepted_at)
     values ($1, $2, $3, $4, $5)
     on conflict (instance) do update set version = excluded.version, document = excluded.document,
       content = excluded.content, accepted_at = excluded.accepted_at
     where excluded.version > kept.version or $6`,
    [instance, accepted.body.version, accepted.text, content, o.now, o.keptIsUnusable],
  );
  if (o.keptIsUnusable) await sql.run("delete from exchange.configuration_version where instance = $1", [instance]);
  await keepHistory(sql, instance, accepted, o.now);
}

/** Until when another process of a gateway may still use a version after this one has a newer one. */
const lagging = "5 minutes";

/** Adds a version to the history, and drops those before it during which no exchange was recorded. */
async function keepHistory(sql: Sql, instance: string, accepted: AcceptedConfiguration, now: Date): Promise<void> {
  const { digest, frame, issue } = splitConfiguration(accepted.text);
  await sql.run("insert into exchange.configuration_frame (digest, frame) values ($1, $2) on conflict do nothing", [
    digest,
    frame,
  ]);
  await sql.run(
    `insert into exchange.configuration_version (instance, version, frame, issue, accepted_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [instance, accepted.body.version, digest, issue, now],
  );
  await sql.run(
    `update exchange.configuration_version set superseded_at = $3
     where instance = $1 and version < $2 and superseded_at is null and accepted_at > $3::timestamptz - interval '30 days'`,
    [instance, accepted.body.version, now],
  );
  // Record ids begin with their time (UUIDv7), so that the primary key tells whether there was any.
  const idFrom = (time: string): string =>
    `(lpad(to_hex((extract(epoch from ${time}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`;
  const dropped = await sql.run(
    `delete from exchange.configuration_version old
     where instance = $1 and accepted_at > $2::timestamptz - interval '1 day'
       and superseded_at < $2::timestamptz - interval '${lagging}'
       and not exists (select 1 from exchange.evidence
         where record_id >= ${idFrom("old.accepted_at")} and record_id < ${idFrom(`old.superseded_at + interval '${lagging}'`)})`,
    [instance, now],
  );
  if (dropped > 0) {
    await sql.run(
      `delete from exchange.configuration_frame where not exists (
         select 1 from exchange.configuration_version where frame = digest)`,
    );
  }
}

/** The configurations of a version and after it that were accepted until a time, as they were signed, oldest first. */
export async function configurationsFrom(
  sql: Sql,
  instance: string,
  o: { readonly version: number; readonly until: Date; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await sql.query<{ frame: string; issue: unknown }>(
    `select configuration_frame.frame, issue
     from exchange.configuration_version join exchange.configuration_frame on digest = configuration_version.frame
     where instance = $1 and version >= $2 and accepted_at <= $3 order by version limit $4`,
    [instance, o.version, o.until, o.limit],
  );
  return rows.map(({ frame, issue }) => joinConfiguration(frame, issue));
}

/** Remembers a contradiction; false when it was known. */
export async function putConflict(
  tx: Sql,
  instance: string,
  conflict: { readonly version: number; readonly accepted: string; readonly other: string },
  now: Date,
): Promise<boolean> {
  const made = await tx.run(
    `insert into exchange.configuration_conflict (instance, version, accepted, other, seen_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [instance, conflict.version, conflict.accepted, conflict.other, now],
  );
  return made === 1;
}
