import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as checkProperty, property, string } from "fast-check";
import {
  identifierPath,
  identifierText,
  isRegistrableCode,
  memberOf,
  parseClientPath,
  parseIdentifierText,
  parseServerPath,
  parseServicePath,
  sameIdentifier,
  subsystemOf,
} from "./identifier.ts";

const member = { instance: "TW", memberClass: "GOV", memberCode: "2.16.886.101.20003" };
const subsystem = { ...member, subsystemCode: "registry" };
const service = { ...subsystem, serviceCode: "people" };
const server = { ...member, serverCode: "gw1" };

test("text forms name their kind and read back", () => {
  const forms = [
    [member, "MEMBER:TW/GOV/2.16.886.101.20003"],
    [subsystem, "SUBSYSTEM:TW/GOV/2.16.886.101.20003/registry"],
    [service, "SERVICE:TW/GOV/2.16.886.101.20003/registry/people"],
    [server, "SERVER:TW/GOV/2.16.886.101.20003/gw1"],
  ] as const;
  for (const [identifier, text] of forms) {
    assert.equal(identifierText(identifier), text);
    assert.deepEqual(parseIdentifierText(text), identifier);
  }
  for (const bad of [
    "TW/GOV/1",
    "MEMBER:TW/GOV",
    "MEMBER:TW/GOV/1/x",
    "SUBSYSTEM:TW/GOV/1",
    "SERVICE:TW/GOV/1/s",
    "SERVER:TW//1/s",
    "GROUP:a/b/c",
  ]) {
    assert.equal(parseIdentifierText(bad), undefined, bad);
  }
});

test("the path form of any identifier reads back as the same identifier, and every identifier has its own", () => {
  const code = string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => text.isWellFormed());
  checkProperty(
    property(code, code, code, code, code, (instance, memberClass, memberCode, subsystemCode, serviceCode) => {
      const id = { instance, memberClass, memberCode, subsystemCode, serviceCode };
      assert.deepEqual(parseServicePath(identifierPath(id)), { ok: true, value: id });
      assert.deepEqual(parseClientPath(identifierPath(subsystemOf(id))), { ok: true, value: subsystemOf(id) });
      assert.deepEqual(parseClientPath(identifierPath(memberOf(id))), { ok: true, value: memberOf(id) });
      assert.match(identifierPath(id), /^[\u0021-\u007e]+$/);
    }),
  );
  assert.equal(
    identifierPath({ ...member, memberCode: "a/b c?'(),+=:@%臺" }),
    "TW/GOV/a%2Fb%20c%3F'(),+=:@%25%E8%87%BA",
  );
});

test("identifiers compare exactly, with case; a server is never a subsystem of the same spelling", () => {
  assert.ok(sameIdentifier(service, { ...service }));
  assert.ok(!sameIdentifier(service, { ...service, serviceCode: "People" }));
  assert.ok(!sameIdentifier(subsystem, { ...member, serverCode: "registry" }));
});

/** Strict decoding (PR-REST 4.2): wrong counts, empty parts, broken escapes, characters no segment has. */
const badClients = [
  ["", "TW/GOV", "TW/GOV/1/2/3", "TW//1", "TW/GOV/1/", "/TW/GOV/1", "TW/GOV/%", "TW/GOV/%4", "TW/GOV/%zz"],
  [
    "TW/GOV/a b",
    "TW/GOV/臺",
    'TW/GOV/"',
    "TW/GOV/a?b",
    "TW/GOV/a#b",
    "TW/GOV/[1]",
    "TW/GOV/%ff",
    "TW/GOV/%c0%af",
    "TW/GOV/%ed%a0%80",
  ],
].flat();
for (const bad of badClients) {
  test(`no client identifier: ${JSON.stringify(bad)}`, () => {
    const parsed = parseClientPath(bad);
    assert.equal(parsed.ok ? "accepted" : parsed.error.code, "internal_error");
    assert.ok(!parsed.ok && parsed.error.callerFault);
  });
}

test("an escaped slash inside a part is part of the code", () => {
  assert.deepEqual(parseClientPath("TW/GOV/a%2Fb"), { ok: true, value: { ...member, memberCode: "a/b" } });
});

test("a chosen server has exactly four parts", () => {
  assert.deepEqual(parseServerPath("TW/GOV/2.16.886.101.20003/gw1"), { ok: true, value: server });
  for (const bad of ["TW/GOV/1", "TW/GOV/1/a/b", "TW/GOV/1/"]) assert.ok(!parseServerPath(bad).ok, bad);
});

test("codes that may be registered", () => {
  for (const good of ["2.16.886.101.20003", "a'(b)+c,d-e=f?"]) assert.ok(isRegistrableCode(good), good);
  for (const bad of ["", "a_b", "a/b", "臺", "a b", "a\n"]) assert.ok(!isRegistrableCode(bad), bad);
  for (const good of ["a_b", "臺北", "a b"]) assert.ok(isRegistrableCode(good, "lenient"), good);
  for (const bad of ["", "a/b", "a:b", "a;b", "a\\b", "a%b", "a\u200bb", "a\ufeff", "a\u0000"]) {
    assert.ok(!isRegistrableCode(bad, "lenient"), JSON.stringify(bad));
  }
});
