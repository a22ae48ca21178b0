import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { testDatabase } from "#store/testing";
import { openRegister, type RegisterDeclaration, type RegisterOptions } from "./index.ts";
import { askRegister, field } from "./testing.ts";

const database = await testDatabase();
await database.query("create table person (id text primary key, village text, name text, unique (id, name))");
await database.query("insert into person select 'A70000000' || n, 'V' || n % 2, 'P' || n from generate_series(1, 9) n");

const people: RegisterDeclaration = {
  subsystem: "people",
  service: "person",
  title: { "zh-Hant": "人", en: "People" },
  table: "person",
  key: ["id"],
  fields: { id: field("text"), village: field("text"), name: field("text") },
  filters: ["village", "name"],
  pageSize: 2,
};
const opened = (change: Partial<RegisterDeclaration> = {}, o: RegisterOptions = {}) =>
  openRegister({ ...people, ...change }, database, o);
const village = { village: "V1", fields: ["name"] };
const search = async (register: Awaited<ReturnType<typeof opened>>, body: object) =>
  askRegister(register, "/v1/search", body);

test("a cursor tells nothing of the key that was not asked for, nor how long it is", async () => {
  const register = await opened();
  const first = await search(register, village);
  const cursor = String(first.body.next);
  assert.deepEqual(first.body.rows, [{ name: "P1" }, { name: "P3" }]);
  for (const encoding of ["base64url", "base64", "hex", "utf8"] as const)
    assert.doesNotMatch(Buffer.from(cursor, encoding).toString("latin1"), /A7000/, encoding);
  const again = String((await search(register, village)).body.next);
  assert.notEqual(again, cursor, "two of one place cannot be told to be that");
  await database.query("insert into person values ('A700000030-and-much-longer', 'V3', 'X'), ('A7', 'V3', 'X')");
  const short = String((await search(register, { village: "V3", limit: 1 })).body.next);
  assert.equal(short.length, cursor.length);
  assert.equal((await search(register, { ...village, cursor })).body.rows[0].name, "P5");
});

test("a cursor is good for its own question at its own register, in every process that has the secret", async () => {
  const cursorSecret = randomBytes(32);
  const { body } = await search(await opened({}, { cursorSecret }), village);
  const cursor = String(body.next);
  const status = async (change: Partial<RegisterDeclaration>, o: RegisterOptions, asked: object): Promise<number> =>
    (await search(await opened(change, o), { ...village, ...asked })).status;
  assert.equal(await status({}, { cursorSecret }, { cursor }), 200, "after a restart");
  assert.equal(await status({}, { cursorSecret }, { cursor, limit: 1, fields: ["id"] }), 200, "a page of another size");
  for (const [what, change, o, asked] of [
    ["another secret", {}, { cursorSecret: randomBytes(32) }, { cursor }],
    ["a process's own secret", {}, {}, { cursor }],
    ["another service", { service: "other" }, { cursorSecret }, { cursor }],
    ["another key", { key: ["id", "name"] }, { cursorSecret }, { cursor }],
    ["another value", {}, { cursorSecret }, { cursor, village: "V0" }],
    ["one condition more", {}, { cursorSecret }, { cursor, name: "P3" }],
    ["the first byte changed", {}, { cursorSecret }, { cursor: (cursor[0] === "A" ? "B" : "A") + cursor.slice(1) }],
    ["the end cut off", {}, { cursorSecret }, { cursor: cursor.slice(0, -4) }],
    ["nothing sealed", {}, { cursorSecret }, { cursor: Buffer.from('[1,"A700000003"]').toString("base64url") }],
    ["a position in the clear", {}, { cursorSecret }, { cursor: '[1,"A700000003"]' }],
  ] as const) {
    assert.equal(await status(change, o, asked), 400, what);
  }
});

test("conditions may be given in another order", async () => {
  const register = await opened({ pageSize: 1 });
  await database.query("insert into person values ('B1', 'V9', 'Y'), ('B2', 'V9', 'Y')");
  const first = await search(register, { village: "V9", name: "Y" });
  const second = await search(register, { name: "Y", village: "V9", cursor: first.body.next });
  assert.deepEqual([second.status, second.body.rows[0].id, second.body.next], [200, "B2", null]);
});
