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
    `select (select count(*)::int from payments.owner_check where person = $1 and day = $4 and not repeated) as person,
            (select count(*)::int from payments.owner_check where institution = $2 and account = $3 and day = $4) as account`,
    [person, account.institution, account.number, day],
  );
  return row!;
}

export async function insertOwnerCheck(
  tx: Sql,
  row: { id: string; person: string; account: Account; day: string; askedAt: Date; repeated: boolean },
): Promise<void> {
  await tx.run(
    `insert into payments.owner_check (id, person, institution, account, day, asked_at, repeated)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [row.id, row.person, row.account.institution, row.account.number, row.day, row.askedAt, row.repeated],
  );
}

export interface OwnerCheckRow {
  readonly person: string;
  readonly account: Account;
  readonly askedAt: Date;
  /** A verdict's `result`; `asked` while the bank has not answered. */
  readonly result: string;
}

const columns = `person, json_build_object('institution', institution, 'number', account) as account,
  asked_at as "askedAt", result`;

/** The newest question about an account that was answered, if any was. */
export function newestOwnerCheck(sql: Sql, { institution, number }: Account): Promise<OwnerCheckRow | undefined> {
  return sql.one(
    `select ${columns} from payments.owner_check where institution = $1 and account = $2 and result <> 'asked'
      order by asked_at desc, id desc limit 1`,
    [institution, number],
  );
}

export async function setOwnerResult(sql: Sql, id: string, result: string): Promise<void> {
  await sql.run("update payments.owner_check set result = $2 where id = $1", [id, result]);
}
