import assert from "node:assert/strict";
import test from "node:test";
import { govStackSettings } from "./settings.ts";
import { readHeaders, readTarget } from "./translate.ts";

const provider = "/TW/GOV/REG/people";

const usage = {
  kind: "usage",
  target: `/r1${provider}/findUsage/v1/search`,
  user: undefined,
  database: undefined,
  since: undefined,
  capitals: false,
};

const targets: [string, object][] = [
  ["/listClients", { kind: "clients", target: "/listClients", instance: undefined }],
  ["/r1/listClients", { kind: "clients", target: "/listClients", instance: undefined }],
  ["/R1/LISTCLIENTS", { kind: "clients", target: "/listClients", instance: undefined }],
  ["/listClients?instanceId=XX", { kind: "clients", target: "/listClients?xRoadInstance=XX", instance: "XX" }],
  ["/listClients?xroadinstance=XX", { kind: "clients", target: "/listClients?xRoadInstance=XX", instance: "XX" }],
  [`/r1${provider}/listMethods`, { kind: "methods", target: `/r1${provider}/listMethods`, service: undefined }],
  [`${provider}/listmethods`, { kind: "methods", target: `/r1${provider}/listMethods`, service: undefined }],
  [
    `/r1${provider}/AllowedMethods?serviceId=a`,
    { kind: "methods", target: `/r1${provider}/allowedMethods`, service: "a" },
  ],
  [
    `/r1${provider}/getOpenApi?serviceCode=a`,
    { kind: "description", target: `/r1${provider}/getOpenAPI?serviceCode=a` },
  ],
  [
    `/r1${provider}/getOpenAPI?SERVICECODE=a%2Fb`,
    { kind: "description", target: `/r1${provider}/getOpenAPI?serviceCode=a%2Fb` },
  ],
  [`/r1${provider}/getOpenAPI`, { kind: "description", target: `/r1${provider}/getOpenAPI` }],
  [`/r1${provider}/open/v1//a%2Fb?x=1&x=&y`, { kind: "call", target: `/r1${provider}/open/v1//a%2Fb?x=1&x=&y` }],
  [`${provider}/open`, { kind: "call", target: `/r1${provider}/open` }],
  [`/r1${provider}/listMethods/more`, { kind: "call", target: `/r1${provider}/listMethods/more` }],
  [
    `/r1${provider}/open-dr/data/myPersonalDataUsage?userId=A&databaseId=open`,
    { ...usage, user: "A", database: "open" },
  ],
  [
    `${provider}/open-dr/data/MyPersonalDataUsage/1.0?userID=A&DatabaseID=open&since=x`,
    { ...usage, user: "A", database: "open", since: "x", capitals: true },
  ],
  [`${provider}/open-dr/data/mypersonalDataUsage?userId=A&userID=B&databaseId=`, { ...usage, capitals: true }],
  [
    `/r1${provider}/open-dr/data/myPersonalDataUsage/1.0/read`,
    { kind: "call", target: `/r1${provider}/open-dr/data/myPersonalDataUsage/1.0/read` },
  ],
  ["/r1/TW/GOV/REG", { kind: "unknown" }],
  ["/", { kind: "unknown" }],
  ["/api/v1/rights/other", { kind: "unknown" }],
];

for (const [given, asked] of targets)
  test(`reads ${given}`, () => assert.deepEqual(readTarget(given, govStackSettings), asked));

test("keeps to the prefix that is set", () => {
  const kindOf = (target: string, pathPrefix: "r1" | "none"): string =>
    readTarget(target, { ...govStackSettings, pathPrefix }).kind;
  assert.equal(kindOf(`/r1${provider}/open`, "r1"), "call");
  assert.equal(kindOf(`${provider}/open`, "r1"), "unknown");
  assert.equal(kindOf(`${provider}/open`, "none"), "call");
  assert.equal(kindOf(`/r1${provider}/open`, "none"), "unknown");
  assert.equal(readTarget("/listClients?inst=T", { ...govStackSettings, instanceName: "inst" }).kind, "clients");
});

test("takes the client from any accepted header, once, and refuses two that differ", () => {
  const read = (...headers: [string, string][]) => readHeaders(headers, govStackSettings);
  assert.deepEqual(read(["X-GovStack-Client", "TW/GOV/A/x"], ["A", "b"]), [
    ["X-Road-Client", "TW/GOV/A/x"],
    ["A", "b"],
  ]);
  assert.deepEqual(read(["information-mediator-client", "c"]), [["X-Road-Client", "c"]]);
  assert.deepEqual(read(["X-Road-Client", "c"], ["X-GovStack-Client", "c"]), [["X-Road-Client", "c"]]);
  assert.equal(read(["X-Road-Client", "c"], ["X-GovStack-Client", "d"]), undefined);
  const own = { ...govStackSettings, clientHeaders: ["x-road-client"] };
  assert.deepEqual(readHeaders([["X-GovStack-Client", "c"]], own), []);
  const named = { ...govStackSettings, clientHeaders: ["x-agency-client"] };
  const both = [["X-Agency-Client", "a"] as const, ["X-Road-Client", "b"] as const];
  assert.deepEqual(readHeaders(both, named), [["X-Road-Client", "a"]], "the gateway would take the last one");
  assert.deepEqual(readHeaders([["X-Road-Client", "b"]], named), []);
});
