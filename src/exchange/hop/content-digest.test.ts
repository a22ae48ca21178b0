import assert from "node:assert/strict";
import { test } from "node:test";
import { digestBody } from "../r1/message-hash.ts";
import { checkContentDigest, contentDigest, parseContentDigest } from "./content-digest.ts";

/** RFC 9530 appendix B.1 and D; the first has a line feed at its end. The last is our own: no content. */
const vectors: readonly (readonly [content: string, field: string])[] = [
  [
    '{"hello": "world"}\n',
    "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:",
  ],
  [
    '{"hello": "world"}',
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
  ],
  ["", "sha-512=:z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==:"],
];
for (const [content, field] of vectors) {
  test(`RFC 9530: Content-Digest of ${JSON.stringify(content)}`, () => {
    const body = digestBody(Buffer.from(content));
    assert.equal(contentDigest(body), field);
    const received = parseContentDigest([field]);
    assert.ok(received.ok && checkContentDigest(received.value, body).ok);
    const other = checkContentDigest(received.value, digestBody(Buffer.from(`${content} `)));
    assert.equal(other.ok ? "accepted" : other.error.code, "digest-mismatch");
  });
}

const good = contentDigest(digestBody(Buffer.from("x")));
const refused: readonly (readonly [name: string, lines: readonly string[], code: string])[] = [
  ["no field", [], "digest-missing"],
  ["an empty field", [""], "digest-malformed"],
  [
    "the right digest in sha-256 (RFC 9530 appendix D)",
    ["sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"],
    "digest-malformed",
  ],
  ["two members", [`${good}, sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:`], "digest-malformed"],
  ["two lines", [good, good], "digest-malformed"],
  ["a parameter", [`${good};a`], "digest-malformed"],
  ["an upper-case algorithm", [good.replace("sha", "SHA")], "digest-malformed"],
  ["a short digest", ["sha-512=:AA==:"], "digest-malformed"],
  ["bits behind the last byte", [good.replace(/.==:$/, "B==:")], "digest-malformed"],
];
for (const [name, lines, code] of refused) {
  test(`Content-Digest refused: ${name}`, () => {
    const received = parseContentDigest(lines);
    assert.equal(received.ok ? "accepted" : received.error.code, code);
  });
}
