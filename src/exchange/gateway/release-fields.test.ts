import assert from "node:assert/strict";
import test from "node:test";
import { releasedAnswer } from "./release-fields.ts";

type Allowed = Parameters<typeof releasedAnswer>[1];

const limited = { kind: "service", right: { id: "r", fields: ["name"] } } as unknown as Allowed;
const whole = { kind: "service", right: { id: "r", fields: null } } as unknown as Allowed;
const digests = ["ETag", "Content-Digest", "Repr-Digest", "Digest", "Content-MD5"].map(
  (name) => [name, "of the whole"] as const,
);
const json = ["Content-Type", "application/json"] as const;

function headersOf(status: number, body: string, allowed: Allowed): readonly string[] {
  const released = releasedAnswer({ status, headers: [json, ...digests], body: Buffer.from(body) }, allowed);
  assert.ok(released.ok);
  return released.value.headers.map(([name]) => name);
}

test("what a header says of the whole is released only with the whole: also of a HEAD, a 304, an error", () => {
  const all = [json, ...digests].map(([name]) => name);
  for (const [status, body] of [
    [200, ""],
    [304, ""],
    [200, '{"name":"A","income":7}'],
    [404, '{"title":"none","income":7}'],
  ] as const) {
    assert.deepEqual(headersOf(status, body, limited), ["Content-Type"], `${status} ${body}`);
    assert.deepEqual(headersOf(status, body, whole), all, `${status} ${body}`);
  }
  assert.deepEqual(headersOf(200, '{"name":"A"}', limited), all, "nothing was left out");
});
