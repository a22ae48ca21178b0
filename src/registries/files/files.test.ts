import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { systemClock } from "#kernel";
import type { FieldDeclaration, RegisterDeclaration } from "../declaration.ts";
import { openRegister, type Register } from "../register.ts";
import type { CsvSource, Finding } from "../source.ts";
import { askRegister, field, testFolder } from "../testing.ts";
import { fileSource, type FileSourceOptions } from "./file-source.ts";

const folder = testFolder();
let count = 0;

/** Writes a file and tries to open a register on it; answers the register, or what was found. */
async function opened(
  content: string | Uint8Array,
  o: {
    readonly csv?: Partial<CsvSource>;
    readonly key?: readonly string[];
    readonly fields?: Readonly<Record<string, FieldDeclaration>>;
  } = {},
): Promise<{ readonly register?: Register; readonly findings: string; readonly close: () => Promise<void> }> {
  const name = `file-${(count += 1)}.csv`;
  writeFileSync(join(folder, name), content);
  return openedAt({ csv: name, ...o.csv }, o);
}

async function openedAt(
  csv: CsvSource,
  {
    key = ["id"],
    fields = { id: field("text"), name: field("text") },
  }: Pick<Partial<RegisterDeclaration>, "key" | "fields"> = {},
  options: Partial<FileSourceOptions> = {},
): Promise<{ readonly register?: Register; readonly findings: string; readonly close: () => Promise<void> }> {
  const source = fileSource(csv, { folder, clock: systemClock, every: 0, ...options });
  const declaration: RegisterDeclaration = {
    subsystem: "people",
    service: "person",
    title: { "zh-Hant": "人", en: "People" },
    key,
    fields,
    filters: Object.keys(fields).filter((name) => fields[name]!.type !== "text-list"),
    pageSize: 1000,
  };
  try {
    return { register: await openRegister(declaration, source), findings: "", close: () => source.close() };
  } catch (fault) {
    await source.close();
    const { findings } = fault as { readonly findings?: readonly Finding[] };
    if (!findings) throw fault;
    return {
      findings: findings.map(({ where, message }) => `${where}: ${message}`).join("\n"),
      close: async () => undefined,
    };
  }
}

function privateFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`taroko-register-${process.pid}-`));
}

const secret = "林祕密";
describe("what is no such file is refused, without a word of its content", () => {
  const big5 = Buffer.concat([
    Buffer.from("id,name\n1,"),
    Buffer.from([0xa4, 0xa4]),
    Buffer.from("\n2,"),
    Buffer.from([0xfa, 0x40]),
    Buffer.from("\n"),
  ]);
  for (const [name, content, says, o] of [
    [
      "Big5 as UTF-8",
      Buffer.concat([Buffer.from(`id,name\n1,${secret}\n2,`), Buffer.from([0xa4, 0xa4, 0x0a])]),
      /Line 3 is not utf-8\. If the file is Big5, say `encoding: big5`/,
      {},
    ],
    [
      "a user-defined character of Big5",
      big5,
      /Line 3 has a Big5 character of the user-defined area/,
      { csv: { encoding: "big5" } },
    ],
    [
      "half a Big5 character",
      Buffer.from([0x69, 0x64, 0x0a, 0xa4]),
      /Line 2 is not big5/,
      { csv: { encoding: "big5" } },
    ],
    [
      "a byte order mark of another encoding",
      "\ufeffid,name\n",
      /it is utf-8, the declaration says big5/,
      { csv: { encoding: "big5" } },
    ],
    ["NUL", `id,name\n1,a\n2,${secret}\0\n`, /Line 3 has a NUL/, {}],
    ["nothing", "", /empty/, {}],
    ["line ends of CR", "id,name\r1,a\r", /CR alone/, {}],
    ["a heading whose quote is open", '"id,name\n1,a\n', /quote in the headings/, {}],
    [
      "a record with a value too many",
      `id,name\n1,a\n2,${secret},c\n`,
      /Line 3 has 3 values where the headings have 2/,
      {},
    ],
    ["a record with a value too few", `id,name\n1,a\n${secret}\n`, /Line 3 has 1 values/, {}],
    ["a quote that is never closed", `id,name\n1,a\n2,"${secret}\n`, /Line 3 has a quote/, {}],
    ["text after a closing quote", `id,name\n1,a\n2,"${secret}"x\n`, /Line 3/, {}],
    ["another delimiter", `id;name\n1;${secret}\n`, /has no column id/, {}],
    ["a heading in other letters", `ID,Name\n1,${secret}\n`, /Is "ID" meant\?/, {}],
    ["two columns of one name", `id,name,name\n1,a,${secret}\n`, /two columns name/, {}],
    [
      "one key in two records",
      `id,name\n1,a\n2,b\n1,${secret}\n`,
      /key: 1 keys stand in several records, the first in records 1 and 3/,
      {},
    ],
    ["a record without its key", `id,name\n,${secret}\n`, /key: Record 1 has no value/, {}],
    [
      "a number with leading zeros",
      "id,name\n007,a\n",
      /fields\.id: 1 values are no integer \(a number with leading zeros is a text\), the first in record 1/,
      { fields: { id: field("integer") } },
    ],
    [
      "a number too large",
      "id,name\n1,a\n9999999999,b\n",
      /no integer.*record 2/,
      { fields: { id: field("integer") } },
    ],
    ["a number with letters", "id,name\n1e5,a\n", /no numeric/, { fields: { id: field("numeric") } }],
    ["a day that does not exist", "id,name\n2026-02-30,a\n", /no date/, { fields: { id: field("date") } }],
    ["a day of another calendar", "id,name\n112/01/02,a\n", /no date/, { fields: { id: field("date") } }],
    ["the year 0", "id,name\n0000-01-01,a\n", /no date/, { fields: { id: field("date") } }],
    [
      "an instant that is none",
      "id,name\n2026-01-01 25:00,a\n",
      /no timestamp/,
      { fields: { id: field("timestamp") } },
    ],
    ["neither true nor false", "id,name\nmaybe,a\n", /no boolean/, { fields: { id: field("boolean") } }],
  ] as const) {
    test(name, async () => {
      const { findings } = await opened(content, o);
      assert.match(findings, says);
      assert.ok(!findings.includes(secret), findings);
      assert.deepEqual(privateFolders(), []);
    });
  }

  test("something else as Parquet", async () => {
    writeFileSync(join(folder, "not.parquet"), "PAR1 it is not");
    const source = fileSource({ parquet: "not.parquet" }, { folder, clock: systemClock });
    assert.match(JSON.stringify(await source.columns()), /cannot be read as Parquet/);
  });
});

describe("a file is opened inside the declaration's folder only", () => {
  const outside = testFolder();
  writeFileSync(join(outside, "people.csv"), "id,name\n1,a\n");
  mkdirSync(join(folder, "sub"), { recursive: true });
  writeFileSync(join(folder, "sub", "people.csv"), "id,name\n1,a\n");
  symlinkSync(join(outside, "people.csv"), join(folder, "link.csv"));
  symlinkSync(outside, join(folder, "away"));
  symlinkSync("sub/people.csv", join(folder, "current.csv"));
  const makePipe = "mkfifo";
  execFileSync(makePipe, [join(folder, "pipe.csv")]);
  for (const [path, says] of [
    [join(outside, "people.csv"), /outside/],
    ["../x.csv", /outside/],
    ["sub/../../x.csv", /outside/],
    ["link.csv", /link that leads out/],
    ["away/people.csv", /link that leads out/],
    ["pipe.csv", /is no file/],
    ["sub", /is no file/],
    [".", /outside/],
    ["", /Name the file/],
    ["none.csv", /no file none\.csv/],
    ["people.csv\0.png", /Name the file/],
    ["*.csv", /no file/],
    ["http://127.0.0.1:1/people.csv", /no file/],
    ["s3://bucket/people.csv", /no file/],
  ] as const) {
    test(JSON.stringify(path).replace(outside, "<outside>"), async () => {
      assert.match((await openedAt({ csv: path })).findings, says);
    });
  }
  test("below it, and by a link within, it is", async () => {
    for (const csv of ["sub/people.csv", "current.csv"]) {
      const { register, close } = await openedAt({ csv });
      assert.equal((await askRegister(register!, "/v1/lookup", { id: "1" })).status, 200);
      await close();
    }
  });
});

test("dialects and encodings are read as declared", async () => {
  for (const [content, csv] of [
    ["id;name\n'007';'a;''b'''\n", { delimiter: ";", quote: "'" }],
    [Buffer.from("\ufeffid,name\n007,\"a;'b'\"\n", "utf16le"), {}],
    ["id\tname\n007\ta;'b'", { delimiter: "\t" }],
    ["\ufeffid,name\r\n007,a;'b'\r\n", { encoding: "utf-8" }],
  ] as const) {
    const { register, findings, close } = await opened(content, { csv });
    assert.equal(findings, "");
    assert.deepEqual((await askRegister(register!, "/v1/lookup", { id: "007" })).body, { id: "007", name: "a;'b'" });
    await close();
  }
  const big5 = Buffer.concat([
    Buffer.from("id,name\n1,"),
    Buffer.from([0xa4, 0xa4, 0xb5, 0xd8, 0xa5, 0xfe]),
    Buffer.from("\n"),
  ]);
  const read = await opened(big5, { csv: { encoding: "big5" } });
  assert.equal((await askRegister(read.register!, "/v1/lookup", { id: "1" })).body.name, "中華全");
  await read.close();
});

test("headings and names that are SQL are headings and names", async () => {
  const evil = `x" ); drop table register; --`;
  const { register, findings, close } = await opened(`id,"${evil.replaceAll('"', '""')}"\n1,a\n`, {
    fields: { id: field("text"), name: field("text", { from: evil }) },
  });
  assert.equal(findings, "");
  assert.deepEqual((await askRegister(register!, "/v1/search", { name: "a" })).body.rows, [{ id: "1", name: "a" }]);
  await close();
});

test("what says it is no value is none, unless it is quoted", async () => {
  const { register, close } = await opened('id,name\n1,NULL\n2,"NULL"\n3,\n4,""\n', { csv: { null: "NULL" } });
  const names = await Promise.all(
    ["1", "2", "3", "4"].map(async (id) => (await askRegister(register!, "/v1/lookup", { id })).body.name),
  );
  assert.deepEqual(names, [null, "NULL", "", ""]);
  await close();
});

test("a changed file is taken over whole, a broken one not, and both are told", async () => {
  const path = join(folder, "changing.csv");
  const writeAnew = (content: string): void => {
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  };
  writeAnew("id,name\n1,first\n");
  const told: string[] = [];
  const { register, close } = await openedAt(
    { csv: "changing.csv" },
    {},
    {
      every: 20,
      onReload: (went) =>
        told.push("rows" in went ? `${went.rows} rows` : went.findings.map(({ message }) => message).join()),
    },
  );
  const name = async (): Promise<unknown> => (await askRegister(register!, "/v1/lookup", { id: "1" })).body.name;
  const until = async (length: number): Promise<void> => {
    for (let tries = 0; told.length < length && tries < 200; tries += 1)
      await new Promise((wake) => setTimeout(wake, 20));
  };
  assert.equal(await name(), "first");
  writeAnew("id,name\n1,broken,x\n");
  await until(1);
  assert.match(told[0]!, /Line 2 has 3 values/);
  assert.match(register!.state().problem!, /Line 2/);
  assert.equal(await name(), "first");
  rmSync(path);
  await until(2);
  assert.match(told[1]!, /There is no file/);
  assert.equal(await name(), "first");
  // Asked all the while, each answer is of the one file or of the other.
  writeAnew("id,name\n1,second\n2,more\n");
  const answers = new Set<unknown>();
  for (let tries = 0; told.length < 3 && tries < 2000; tries += 1) answers.add(await name());
  answers.add(await name());
  assert.deepEqual([...answers], ["first", "second"]);
  assert.equal(told[2], "2 rows");
  assert.deepEqual([register!.state().rows, register!.state().problem], [2, undefined]);
  // A broken one is not tried again and again, and is looked at again when it is touched.
  utimesSync(path, new Date(), new Date(Date.now() + 5000));
  await until(4);
  assert.equal(told[3], "2 rows");
  for (let tries = 0; privateFolders().length > 1 && tries < 200; tries += 1)
    await new Promise((wake) => setTimeout(wake, 20));
  assert.equal(privateFolders().length, 1);
  await close();
  assert.deepEqual(privateFolders(), []);
});

test("what a killed process left on the disk is removed by the next", async () => {
  writeFileSync(join(folder, "kept.csv"), "id,name\n1,a\n");
  const program = `
    const { fileSource } = await import(${JSON.stringify(new URL("./file-source.ts", import.meta.url).href)});
    const source = fileSource({ csv: "kept.csv" }, { folder: ${JSON.stringify(folder)}, clock: { now: () => new Date() } });
    await source.columns();
    console.log("copied");
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((done) => child.stdout.once("data", done));
  const left = readdirSync(tmpdir()).filter((name) => name.startsWith(`taroko-register-${child.pid}-`));
  assert.equal(left.length, 1);
  child.kill("SIGKILL");
  await new Promise((done) => child.once("exit", done));
  const { close } = await openedAt({ csv: "kept.csv" });
  assert.ok(!existsSync(join(tmpdir(), left[0]!)));
  await close();
});

test("200,000 records: looked up, searched and paged through, each once", async () => {
  const out = createWriteStream(join(folder, "large.csv"));
  out.write("id,name,village\n");
  for (let at = 0; at < 200_000; at += 1000) {
    out.write(
      Array.from(
        { length: 1000 },
        (_, i) => `P${String((at + i) * 7).padStart(8, "0")},"Name, ${at + i}",${(at + i) % 50}\n`,
      ).join(""),
    );
  }
  out.end();
  await finished(out);
  const fields = { id: field("text"), name: field("text"), village: field("integer") };
  const { register, findings, close } = await openedAt({ csv: "large.csv", memory: 128 }, { fields });
  assert.equal(findings, "");
  assert.equal(register!.state().rows, 200_000);
  assert.equal((await askRegister(register!, "/v1/lookup", { id: "P01399993" })).body.name, "Name, 199999");
  const ids: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await askRegister(register!, "/v1/search", {
      village: 7,
      fields: ["id"],
      ...(cursor ? { cursor } : {}),
    });
    ids.push(...page.body.rows.map((row: { id: string }) => row.id));
    cursor = page.body.next as string | null;
  }
  assert.equal(ids.length, 4000);
  assert.deepEqual(ids, [...new Set(ids)].toSorted());
  await close();
});
