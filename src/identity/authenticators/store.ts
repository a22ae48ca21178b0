import type { Sql } from "#store";

/**
 * Takes one of the tries to bind a card that bears no number; false where so many were taken since an instant. Tries of one card
 * wait for each other, so that many at one moment are no more than so many.
 */
export function takeBindingTry(
  sql: Sql,
  o: { readonly fingerprint: Uint8Array; readonly at: Date; readonly since: Date; readonly most: number },
): Promise<boolean> {
  return sql.transaction(async (tx) => {
    await tx.run("select pg_advisory_xact_lock(hashtextextended('identity.binding_try ' || encode($1, 'hex'), 0))", [
      o.fingerprint,
    ]);
    const taken = await tx.run(
      `insert into identity.binding_try (fingerprint, at) select $1::bytea, $2::timestamptz
       where (select count(*) from identity.binding_try where fingerprint = $1 and at > $3) < $4`,
      [o.fingerprint, o.at, o.since, o.most],
    );
    return taken === 1;
  });
}
