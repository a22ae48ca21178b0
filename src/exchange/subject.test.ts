import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { after } from "node:test";
import { assert as holds, asyncProperty, constantFrom, oneof, string } from "fast-check";
import { openRegister, type FieldDeclaration, type RegisterDeclaration } from "#registries";
import { testDatabase } from "#store/testing";
import type { ServiceDeclaration, UsageAnswer } from "./index.ts";
import { personCount } from "./test-store.ts";
import { logged, named, stated, testCountry, type TestAnswer, type TestCall } from "./testing.ts";

const [ann, bob] = ["A700000001", "A700000002"];
const agency = await testDatabase();
await agency.query("create table person (id text primary key, village text, income int)");
await agency.query(`insert into person values ('${ann}', 'V1', 7), ('${bob}', 'V1', 9)`);
const field = (type: FieldDeclaration["type"]): FieldDeclaration => ({
  title: named("field"),
  type,
  sensitivity: "personal",
});
const register: RegisterDeclaration = {
  subsystem: "people",
  service: "register",
  title: named("People"),
  table: "person",
  key: ["id"],
  subject: "id",
  filters: ["id", "village"],
  fields: { id: field("text"), village: field("text"), income: field("integer") },
};
const consented = { ...register, service: "agreed", purposeRequired: true, consent: "required" } as const;

/** Whom an agency's own system was asked about, as that system reads it: the last of the names, in any letters. */
const asked: (string | undefined)[] = [];
const system = createServer((incoming, outgoing) => {
  const url = new URL(incoming.url ?? "/", "http://system.test");
  const named = [...url.searchParams].findLast(([name]) => name.toLowerCase() === "id");
  asked.push(named?.[1] ?? url.pathname.split("/").filter(Boolean)[1]);
  outgoing.writeHead(200, { "content-type": "application/json" }).end("{}");
});
await new Promise<void>((done) => system.listen(0, "127.0.0.1", done));
after(() => {
  system.close();
  system.closeAllConnections();
});
const target = { url: `http://127.0.0.1:${(system.address() as AddressInfo).port}` };
/** Answers anything, and remembers what it was asked for. */
const echo: ServiceDeclaration["target"] = {
  call: async ({ body }) => {
    asked.push((JSON.parse(Buffer.from(body).toString("utf8")) as { id: string }).id);
    return { status: 200, headers: [["Content-Type", "application/json"]], body: Buffer.from("{}") };
  },
};
const raw = { subsystem: "people", title: named("Raw"), endpoints: [], target };
const { provider, call, consent } = await testCountry({
  services: [
    (await openRegister(register, agency)).service,
    (await openRegister(consented, agency)).service,
    { ...raw, code: "path", subject: { from: "path", segment: 1 } },
    { ...raw, code: "query", subject: { from: "query", name: "id" } },
    { ...raw, code: "echo", subject: { from: "body", pointer: "/id" }, target: echo },
  ],
  grants: ["register", "agreed", "path", "query", "echo", "findUsage"].map((serviceCode) => ({ serviceCode })),
});

async function readingsOf(subject: string): Promise<UsageAnswer["records"]> {
  const answer = await call("findUsage", { path: "/v1/search", body: JSON.stringify({ subject }) });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return (answer.body as unknown as UsageAnswer).records;
}

/** A refusal, as the caller sees it and as it stands in the log: about nobody, and nothing was asked for. */
async function refused(answer: TestAnswer, reason: string): Promise<void> {
  assert.equal(answer.body["problem"], "/problems/subject-invalid", JSON.stringify(answer.body));
  assert.equal(answer.body["type"], "Server.ServerProxy.InvalidRequest");
  assert.equal(answer.headers.get("taroko-reason"), reason);
  assert.doesNotMatch(JSON.stringify(answer.body), /700000001/);
  const entry = (await logged(provider)).at(-1)!;
  assert.deepEqual([entry["out"], entry["sub"]], ["subject-invalid", undefined]);
}

const get = (path: string): TestCall => ({ method: "GET", path });
for (const [service, given, reason] of [
  ["register", { body: '{"id":"A700000001   "}' }, "subject-not-normal"],
  ["register", { body: JSON.stringify({ id: ann + " ".repeat(300) }) }, "subject-not-normal"],
  ["register", { body: '{"id":700000001}' }, "subject-not-text"],
  ["register", { body: '{"id":["A700000001"]}' }, "subject-not-text"],
  ["register", { body: '{"id":"A700000002","id":"A700000001"}' }, "subject-repeated"],
  ["register", { body: '\ufeff{"id":"A700000001"}' }, "subject-not-readable"],
  ["register", { path: "/v1/search", body: '{"village":"V1"}' }, "subject-missing"],
  ["register", get("/v1/openapi.json"), "subject-not-readable"],
  ["query", get(`/income?id=${bob}&id=${ann}`), "subject-repeated"],
  ["query", get(`/income?id=${bob}&ID=${ann}`), "subject-repeated"],
  ["query", get(`/income?id=%20${ann}`), "subject-not-normal"],
  ["path", get(`//persons/${ann}`), "subject-missing"],
  ["path", get(`/persons/${ann};x=1`), "subject-not-normal"],
  ["findUsage", { path: "/v1/search", body: `{"subject":"${ann} "}` }, "subject-not-normal"],
] as const) {
  test(`refused: ${service} ${JSON.stringify(given).slice(0, 70)}`, async () => {
    const [reached, people] = [asked.length, await personCount(provider.database)];
    await refused(await call(service, given), reason);
    assert.deepEqual([asked.length, await personCount(provider.database)], [reached, people]);
  });
}

test("what is answered stands on the list of the person it is about", async () => {
  const before = (await readingsOf(ann)).length;
  const own = await call("register", { path: "/v1/search", body: `{"village":"V1","id":"${ann}"}` });
  assert.equal((own.body["rows"] as object[]).length, 1);
  for (const [service, path] of [
    ["path", `/persons/${ann}/income`],
    ["query", `/income?id=${ann}`],
  ] as const) {
    assert.equal((await call(service, get(path))).status, 200);
    assert.equal(asked.at(-1), ann);
  }
  assert.equal((await readingsOf(ann)).length, before + 3);
});

test("a consent covers the same text that is put on the list, and no other spelling", async () => {
  const token = await consent({ subject: `${ann} ` });
  const headers = { ...stated, "taroko-consent": token };
  assert.equal((await call("agreed", { headers })).body["problem"], "/problems/consent-mismatch");
  const padded = await call("agreed", { headers, body: `{"id":"${ann} "}` });
  assert.equal(padded.body["problem"], "/problems/subject-invalid");
  const own = { ...stated, "taroko-consent": await consent() };
  assert.equal((await call("agreed", { headers: own })).status, 200);
});

test("whatever a caller sends: it is refused, or the service sees exactly the text that is put on the list", async () => {
  const mark = constantFrom("", " ", "\u00a0", "\u200b", "\ufeff", "\u0000", "\u0301", "\ud800", ".0", "Ａ", "é");
  const whole = constantFrom("", "x".repeat(201), bob + " ".repeat(300));
  const sent = oneof(
    string({ unit: "binary", maxLength: 20 }),
    mark.map((text) => text + bob),
    whole,
  );
  await holds(
    asyncProperty(sent, async (id) => {
      const reached = asked.length;
      const answer = await call("echo", { body: JSON.stringify({ id }) });
      if (answer.status !== 200) {
        assert.equal(answer.body["problem"], "/problems/subject-invalid");
        return assert.equal(asked.length, reached, "nothing is asked for");
      }
      assert.deepEqual(asked.slice(reached), [id]);
      assert.equal(Buffer.from(id).toString(), id, "a database would be sent another text");
      assert.ok((await readingsOf(id)).some(({ service }) => service.endsWith("/echo")));
    }),
    { numRuns: 25 },
  );
});
