import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { agencyOf, agencyShape } from "./agency-option.ts";
import { readSiteFile } from "./site-file.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-agency-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);
writeFileSync(path("cert.pem"), "PEM");
writeFileSync(
  path("people.yaml"),
  "openapi: 3.0.3\npaths:\n  /people/{id}:\n    get: { responses: { '200': { description: one } } }\n",
);
const title = { "zh-Hant": "人", en: "People" };
const service = { subsystem: "people", code: "people", title, url: "http://is.example/api" };
const none = { clients: {}, services: [] };

test("a described service has its description's endpoints, and those of the file that are not there", () => {
  const endpoints = [
    { method: "GET", path: "/people/*" },
    { method: "POST", path: "/people" },
  ];
  const { services } = agencyOf(
    { ...none, services: [{ ...service, openapi: "people.yaml", endpoints, contract: "report" }] },
    path,
  );
  assert.deepEqual(services[0]?.endpoints, endpoints);
  assert.deepEqual([services[0].contract, services[0].target], ["report", { url: service.url }]);
  assert.equal((services[0].openapi as { openapi: string }).openapi, "3.0.3");
});

test("a description that cannot be used names its file", () => {
  writeFileSync(path("bad.yaml"), "swagger: '2.0'\n");
  const open = (): unknown =>
    agencyOf({ ...none, services: [{ ...service, openapi: "bad.yaml", endpoints: [] }] }, path);
  assert.throws(open, { code: "site-file", message: /bad\.yaml cannot be used: not-openapi-3 at \/openapi/ });
});

test("keys and certificates are read from files beside the site's", () => {
  const agency = agencyOf(
    {
      ...none,
      agencyTls: { host: "127.0.0.1", port: 8443, key: "cert.pem", cert: "cert.pem" },
      clients: { app: { connection: "HTTPS", certificates: ["cert.pem"], surface: "native" } },
    },
    path,
  );
  assert.deepEqual([agency.tls?.key, agency.clients["app"]?.certificates], ["PEM", ["PEM"]]);
});

const wrong: readonly (readonly [member: keyof typeof agencyShape, value: unknown])[] = [
  ["r1", { errorSpelling: "Snake" }],
  ["r1", { unknown: 1 }],
  ["clients", { app: { connection: "TLS" } }],
  ["services", [{ ...service, url: "ftp://is.example" }]],
  ["services", [{ ...service, contract: "strict" }]],
  ["services", [{ ...service, titel: 1 }]],
  ["agencyTls", { port: 0, key: "a", cert: "b" }],
];
for (const [member, value] of wrong) {
  test(`a typing error is seen: ${member} ${JSON.stringify(value).slice(0, 40)}`, () => {
    assert.ok(!agencyShape[member].safeParse(value).success);
  });
}

test("the example of a gateway takes them all", () => {
  const example = JSON.parse(
    readFileSync(new URL("../../examples/sites/gateway.json", import.meta.url), "utf8"),
  ) as object;
  const file = {
    ...example,
    database: "postgres://database.example/gateway",
    authority: { url: "http://127.0.0.1:7000", anchor: "a".repeat(43) },
    registers: [],
    agencyTls: { port: 7443, key: "k", cert: "c" },
    r1: { statusRule: "document" },
    clients: { household: {} },
    services: [service],
  };
  writeFileSync(path("gateway.json"), JSON.stringify(file));
  const read = readSiteFile(path("gateway.json")).file;
  assert.ok(read.site === "gateway" && read.services[0]?.code === "people");
  assert.deepEqual([read.clients, read.agencyTls?.host], [{ household: { certificates: [] } }, "127.0.0.1"]);
});
