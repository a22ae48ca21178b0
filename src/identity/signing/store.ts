import type { Sql } from "#store";

export interface LetterRow {
  readonly name: string;
  readonly sha256: Buffer;
  readonly sealed: Buffer;
  readonly made_at: Date;
}

/** All SQL of the sealed letters. */
export interface LetterStore {
  letter(name: string): Promise<LetterRow | undefined>;
  /** Keeps the first letter of a name; a later one is dropped. */
  keep(row: LetterRow): Promise<void>;
}

export function letterStore(sql: Sql): LetterStore {
  return {
    letter: (name) =>
      sql.one<LetterRow>("select name, sha256, sealed, made_at from identity.letter where name = $1", [name]),
    async keep({ name, sha256, sealed, made_at }) {
      await sql.run(
        "insert into identity.letter (name, sha256, sealed, made_at) values ($1, $2, $3, $4) on conflict (name) do nothing",
        [name, sha256, sealed, made_at],
      );
    },
  };
}

/** What is kept of a signature for a session, without taking it away. */
export function sealedRequest(
  sql: Sql,
  id: string,
  sessionId: string,
): Promise<{ readonly sealed: Buffer; readonly expires_at: Date } | undefined> {
  return sql.one("select sealed, expires_at from identity.signature_request where id = $1 and session_id = $2", [
    id,
    sessionId,
  ]);
}
