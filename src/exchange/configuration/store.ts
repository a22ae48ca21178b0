import type { Sql } from "#store";
import type { AcceptedConfiguration } from "./configuration.ts";

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
