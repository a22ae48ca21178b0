import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as checkProperty, constantFrom, property, tuple } from "fast-check";
import {
  answerHeaders,
  checkAnswer,
  filterHeaders,
  flatHeaders,
  headerPairs,
  parseCall,
  parseRelayedCall,
  releasedHeaders,
  withGatewayIds,
  type RawHeaders,
} from "./headers.ts";

const target = "/r1/TW/GOV/2.16.886.101.20003/registry/people/v1";
const client: RawHeaders = [["X-Road-Client", "TW/GOV/2.16.886.101.20001/portal"]];
const requestId = "0b7a4f7e-2f0e-4a30-8f55-7f5f3a6c9e21";
const ids = { instance: "TW", requestId, messageUuid: "5f3c1c1e-0a52-4a8e-9d3b-6a0d5a1f0c11" };

function call(...headers: RawHeaders): ReturnType<typeof parseCall> {
  return parseCall("GET", target, [...client, ...headers]);
}
function refusal(result: ReturnType<typeof parseCall>): string {
  return result.ok ? "accepted" : result.error.code;
}

test("hop-by-hop fields, fields named in Connection and gateways' own names are dropped, the rest keeps order and spelling", () => {
  const dropped =
    "Transfer-Encoding Keep-Alive Proxy-Authenticate Proxy-Authorization TE Trailer Upgrade User-Agent Host Content-Length " +
    "Server Expect Proxy-Connection X-Hop Taroko-Trace taroko-error TAROKO-IS-Signature";
  const kept: RawHeaders = [
    ["aUTHORIZATION", "Bearer x"],
    ["X-Road-Foo", "1"],
    ["Signature", "is=:AA==:"],
    ["Cookie", "a"],
    ["Cookie", "b"],
    ["Taroko-Purpose", "p"],
  ];
  const sent: RawHeaders = [
    ["Connection", "close, x-HOP"],
    ...dropped.split(" ").map((name) => [name, "1"] as const),
    ...kept,
  ];
  assert.deepEqual(filterHeaders(sent), kept);
});

test("filtering twice is filtering once, and never adds or reorders", () => {
  const name = constantFrom("Connection", "X-A", "x-a", "TE", "Host", "X-B", "taroko-is-x", "Accept");
  const value = constantFrom("", "x-a", "X-B, te", "close", "accept ,");
  checkProperty(
    property(array(tuple(name, value)), (headers) => {
      const once = filterHeaders(headers);
      assert.deepEqual(filterHeaders(once), once);
      assert.deepEqual(
        headers.filter((header) => once.includes(header)),
        once,
      );
    }),
  );
});

test("flat and paired lists are the same list", () => {
  const flat = ["A", "1", "a", "2"];
  assert.deepEqual(flatHeaders(headerPairs(flat)), flat);
});

test("a call is read once, into types", () => {
  const parsed = call(
    ["x-road-id", "42"],
    ["X-Road-UserId", "TWA700000001"],
    ["X-Road-Issue", "case-1"],
    ["X-Road-Security-Server", "TW/GOV/2.16.886.101.20003/gw1"],
    ["X-Road-Represented-Party", "COM/a%2Fb"],
    ["x-road-request-id", "forged"],
  );
  assert.ok(parsed.ok);
  const { headers, target: readTarget, ...rest } = parsed.value;
  assert.equal(readTarget.servicePath, "/v1");
  assert.equal(headers.length, 6);
  assert.deepEqual(rest, {
    method: "GET",
    rawTarget: target,
    client: { instance: "TW", memberClass: "GOV", memberCode: "2.16.886.101.20001", subsystemCode: "portal" },
    messageId: "42",
    userId: "TWA700000001",
    issue: "case-1",
    securityServer: { instance: "TW", memberClass: "GOV", memberCode: "2.16.886.101.20003", serverCode: "gw1" },
    representedParty: { partyClass: "COM", partyCode: "a/b" },
  });
});

test("of several clients the last counts and only it goes on", () => {
  const parsed = call(["x-road-client", "TW/GOV/2"]);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.headers, [["x-road-client", "TW/GOV/2"]]);
  assert.deepEqual(parsed.value.client, { instance: "TW", memberClass: "GOV", memberCode: "2" });
});

const refused: readonly (readonly [name: string, code: string, result: ReturnType<typeof parseCall>])[] = [
  ["no client", "invalid_client_identifier", parseCall("GET", target, [])],
  ["a client that Connection takes away", "invalid_client_identifier", call(["Connection", "x-road-client"])],
  ["a malformed client", "internal_error", parseCall("GET", target, [["X-Road-Client", "TW/GOV"]])],
  ["an unknown method", "internal_error", parseCall("CONNECT", target, client)],
  ["a method in lower case", "internal_error", parseCall("get", target, client)],
  ["a malformed target", "internal_error", parseCall("GET", "/r1/TW", client)],
  ["a message id twice", "internal_error", call(["X-Road-Id", "1"], ["x-road-id", "2"])],
  ["an unknown x-road header twice", "internal_error", call(["X-Road-Foo", "1"], ["x-road-foo", "1"])],
  ["a server of three parts", "internal_error", call(["X-Road-Security-Server", "TW/GOV/1"])],
  ["a represented party of three parts", "internal_error", call(["X-Road-Represented-Party", "a/b/c"])],
  ["an empty represented party", "internal_error", call(["X-Road-Represented-Party", ""])],
  ["a represented party without code", "internal_error", call(["X-Road-Represented-Party", "a/"])],
];
for (const [name, code, result] of refused) {
  test(`refused: ${name}`, () => assert.equal(refusal(result), code));
}

test("a call without an id gets one; an empty one is none; a given one stays where it is", () => {
  for (const headers of [[], [["X-Road-Id", " "]]] as const) {
    const parsed = call(...headers);
    assert.ok(parsed.ok);
    const withIds = withGatewayIds(parsed.value, ids);
    assert.equal(withIds.messageId, `TW-${ids.messageUuid}`);
    assert.deepEqual(withIds.headers, [...client, ["x-road-request-id", requestId], ["x-road-id", withIds.messageId]]);
  }
  const given = call(["X-Road-Id", "42"], ["A", "1"]);
  assert.ok(given.ok);
  assert.deepEqual(withGatewayIds(given.value, ids).headers, [
    ...client,
    ["X-Road-Id", "42"],
    ["A", "1"],
    ["x-road-request-id", requestId],
  ]);
});

test("the provider gateway reads the same call from what the consumer gateway sent", () => {
  const parsed = call(["Accept", "*/*"]);
  assert.ok(parsed.ok);
  const sent = withGatewayIds(parsed.value, ids);
  assert.deepEqual(parseRelayedCall("GET", target, sent.headers), { ok: true, value: sent });
  for (const bad of [
    [...client, ["x-road-id", "1"]],
    [...client, ["x-road-request-id", "1"], ["x-road-id", "1"]],
    [...client, ["x-road-request-id", requestId]],
  ] as RawHeaders[]) {
    assert.equal(refusal(parseRelayedCall("GET", target, bad)), "invalid_request");
  }
});

const service = { instance: "TW", memberClass: "GOV", memberCode: "1", subsystemCode: "reg", serviceCode: "a b" };
const answered = {
  messageId: "42",
  requestId,
  client: { instance: "TW", memberClass: "GOV", memberCode: "2" },
  service,
  requestHash: "aGFzaA==",
};
const five: RawHeaders = [
  ["x-road-id", "42"],
  ["x-road-client", "TW/GOV/2"],
  ["x-road-service", "TW/GOV/1/reg/a%20b"],
  ["x-road-request-id", requestId],
  ["x-road-request-hash", "aGFzaA=="],
];

test("a provider cannot say what only gateways say", () => {
  const forged =
    "X-Road-Id X-Road-Request-Hash X-Road-Client X-Road-Request-Id X-Road-Service X-Road-Error Taroko-Error";
  const headers: RawHeaders = [...forged.split(" ").map((name) => [name, "forged"] as const), ["X-Road-Other", "1"]];
  assert.deepEqual(answerHeaders(headers, answered), [["X-Road-Other", "1"], ...five]);
});

test("the consumer gateway notices any of the five that is missing, different or double", () => {
  assert.ok(checkAnswer(five, answered).ok);
  for (const [index, [name, value]] of five.entries()) {
    for (const headers of [
      five.toSpliced(index, 1),
      five.with(index, [name, `${value}x`]),
      [...five, [name, value]],
    ] as RawHeaders[]) {
      const checked = checkAnswer(headers, answered);
      assert.equal(checked.ok ? "accepted" : checked.error.code, "inconsistent_response", name);
    }
  }
});

test("the information system sees one Date and no gateway-to-gateway field", () => {
  const headers: RawHeaders = [
    ["Date", "one"],
    ["date", "two"],
    ["Taroko-Error", "x"],
    ["Connection", "close"],
    ...five,
  ];
  assert.deepEqual(releasedHeaders(headers), [["Date", "one"], ...five]);
});
