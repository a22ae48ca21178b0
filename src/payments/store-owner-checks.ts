/** The SQL of owner checks (schema `payments`). */
import type { Sql } from "#store";
import type { Account } from "./contract.ts";

/** Questions are counted and stored one after the other, so that many at once cannot pass the limit together. */
export async function lockOwnerChecks(tx: Sql): Promise<void> {
  await tx.query("lock table payments.owner_check in share row exclusive mode");
}

export async function ownerCheckCounts(
  tx: Sql,
  person: string,
  account: Account,
  day: string,
): Promise<{ person: number; account: number }> {
  const row = await tx.one<{ person: number; account: number }>(
    `select (select count(*)::int from payments.owner_check where person = $1 and day = $4) as person,
            (select count(*)::int from payments.owner_check where institution = $2 and account = $3 and day = $4) as account`,
    [person, account.institution, account.number, day],
  );
  return row!;
}

export async function insertOwnerCheck(
  tx: Sql,
  row: { id: string; person: string; account: Account; day: string; askedAt: Date },
): Promise<void> {
  await tx.run(
    `insert into payments.owner_check (id, person, institution, account, day, asked_at) values ($1, $2, $3, $4, $5, $6)`,
    [row.id, row.person, row.account.institution, row.account.number, row.day, row.askedAt],
  );
}

export async function setOwnerResult(sql: Sql, id: string, result: string): Promise<void> {
  await sql.run("update payments.owner_check set result = $2 where id = $1", [id, result]);
}
