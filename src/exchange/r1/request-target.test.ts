import assert from "node:assert/strict";
import { test } from "node:test";
import { isReservedServiceCode, metaserviceOf, parseTarget, providerUrl } from "./request-target.ts";

const base = "/r1/TW/GOV/2.16.886.101.20003/registry/people";
const service = {
  instance: "TW",
  memberClass: "GOV",
  memberCode: "2.16.886.101.20003",
  subsystemCode: "registry",
  serviceCode: "people",
};

const targets: readonly (readonly [target: string, servicePath: string, query: string | undefined, url: string])[] = [
  [base, "", undefined, "http://is.test/api"],
  [`${base}/`, "/", undefined, "http://is.test/api/"],
  [`${base}?`, "", "", "http://is.test/api?"],
  [`${base}/v1//p/../%2e%2E/a%2Fb`, "/v1//p/../%2e%2E/a%2Fb", undefined, "http://is.test/api/v1//p/../%2e%2E/a%2Fb"],
  [`${base}/v1?b=2&&a=%20+&b=1?`, "/v1", "b=2&&a=%20+&b=1?", "http://is.test/api/v1?b=2&&a=%20+&b=1?"],
];
for (const [target, servicePath, query, url] of targets) {
  test(`request target ${target}`, () => {
    assert.deepEqual(parseTarget(target), { ok: true, value: { service, servicePath, query } });
    assert.equal(providerUrl("http://is.test/api", { service, servicePath, query }), url);
  });
}

test("of two slashes between base and path one is dropped, but never one of the caller's own", () => {
  assert.equal(providerUrl("http://is.test/", { service, servicePath: "//x", query: undefined }), "http://is.test//x");
  assert.equal(providerUrl("http://is.test/", { service, servicePath: "", query: "q" }), "http://is.test/?q");
});

test("parts are decoded one by one", () => {
  const parsed = parseTarget("/r1/TW/GOV/a%2Fb/%E5%8F%B0/s");
  assert.equal(parsed.ok && parsed.value.service.memberCode, "a/b");
  assert.equal(parsed.ok && parsed.value.service.subsystemCode, "台");
});

const bad = [
  ["", "*", "r1/TW/GOV/1/s/x", "/r1", "/r1/TW/GOV/1/s", "/r1/TW/GOV/1/s?/x", "/r2/TW/GOV/1/s/x", "/r11/TW/GOV/1/s/x"],
  [
    "/R1/TW/GOV/1/s/x",
    "//r1/TW/GOV/1/s/x",
    "/r1/TW//1/s/x",
    "/r1/TW/GOV/1/s/",
    "/r1/TW%2FGOV/1/s/x",
    "/r1/TW/GOV/%/s/x",
  ],
  [
    "http://h/r1/TW/GOV/1/s/x",
    "/r1/TW/GOV/1/s/x#f",
    "/r1/TW/GOV/1/s/x y",
    "/r1/TW/GOV/1/s/x/é",
    "/r1/TW/GOV/1/s/x\r\n",
  ],
].flat();
for (const target of bad) {
  test(`no request target: ${JSON.stringify(target)}`, () => {
    const parsed = parseTarget(target);
    assert.equal(parsed.ok ? "accepted" : parsed.error.code, "internal_error");
  });
}

test("an r-version that does not exist is named as such", () => {
  const parsed = parseTarget("/r2/TW/GOV/1/s/x");
  assert.equal(parsed.ok ? "" : parsed.error.message, "Unsupported protocol version");
});

test("metaservices are GET only, whatever path follows; their codes are reserved", () => {
  const meta = { service: { ...service, serviceCode: "listMethods" }, servicePath: "/any", query: undefined };
  assert.equal(metaserviceOf("GET", meta), "listMethods");
  assert.equal(metaserviceOf("POST", meta), undefined);
  assert.equal(metaserviceOf("GET", { ...meta, service: { ...service, serviceCode: "listmethods" } }), undefined);
  assert.ok(isReservedServiceCode("getOpenAPI") && !isReservedServiceCode("people"));
});
