import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { openDatabase, type Database } from "./database.ts";
import { startPostgres, type PostgresServer } from "./embedded.ts";

let server: Promise<PostgresServer> | undefined;
const cleanUp: (() => Promise<void>)[] = [];

// Registered when a test file imports this module, so it runs once, after all tests of that file.
after(async () => {
  for (const step of cleanUp.reverse()) await step();
});

/** The PostgreSQL of this test file: the one `npm test` started (TAROKO_TEST_POSTGRES), else one of its own. */
function testServer(): Promise<PostgresServer> {
  server ??= (async () => {
    const url = process.env["TAROKO_TEST_POSTGRES"];
    if (url) return startPostgres({ folder: "", url });
    const folder = mkdtempSync(join(tmpdir(), "taroko-test-"));
    chmodSync(folder, 0o755); // as root the server runs as nobody, who must pass through
    const own = await startPostgres({ folder: join(folder, "postgres") });
    cleanUp.push(async () => {
      await own.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    return own;
  })();
  return server;
}

/** A fresh, empty database for the calling test file; removed when the file is done. The real engine, no mocks. */
export async function testDatabase(): Promise<Database> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  const at = await testServer();
  const database = openDatabase(await at.database(name), { max: 8 });
  cleanUp.push(async () => {
    await database.close();
    await at.drop(name);
  });
  return database;
}

/** All that lies in a database, row by row as text: what somebody has who took a copy of it. */
export async function wholeDatabase(database: Database): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const rows = await Promise.all(
    tables.map(({ name }) => database.query<{ row: string }>(`select t::text as row from ${name} t`)),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join("\n");
}
