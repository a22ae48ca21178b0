import assert from "node:assert/strict";
import { test } from "node:test";
import { refusalWords } from "./refusal-words.ts";

test("a refusal is said in words, by its problem type; anything else is left as it came", () => {
  const refused = JSON.stringify({ type: "Server.ServerProxy.AccessDenied", problem: "/problems/purpose-missing" });
  assert.match(refusalWords(refused, "en") ?? "", /Purpose .* Send/);
  assert.match(refusalWords(refused, "zh-Hant") ?? "", /目的/);
  assert.match(refusalWords('{"type":"http://127.0.0.1:8080/problems/record-not-found"}', "en") ?? "", /\. /);
  for (const other of [
    "",
    "null",
    "[]",
    "7",
    "{}",
    '{"problem":7}',
    '{"type":"/problems/toString"}',
    '{"type":"about:blank"}',
  ])
    assert.equal(refusalWords(other, "en"), undefined, other);
});
