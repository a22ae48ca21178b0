import assert from "node:assert/strict";
import { test } from "node:test";
import { allowedMethods, listClients, listMethods, type Endpoint, type PublishedService } from "./metaservices.ts";

const member = { instance: "TW", memberClass: "GOV", memberCode: "2.16.886.101.20003" };
const clients = [
  { id: member, name: "Interior & more" },
  { id: { ...member, subsystemCode: "registry" }, name: "Interior & more", subsystemName: "戶政" },
];

test("listClients in JSON when Accept names it: absent members are left out, never null", () => {
  const { contentType, body } = listClients(clients, ["text/xml, application/json;q=0.1"]);
  assert.equal(contentType, "application/json;charset=utf-8");
  const id = '"xroad_instance":"TW","member_class":"GOV","member_code":"2.16.886.101.20003"';
  assert.equal(
    body,
    `{"member":[{"id":{"object_type":"MEMBER",${id}},"name":"Interior & more"},` +
      `{"id":{"object_type":"SUBSYSTEM",${id},"subsystem_code":"registry"},"name":"Interior & more","subsystem_name":"戶政"}]}`,
  );
});

test("listClients in XML otherwise: list elements in one namespace, the identifier's in the other", () => {
  const { contentType, body } = listClients(clients, ["*/*"]);
  assert.equal(contentType, "text/xml");
  const id =
    "<id:xRoadInstance>TW</id:xRoadInstance><id:memberClass>GOV</id:memberClass><id:memberCode>2.16.886.101.20003</id:memberCode>";
  assert.equal(
    body,
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><xrd:clientList xmlns:xrd="http://x-road.eu/xsd/xroad.xsd" xmlns:id="http://x-road.eu/xsd/identifiers">' +
      `<xrd:member><xrd:id id:objectType="MEMBER">${id}</xrd:id><xrd:name>Interior &amp; more</xrd:name></xrd:member>` +
      `<xrd:member><xrd:id id:objectType="SUBSYSTEM">${id}<id:subsystemCode>registry</id:subsystemCode></xrd:id>` +
      "<xrd:name>Interior &amp; more</xrd:name><xrd:subsystemName>戶政</xrd:subsystemName></xrd:member></xrd:clientList>",
  );
});

function service(serviceCode: string, ...endpoints: Endpoint[]): PublishedService {
  return { id: { ...member, subsystemCode: "registry", serviceCode }, type: "OPENAPI", endpoints };
}
const base = { method: "*", path: "**" };
const people = service("people", base, { method: "GET", path: "/v1/people/*" }, { method: "POST", path: "/v1/people" });
const land = service("land");

test("listMethods shows every service and endpoint but the base endpoint", () => {
  const common =
    '"object_type":"SERVICE","service_type":"OPENAPI","xroad_instance":"TW","member_class":"GOV","member_code":"2.16.886.101.20003","subsystem_code":"registry"';
  assert.deepEqual(listMethods([people, land]), {
    contentType: "application/json",
    body:
      `{"service":[{${common},"service_code":"people","endpoint_list":[{"method":"GET","path":"/v1/people/*"},{"method":"POST","path":"/v1/people"}]},` +
      `{${common},"service_code":"land","endpoint_list":[]}]}`,
  });
});

const rights: readonly (readonly [
  name: string,
  rights: readonly Endpoint[],
  expected: readonly string[] | undefined,
])[] = [
  ["no right", [], undefined],
  ["the whole service", [base], ["GET /v1/people/*", "POST /v1/people"]],
  ["one method", [{ method: "get", path: "**" }], ["GET /v1/people/*"]],
  ["one path", [{ method: "*", path: "/v1/people" }], ["POST /v1/people"]],
  ["a right that no endpoint shows", [{ method: "PUT", path: "/x" }], []],
];
for (const [name, granted, expected] of rights) {
  test(`allowedMethods with ${name}`, () => {
    const { body } = allowedMethods([people, land], (id) => (id.serviceCode === "people" ? granted : []));
    const { service } = JSON.parse(body) as { service: { service_code: string; endpoint_list: Endpoint[] }[] };
    assert.deepEqual(
      service.map((one) => one.service_code),
      expected === undefined ? [] : ["people"],
    );
    assert.deepEqual(
      service[0]?.endpoint_list.map(({ method, path }) => `${method} ${path}`),
      expected,
    );
  });
}
