import type { Sql } from "#store";

/** A group of one agency, for the subjects of its rights. */
export interface LocalGroup {
  readonly code: string;
  readonly title: string;
  /** Path form. A member does not stand for its subsystems, as in the country's groups. */
  readonly members: readonly string[];
}

export function groupsOfAgency(sql: Sql, owner: string): Promise<LocalGroup[]> {
  return sql.query<LocalGroup>(
    `select g.code, g.title, coalesce(array_agg(m.client order by m.client) filter (where m.client is not null), '{}')
       as members
     from exchange.local_group g left join exchange.local_group_member m using (owner, code)
     where g.owner = $1 group by g.code, g.title order by g.code`,
    [owner],
  );
}

/** The groups of an agency that a client is in. */
export async function localGroupsOf(sql: Sql, owner: string, client: string): Promise<Set<string>> {
  const rows = await sql.query<{ code: string }>(
    "select code from exchange.local_group_member where owner = $1 and client = $2",
    [owner, client],
  );
  return new Set(rows.map(({ code }) => code));
}

/** Answers whether it is new or has another title now. */
export async function putGroup(tx: Sql, owner: string, code: string, title: string): Promise<boolean> {
  const touched = await tx.run(
    `insert into exchange.local_group as g (owner, code, title) values ($1, $2, $3)
     on conflict (owner, code) do update set title = excluded.title where g.title <> excluded.title`,
    [owner, code, title],
  );
  return touched > 0;
}

/** Locks a group until the transaction ends; `undefined` when there is none. */
export async function lockGroup(tx: Sql, owner: string, code: string): Promise<boolean> {
  return (
    (await tx.one("select 1 from exchange.local_group where owner = $1 and code = $2 for update", [owner, code])) !==
    undefined
  );
}

export async function putGroupMember(tx: Sql, owner: string, code: string, client: string): Promise<boolean> {
  const made = await tx.run(
    "insert into exchange.local_group_member (owner, code, client) values ($1, $2, $3) on conflict do nothing",
    [owner, code, client],
  );
  return made > 0;
}

export async function dropGroupMember(tx: Sql, owner: string, code: string, client: string): Promise<boolean> {
  const gone = await tx.run("delete from exchange.local_group_member where owner = $1 and code = $2 and client = $3", [
    owner,
    code,
    client,
  ]);
  return gone > 0;
}

/** Keeps what was logged about a group's members, with the salt that opens the entry's commitment. */
export async function putGroupChange(
  tx: Sql,
  o: {
    readonly id: string;
    readonly owner: string;
    readonly code: string;
    readonly client: string;
    readonly change: string;
    readonly at: Date;
    readonly by: string;
    readonly record: string;
    readonly salt: string;
    readonly logEntry: bigint;
  },
): Promise<void> {
  await tx.run(
    `insert into exchange.local_group_change (id, owner, code, client, change, at, made_by, record, salt, log_entry)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [o.id, o.owner, o.code, o.client, o.change, o.at, o.by, o.record, o.salt, o.logEntry],
  );
}
