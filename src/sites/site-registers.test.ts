import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ServiceDeclaration } from "#exchange";
import { systemClock } from "#kernel";
import { testDatabase } from "#store/testing";
import { openSiteRegisters } from "./site-registers.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-site-registers-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const database = await testDatabase();
await database.run("create table person (id text primary key, name text)");
await database.run("insert into person values ('1', 'in the table')");
writeFileSync(join(folder, "people.csv"), "id,name\n1,in the file\n");

function declare(service: string, fields = "[id, name]"): string {
  const file = join(folder, "people.yaml");
  writeFileSync(file, `subsystem: a\nservice: ${service}\nsource: { csv: people.csv }\nkey: id\nfields: ${fields}\n`);
  return file;
}

const text = (name: string) =>
  ({ title: { "zh-Hant": name, en: name }, type: "text", sensitivity: "personal" }) as const;
const ofCountry = {
  declaration: {
    subsystem: "a",
    service: "country",
    title: { "zh-Hant": "x", en: "x" },
    table: "person",
    key: ["id"],
    fields: { id: text("id"), name: text("name") },
  },
  databaseUrl: database.url,
};
const codes = (services: readonly ServiceDeclaration[]): readonly string[] => services.map(({ code }) => code);
async function nameAt(service: ServiceDeclaration | undefined): Promise<unknown> {
  assert.ok(service && "call" in service.target);
  const answer = await service.target.call({
    method: "POST",
    path: "/v1/lookup",
    query: undefined,
    body: Buffer.from('{"id":"1"}'),
    client: "TW/GOV/B/b",
  });
  return (JSON.parse(Buffer.from(answer.body).toString()) as { name?: unknown }).name;
}

test("a gateway's registers are the country's and files', and a changed declaration is taken over without a stop", async () => {
  const file = declare("people");
  const faults: object[] = [];
  const logger = { info: () => undefined, warn: () => undefined, error: (what: object) => void faults.push(what) };
  const registers = await openSiteRegisters([ofCountry, { file }], { clock: systemClock, logger });
  assert.deepEqual(codes(registers.services()), ["country", "people"]);
  assert.deepEqual(await Promise.all(registers.services().map(nameAt)), ["in the table", "in the file"]);
  assert.deepEqual(
    registers.documents().map(({ name }) => name),
    ["a/country", "a/people"],
  );

  let published: readonly ServiceDeclaration[] = [];
  const publish = async (services: readonly ServiceDeclaration[]): Promise<void> => void (published = services);
  declare("persons", "[id]");
  assert.deepEqual(await registers.reload(publish), { changed: 1 });
  assert.deepEqual(codes(published), ["country", "persons"]);
  assert.deepEqual(await Promise.all(published.map(nameAt)), ["in the table", undefined]);

  declare("persons", "[nothing]");
  assert.deepEqual(await registers.reload(publish), { changed: 0 });
  assert.deepEqual([codes(published), faults.length], [["country", "persons"], 1]);

  declare("taken");
  const refuse = (): Promise<never> =>
    Promise.reject(Object.assign(new Error("declared twice"), { code: "service-declaration" }));
  await assert.rejects(registers.reload(refuse), { code: "service-declaration" });
  assert.deepEqual(codes(registers.services()), ["country", "persons"], "nothing has changed");
  assert.equal(await nameAt(registers.services()[0]), "in the table");
  await registers.close();
});

test("one that cannot be served keeps all from opening", async () => {
  const file = declare("people", "[nothing]");
  await assert.rejects(openSiteRegisters([ofCountry, { file }], { clock: systemClock }), {
    code: "register-declaration",
  });
});
