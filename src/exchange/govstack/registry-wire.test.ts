import assert from "node:assert/strict";
import test, { after } from "node:test";
import { canonicalJson } from "#kernel";
import { digitalRegistry, openRegister, type FieldDeclaration, type RegisterDeclaration } from "#registries";
import { testDatabase } from "#store/testing";
import { compileContract } from "../contract-check/contract.ts";
import { logged, named, testCountry, type TestGateway } from "../testing.ts";
import { openGovStackAdapter } from "./adapter.ts";

/** Digital registries over two gateways and GovStack's port, and every answer against the published API's shapes. */
const [ann, bob] = ["A700000001", "A700000002"];
const agency = await testDatabase();
await agency.query("create table clinic (id text primary key, town text not null, beds int check (beds >= 0))");
await agency.query("create table person (id text primary key, village text, income int)");
await agency.query(`insert into person values ('${ann}', 'V1', 7), ('${bob}', 'V1', 9)`);
const field = (type: FieldDeclaration["type"]): FieldDeclaration => ({
  title: named("field"),
  type,
  sensitivity: "personal",
});
const clinics: RegisterDeclaration = {
  subsystem: "people",
  service: "clinics",
  title: named("Clinics"),
  table: "clinic",
  key: ["id"],
  fields: { id: field("text"), town: field("text"), beds: field("integer") },
  filters: ["town"],
  writes: ["create", "update", "update-entries", "delete"],
};
const people: RegisterDeclaration = {
  ...clinics,
  service: "register",
  title: named("People"),
  table: "person",
  subject: "id",
  filters: ["id", "village"],
  fields: { id: field("text"), village: field("text"), income: field("integer") },
  writes: ["update"],
};
const writer = { writer: agency };
const registry = async (one: RegisterDeclaration) =>
  digitalRegistry(await openRegister(one, agency, writer), { institution: "TW/GOV/REG" });
const { provider, consumer, stranger } = await testCountry({
  services: [await registry(clinics), await registry(people), await registry({ ...clinics, service: "other" })],
  grants: [
    { serviceCode: "clinics-dr" },
    { serviceCode: "register-dr", fields: ["/content/id", "/content/village"] },
    { serviceCode: "other-dr", method: "POST", pathGlob: "/data/*/*/create" },
    { serviceCode: "findUsage" },
  ],
});

async function adapter(of: TestGateway): Promise<string> {
  const opened = await openGovStackAdapter({
    host: "127.0.0.1",
    port: 0,
    agencyUrl: of.agencyUrl,
    instance: "TW",
    rights: () => of.gateway.rights.all(),
    clock: of.options.clock,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  after(() => opened.close());
  return opened.url;
}
const [portal, elsewhere] = [await adapter(consumer), await adapter(stranger)];

interface Told {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes, compared as they are
  readonly body: any;
}

/** The published data API 1.3.0 in what it says of answers, in both of its spellings. */
const example = { type: "object", properties: { id: { type: "string" }, town: { type: "string" } } };
const content = { type: "object", properties: { content: example } };
const answering = (schema: object, status = "200"): object => ({
  responses: { [status]: { description: "", content: { "application/json": { schema } } } },
});
/** The file says nothing of these bodies; its publisher's own tests expect the record. */
const unsaid = answering({ type: "object" });
const usage = (camel: boolean): object => {
  const names = ["id", "readerId", "readerInitials", "readerInstitutionId", "readerInstitutionName"];
  const all = [...names, "readerApplicationName", "searchDateTime", "refrences"].map((name) =>
    camel
      ? name
      : name
          .replace(/^id$/, "ID")
          .replace(/^[a-z]/, (one) => one.toUpperCase())
          .replace(/Id$/, "ID"),
  );
  const members = all.map((name) => [name, { type: "string" }] as const);
  const list = { type: "array", items: { properties: { ReferenceID: { type: "string" } } } };
  const properties = { ...Object.fromEntries(members), [all.at(-1)!]: list };
  return answering({ type: "array", items: { type: "object", properties, additionalProperties: false } });
};
const data = "/data/{registryName}/{versionNumber}";
const published = compileContract({
  openapi: "3.0.0",
  info: { title: "Digital Registries", version: "1.3.0" },
  paths: {
    [data]: {
      get: answering({
        type: "object",
        required: ["count", "results"],
        properties: {
          count: { type: "integer" },
          next: { type: "string", nullable: true },
          previous: { type: "string", nullable: true },
          results: { type: "array", items: example },
        },
      }),
    },
    [`${data}/create`]: { post: answering(content) },
    [`${data}/exists`]: {
      post: answering({
        type: "object",
        required: ["answer"],
        properties: {
          answer: {
            type: "object",
            required: ["status"],
            properties: { status: { type: "boolean" }, message: { type: "string" } },
          },
        },
      }),
    },
    [`${data}/read`]: { post: answering(content) },
    [`${data}/update`]: { put: unsaid },
    [`${data}/updateEntries`]: { put: unsaid },
    [`${data}/update-entries`]: { put: unsaid },
    [`${data}/updateOrCreate`]: { post: answering(content) },
    [`${data}/update-or-create`]: { post: answering(content) },
    [`${data}/{ID}/delete`]: { delete: { responses: { "204": { description: "" } } } },
    [`${data}/{uuid}/readValue/{field}`]: { get: answering({ type: "object", properties: { value: {} } }) },
    [`${data}/{uuid}/read-value/{field}`]: { get: answering({ type: "object", properties: { value: {} } }) },
    "/data/myPersonalDataUsage": { get: usage(true) },
    "/data/MyPersonalDataUsage/{versionNumber}": { get: usage(false) },
  },
});
assert.ok(published.ok);
const contract = published.value;

async function ask(
  line: string,
  body?: unknown,
  o: { service?: string; url?: string; client?: string; headers?: Record<string, string> } = {},
): Promise<Told> {
  const [method = "", target = ""] = line.split(" ");
  const { service = "clinics-dr", url = portal, client = "TW/GOV/PORTAL/app" } = o;
  const answer = await fetch(`${url}/r1/TW/GOV/REG/people/${service}${target}`, {
    method,
    headers: {
      "Information-Mediator-Client": client,
      Prefer: "taroko-status",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...o.headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.ok) {
    const given = { status: answer.status, headers: [...answer.headers], body: bytes };
    const [servicePath = ""] = target.split("?");
    const broken = contract.checkResponse({ method, servicePath }, given);
    assert.deepEqual(broken, [], `${line}: ${JSON.stringify(broken)}`);
  }
  return {
    status: answer.status,
    headers: answer.headers,
    body: bytes.length ? JSON.parse(bytes.toString()) : undefined,
  };
}

const at = "/data/clinics/1.0";

test("a registry is written and read through GovStack's port and two gateways, each call with its evidence", async () => {
  const before = (await logged(provider)).length;
  const made = await ask(`POST ${at}/create`, { write: { content: { id: "C1", town: "Taipei", beds: 3 } } });
  assert.deepEqual([made.status, made.body], [200, { content: { id: "C1", town: "Taipei", beds: 3 } }]);
  const tag = made.headers.get("etag") ?? "";
  const row = { query: { content: { id: "C1" } } };
  const read = await ask(`POST ${at}/read`, row);
  assert.deepEqual([read.body, read.headers.get("etag")], [made.body, tag]);
  const change = { ...row, write: { content: { beds: 4 } } };
  assert.equal((await ask(`PUT ${at}/update`, change, { headers: { "If-Match": tag } })).status, 200);
  const stale = await ask(`PUT ${at}/update`, change, { headers: { "If-Match": tag } });
  assert.deepEqual([stale.status, stale.body.type.split("/").at(-1)], [412, "record-changed"]);
  for (const spelling of ["updateOrCreate", "update-or-create"])
    assert.equal(
      (await ask(`POST ${at}/${spelling}`, { write: { content: { id: "C2", town: "Tainan" } } })).status,
      200,
    );
  for (const spelling of ["updateEntries", "update-entries"]) {
    const many = { query: { content: { town: "Tainan" } }, write: { content: { beds: 1 } } };
    assert.equal((await ask(`PUT ${at}/${spelling}`, many)).status, 200);
  }
  assert.equal((await ask(`POST ${at}/exists`, row)).body.answer.status, true);
  assert.equal((await ask(`GET ${at}?query.town=Tainan`)).body.count, 1);
  for (const spelling of ["readValue", "read-value"])
    assert.deepEqual((await ask(`GET ${at}/C1/${spelling}/beds.json`)).body, { value: 4 });
  assert.equal((await ask(`POST ${at}/create`, { write: { content: { id: "C3", town: "X", beds: -1 } } })).status, 400);
  assert.deepEqual(
    [(await ask(`DELETE ${at}/C2/delete`)).status, (await ask(`DELETE ${at}/C2/delete`)).status],
    [204, 404],
  );
  const entries = (await logged(provider)).slice(before);
  assert.deepEqual(
    entries.map(({ out }) => out),
    ["200", "200", "200", "412", "200", "200", "200", "200", "200", "200", "200", "200", "400", "204", "404"],
  );
  assert.deepEqual(await agency.query("select * from clinic"), [{ id: "C1", town: "Taipei", beds: 4 }]);
});

test("who may write is said by rights: another client, method or path is refused before anything is written", async () => {
  const made = { write: { content: { id: "R1", town: "Taipei" } } };
  const other = { service: "other-dr" };
  assert.equal((await ask("POST /data/other/1.0/create", made, other)).status, 200);
  assert.equal(
    (await ask("PUT /data/other/1.0/update", { write: { content: { id: "R1", town: "X" } } }, other)).status,
    403,
  );
  assert.equal((await ask("DELETE /data/other/1.0/R1/delete", undefined, other)).status, 403);
  const foreign = { url: elsewhere, client: "TW/GOV/OTHER/sys" };
  assert.equal((await ask(`POST ${at}/create`, { write: { content: { id: "R2", town: "X" } } }, foreign)).status, 403);
  assert.deepEqual(await agency.query("select id, town from clinic where id like 'R%'"), [
    { id: "R1", town: "Taipei" },
  ]);
});

test("a write about a person stands on their list, who alone is told of it in GovStack's shape", async () => {
  const on = { service: "register-dr" };
  const moved = await ask(
    "PUT /data/register/1.0/update",
    { write: { content: { id: ann, village: "V2", income: 8 } } },
    on,
  );
  assert.deepEqual(
    [moved.status, moved.body],
    [200, { content: { id: ann, village: "V2" } }],
    "fields of the right only",
  );
  const about = { query: { content: { id: ann } } };
  assert.equal((await ask("POST /data/register/1.0/read", about, on)).status, 200);
  const both = { query: { content: { id: ann } }, write: { content: { id: bob, village: "V3" } } };
  assert.equal((await ask("PUT /data/register/1.0/update", both, on)).status, 400);

  const list = (query: string, more: Parameters<typeof ask>[2] = {}): Promise<Told> =>
    ask(`GET /data/myPersonalDataUsage?${query}`, undefined, { ...on, ...more });
  const { status, body } = await list(`userId=${ann}&databaseId=register`);
  assert.deepEqual([status, body.length], [200, 2]);
  const [last] = body;
  assert.deepEqual(
    [last.readerId, last.readerInstitutionId, last.readerApplicationName, last.refrences],
    ["TW/GOV/PORTAL/app", "TW/GOV/PORTAL", "app", [{ ReferenceID: "register-dr" }]],
  );
  assert.ok(Date.parse(last.searchDateTime) > 0);
  const old = await ask(`GET /data/MyPersonalDataUsage/1.0?userID=${ann}&DatabaseID=register-dr`, undefined, on);
  assert.deepEqual(
    old.body.map(({ ID, ReaderID }: { ID: string; ReaderID: string }) => [ID, ReaderID]),
    body.map(({ id, readerId }: { id: string; readerId: string }) => [id, readerId]),
  );
  assert.deepEqual((await list(`userId=${bob}&databaseId=register`)).body, []);
  assert.deepEqual((await list(`userId=${ann}&databaseId=clinics`)).body, []);
  for (const [query, more, expected] of [
    [`userId=${ann}`, {}, 400],
    ["databaseId=register", {}, 400],
    [`userId=${ann}&userID=${bob}&databaseId=register`, {}, 400],
    [`userId=${ann}%20&databaseId=register`, {}, 400],
    [`userId=${ann}&databaseId=register`, { url: elsewhere, client: "TW/GOV/OTHER/sys" }, 403],
    [`userId=${ann}&databaseId=register`, { client: "TW/GOV/OTHER/sys" }, 404],
  ] as const) {
    const refused = await list(query, more);
    assert.equal(refused.status, expected, `${query} ${canonicalJson(more)}: ${JSON.stringify(refused.body)}`);
    assert.doesNotMatch(JSON.stringify(refused.body), /70000000|readerId/);
  }
  assert.equal((await list(`userId=${ann}&databaseId=register`)).body.length, 2, "looking is no reading");
});
