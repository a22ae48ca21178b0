import type { Sql } from "#store";

/** A person has so many kept forms at most; older ones go. */
const mostKept = 5;

/** All SQL about kept forms. */
export interface KeptFormStore {
  put(row: { id: string; personId: string; sealed: Buffer; expiresAt: Date }): Promise<void>;
  of(id: string, personId: string, at: Date): Promise<Buffer | undefined>;
  forgetExpired(at: Date): Promise<number>;
}

export function keptFormStore(sql: Sql): KeptFormStore {
  return {
    async put({ id, personId, sealed, expiresAt }) {
      await sql.run("insert into identity.kept_form (id, person_id, sealed, expires_at) values ($1, $2, $3, $4)", [
        id,
        personId,
        sealed,
        expiresAt,
      ]);
      await sql.run(
        `delete from identity.kept_form where person_id = $1 and id not in
           (select id from identity.kept_form where person_id = $1 order by expires_at desc, id desc limit $2)`,
        [personId, mostKept],
      );
    },
    async of(id, personId, at) {
      const row = await sql.one<{ sealed: Buffer }>(
        "select sealed from identity.kept_form where id = $1 and person_id = $2 and expires_at > $3",
        [id, personId, at],
      );
      return row?.sealed;
    },
    forgetExpired: (at) => sql.run("delete from identity.kept_form where expires_at <= $1", [at]),
  };
}
