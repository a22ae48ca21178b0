import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { toHex } from "#kernel";
import type { Database } from "./database.ts";

const migrationLock = 0x7461726f;

/**
 * Brings one module's schema up to date: runs the `NNNN-title.sql` files of `folder` that this database has not run yet,
 * in order, each in its own transaction, one process at a time.
 * @throws if a file that already ran has changed since (`code` = `migration-changed`)
 */
export async function migrate(database: Database, module: string, folder: URL): Promise<{ ran: string[] }> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const ran: string[] = [];
  await database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock($1)", [migrationLock]);
    await tx.query("create schema if not exists store");
    await tx.query(
      "create table if not exists store.migration (module text, name text, sha256 text not null, at timestamptz not null default now(), primary key (module, name))",
    );
    for (const name of names) {
      const text = await readFile(new URL(name, folder), "utf8");
      const sha256 = toHex(createHash("sha256").update(text).digest());
      const known = await tx.one<{ sha256: string }>(
        "select sha256 from store.migration where module = $1 and name = $2",
        [module, name],
      );
      if (known?.sha256 === sha256) continue;
      if (known) {
        throw Object.assign(new Error(`${module}/${name} was changed after it ran; write a new file instead`), {
          code: "migration-changed",
        });
      }
      await tx.query(text);
      await tx.query("insert into store.migration (module, name, sha256) values ($1, $2, $3)", [module, name, sha256]);
      ran.push(name);
    }
  });
  return { ran };
}
