import assert from "node:assert/strict";
import test from "node:test";
import { releasedAnswer } from "./release-fields.ts";

type Allowed = Parameters<typeof releasedAnswer>[1];

const limited = allowedBy(["name"], { url: "http://system.test" });
const whole = allowedBy(null, { url: "http://system.test" });
function allowedBy(fields: readonly string[] | null, target: Allowed["service"]["target"]): Allowed {
  return { kind: "service", right: { id: "r", fields }, service: { target } } as unknown as Allowed;
}

const digests = ["ETag", "Content-Digest", "Repr-Digest", "Digest", "Content-MD5"].map(
  (name) => [name, "of the whole"] as const,
);
const json = ["Content-Type", "application/json"] as const;

function headersOf(status: number, body: string, allowed: Allowed): readonly string[] {
  const released = releasedAnswer({ status, headers: [json, ...digests], body: Buffer.from(body) }, allowed);
  assert.ok(released.ok);
  return released.value.headers.map(([name]) => name);
}

test("a system's own cursor is not released by a right that does not name it, a register's is", () => {
  const body = Buffer.from('{"rows":[{"name":"A","id":"7"}],"next":"after-7"}');
  const texts = [limited, allowedBy(["name"], { call: () => Promise.reject(new Error("not called")) })].map(
    (allowed) => {
      const released = releasedAnswer({ status: 200, headers: [json], body }, allowed);
      return released.ok ? Buffer.from(released.value.body as Uint8Array).toString() : "";
    },
  );
  assert.deepEqual(texts, ['{"rows":[{"name":"A"}]}', '{"rows":[{"name":"A"}],"next":"after-7"}']);
});

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
