import assert from "node:assert/strict";
import { test } from "node:test";
import { displayName, normaliseIdentity } from "./person.ts";
import { localPath, networkOf } from "./sign-in.ts";

test("only a path of this site is kept for after the sign-in", () => {
  for (const path of ["/", "/cases/1?tab=a", "/a/..//b"]) assert.equal(localPath(path), path);
  for (const bad of [
    undefined,
    "",
    "cases",
    "//evil.example",
    "/\\evil.example",
    "/a\\b",
    "https://evil.example",
    "/\t/evil.example",
    "/ü",
  ])
    assert.equal(localPath(bad), "/", String(bad));
});

test("an address is kept as its network only", () => {
  assert.equal(networkOf("203.0.113.77"), "203.0.113.0/24");
  assert.equal(networkOf("::ffff:203.0.113.77"), "203.0.113.0/24");
  assert.equal(networkOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
  assert.equal(networkOf("2001:db8::1"), "2001:db8:0::/48");
  assert.equal(networkOf("not an address"), null);
});

test("one person has one spelling of number and name", () => {
  const same = ["A700000001", "a700000001", " A700 000001", "Ａ７０００００００１"];
  const spellings = same.map((number) => normaliseIdentity({ type: "PNO", country: "TW", number }));
  assert.deepEqual([...new Set(spellings)], ["PNOTW-A700000001"]);
  assert.equal(displayName({ surname: "林", givenName: "美華", commonName: "x" }), "林美華");
  assert.equal(displayName({ surname: "JÕEORG", givenName: "JAAK" }), "JAAK JÕEORG");
  assert.equal(displayName({ commonName: "JÕEORG,JAAK,00000000000", surname: "JÕEORG" }), "JÕEORG");
});
