import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#kernel";
import { parseCall, withGatewayIds, type RawHeaders } from "./headers.ts";
import { digestBody, requestHash, requestHeaderPart, responseHeaderPart } from "./message-hash.ts";

interface Example {
  readonly method: string;
  readonly target: string;
  /** As the information system sends them; the filter and the gateway do the rest. */
  readonly headers: RawHeaders;
  readonly body: string;
  readonly length: number;
  readonly hash: string;
}

const requestId = "11111111-2222-4333-8444-555555555555";
const messageUuid = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

/** Both own examples of the reference, checked there by calculation. */
const examples: readonly Example[] = [
  {
    method: "GET",
    target: "/r1/TW/GOV/2.16.886.101.1/reg/people/v1/p?id=7",
    headers: [
      ["Host", "gw"],
      ["x-road-client", "TW/GOV/2.16.886.101.2/app"],
      ["accept", "application/json"],
      ["User-Agent", "x"],
    ],
    body: "",
    length: 226,
    hash: "jU15IPQBc8fFtZ7cGDscSQrk5LNWpe3KI+fx+1dIKkSjY7vzTBS+NQaQDYf5xgFOo7MHRfRCJGxQ4W8gDktFqA==",
  },
  {
    method: "POST",
    target: "/r1/TW/GOV/2.16.886.101.1/reg/people/v1/p",
    headers: [
      ["X-Road-Client", "TW/GOV/2.16.886.101.2/app"],
      ["Content-Length", "7"],
      ["X-Road-Request-Id", "forged"],
      ["Content-Type", "application/json"],
      ["X-Road-Request-Hash", "forged"],
      ["X-Road-Id", "42"],
    ],
    body: '{"a":1}',
    length: 191,
    hash: "K3iwxw/aKYlV59VL/IbTXDlp+i9L6s3Y5O//clQNdjVFbR84pXHET8EABTrnDmD62ll4OF+hlOmwJMhWsiV7Zg==",
  },
];
for (const { method, target, headers, body, length, hash } of examples) {
  test(`request hash of the ${method} example`, () => {
    const call = parseCall(method, target, headers);
    assert.ok(call.ok);
    const withIds = withGatewayIds(call.value, { instance: "TW", requestId, messageUuid });
    const headerPart = requestHeaderPart(method, target, withIds.headers);
    assert.equal(headerPart.length, length);
    assert.equal(requestHash(headerPart, digestBody(utf8(body))), hash);
    assert.notEqual(requestHash(headerPart, digestBody(utf8(`${body} `))), hash);
  });
}

test("header values keep the bytes of the wire; a response begins with status and reason", () => {
  const value = Buffer.from("臺", "utf8").toString("latin1");
  const part = responseHeaderPart(404, "Not Found", [
    ["X-Name", value],
    ["x-empty", ""],
  ]);
  assert.equal(Buffer.from(part).toString("utf8"), "404\r\nNot Found\r\nX-Name:臺\r\nx-empty:\r\n");
});
