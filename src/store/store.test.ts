import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { migrate } from "#store";
import { testDatabase } from "#store/testing";

test("a transaction is all or nothing, and nested work joins it", async () => {
  const database = await testDatabase();
  await database.query("create table fact (n bigint)");
  await assert.rejects(
    database.transaction(async (tx) => {
      await tx.transaction((inner) => inner.run("insert into fact values (1)"));
      throw new Error("no");
    }),
    /no/,
  );
  assert.equal(await database.run("select * from fact"), 0);
  await database.transaction((tx) => tx.run("insert into fact values (9007199254740993)"));
  assert.deepEqual(await database.one("select n from fact"), { n: 9007199254740993n });
});

test("a migration runs once, and a changed one is refused", async () => {
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), "taroko-migrations-"));
  await writeFile(join(folder, "0001-one.sql"), "create table one (x int)");
  const url = pathToFileURL(`${folder}/`);
  assert.deepEqual((await migrate(database, "sample", url)).ran, ["0001-one.sql"]);
  assert.deepEqual((await migrate(database, "sample", url)).ran, []);
  await writeFile(join(folder, "0001-one.sql"), "create table one (x text)");
  await assert.rejects(migrate(database, "sample", url), { code: "migration-changed" });
});

test("commits are durable: the server keeps fsync, full page writes and synchronous commit", async () => {
  const database = await testDatabase();
  for (const setting of ["fsync", "full_page_writes", "synchronous_commit"]) {
    assert.deepEqual(await database.one(`select current_setting('${setting}') as value`), { value: "on" });
  }
});

test("a prepared statement is planned once on a connection and answers like any other", async () => {
  const database = await testDatabase();
  const next = { name: "next", text: "select $1::bigint + 1 as n" };
  await database.transaction(async (tx) => {
    assert.deepEqual([await tx.one(next, [1]), await tx.query(next, [2])], [{ n: 2n }, [{ n: 3n }]]);
    const kept = "select name, generic_plans + custom_plans as runs from pg_prepared_statements";
    assert.deepEqual(await tx.query(kept), [{ name: "next", runs: 2n }]);
  });
});
