import type { Sql } from "#store";

/** All SQL about accounts at agencies' own providers, and about sign-ins there that are under way. */
export interface LoginStore {
  /** False where the account is bound already. */
  put(issuer: string, subjectHash: Buffer, office: string, at: Date): Promise<boolean>;
  /** Whose office an account opens. */
  officeOf(issuer: string, subjectHash: Buffer): Promise<string | undefined>;
  count(office: string): Promise<number>;
  drop(office: string): Promise<void>;
  putAttempt(browserHash: Buffer, sealed: Buffer, expiresAt: Date): Promise<void>;
  takeAttempt(browserHash: Buffer, at: Date): Promise<Buffer | undefined>;
  forgetAttempts(at: Date): Promise<number>;
}

export function loginStore(sql: Sql): LoginStore {
  return {
    put: async (issuer, subjectHash, office, at) =>
      (await sql.run(
        `insert into identity.office_login (issuer, subject_hash, office_id, bound_at) values ($1, $2, $3, $4)
         on conflict do nothing`,
        [issuer, subjectHash, office, at],
      )) === 1,
    async officeOf(issuer, subjectHash) {
      const row = await sql.one<{ office_id: string }>(
        `select l.office_id from identity.office_login l join identity.office f on f.id = l.office_id
         where l.issuer = $1 and l.subject_hash = $2 and f.ended_at is null`,
        [issuer, subjectHash],
      );
      return row?.office_id;
    },
    async count(office) {
      const row = await sql.one<{ count: number }>(
        "select count(*)::int as count from identity.office_login where office_id = $1",
        [office],
      );
      return row!.count;
    },
    async drop(office) {
      await sql.run("delete from identity.office_login where office_id = $1", [office]);
    },
    async putAttempt(browserHash, sealed, expiresAt) {
      await sql.run(
        `insert into identity.office_attempt (browser_hash, sealed, expires_at) values ($1, $2, $3)
         on conflict (browser_hash) do update set sealed = $2, expires_at = $3`,
        [browserHash, sealed, expiresAt],
      );
    },
    async takeAttempt(browserHash, at) {
      const row = await sql.one<{ sealed: Buffer; expires_at: Date }>(
        "delete from identity.office_attempt where browser_hash = $1 returning sealed, expires_at",
        [browserHash],
      );
      return row && row.expires_at > at ? row.sealed : undefined;
    },
    forgetAttempts: (at) => sql.run("delete from identity.office_attempt where expires_at <= $1", [at]),
  };
}
