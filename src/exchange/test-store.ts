import type { Database } from "#store";
import { testDatabase } from "#store/testing";

/** A small register of people for tests: the row of a person, or nothing. */
export async function peopleTable(): Promise<(id: string) => Promise<object | undefined>> {
  const database = await testDatabase();
  await database.query("create table person (id text primary key, name text not null, income int not null)");
  await database.query("insert into person values ('A700000001', '林小明', 7), ('A700000002', '王大同', 9)");
  return (id) => database.one<object>("select id, name, income from person where id = $1", [id]);
}

/** The staged id of the newest log entry that closed a record; nothing while none did. */
export async function newestEntry(database: Database): Promise<bigint | undefined> {
  const row = await database.one<{ entry: bigint | null }>(
    "select max(log_entry) as entry from exchange.evidence where done_at is not null",
  );
  return row?.entry ?? undefined;
}
