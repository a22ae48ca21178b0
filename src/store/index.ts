/**
 * The store: PostgreSQL, embedded by default or yours by `DATABASE_URL`. One dialect, one code path.
 * It owns connections, transactions (and groups that share one), locks a process holds while it lives, migrations and the embedded server; it owns no table of
 * its own but `store.migration`. Each module keeps its SQL in its own `store.ts` and its tables in its own schema.
 */
export { openDatabase, type Database, type Prepared, type Sql } from "./database.ts";
export { groupCommit } from "./group-commit.ts";
export { openHeldLocks, type HeldLocks } from "./held-locks.ts";
export { removePostgres, startPostgres, type PostgresServer } from "./embedded.ts";
export { sharedRead } from "./shared-read.ts";
export { migrate } from "./migrate.ts";
