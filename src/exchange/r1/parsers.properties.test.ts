import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as checkProperty, constantFrom, oneof, property, string, tuple } from "fast-check";
import { filterHeaders, flatHeaders, headerPairs, parseCall, type RawHeaders } from "./headers.ts";
import {
  identifierPath,
  identifierText,
  parseClientPath,
  parseIdentifierText,
  parseServicePath,
} from "./identifier.ts";
import { parseTarget, providerUrl } from "./request-target.ts";

const code = string({
  unit: oneof(
    constantFrom("a", "Z", "0", "-", "/", "%", "?", "#", "林", "𠮷", " ", ";", "+"),
    constantFrom("..", "%2F", "\\"),
  ),
  minLength: 1,
  maxLength: 6,
});
/** Anything that can stand in a request line: whole tokens, so that shapes near the right one are common. */
const rawTarget = array(
  constantFrom(
    "/",
    "r1",
    "r2",
    "TW",
    "GOV",
    "1",
    "s",
    "x",
    "..",
    ".",
    "%2F",
    "%2e%2e",
    "%",
    "?",
    "a=1",
    "&",
    "%E6%9E%97",
    "//",
    "#",
    " ",
    "é",
    "\r\n",
  ),
  { maxLength: 14 },
).map((parts) => parts.join(""));

test("an identifier survives its path form, whatever it consists of", () => {
  checkProperty(
    property(tuple(code, code, code, code, code), ([instance, memberClass, memberCode, subsystemCode, serviceCode]) => {
      const service = { instance, memberClass, memberCode, subsystemCode, serviceCode };
      assert.deepEqual(parseServicePath(identifierPath(service)), { ok: true, value: service });
      const client = { instance, memberClass, memberCode, subsystemCode };
      assert.deepEqual(parseClientPath(identifierPath(client)), { ok: true, value: client });
    }),
  );
});

test("an identifier of registrable codes survives its text form, and two texts are two identifiers", () => {
  const plain = string({ unit: constantFrom("a", "Z", "0", "-", ".", "'", "(", "?", "="), minLength: 1, maxLength: 5 });
  checkProperty(
    property(tuple(plain, plain, plain, plain), ([instance, memberClass, memberCode, subsystemCode]) => {
      const subsystem = { instance, memberClass, memberCode, subsystemCode };
      assert.deepEqual(parseIdentifierText(identifierText(subsystem)), subsystem);
    }),
  );
});

test("of a request line that is taken nothing is lost: its parts make it again", () => {
  let taken = 0;
  checkProperty(
    property(
      oneof(
        rawTarget,
        rawTarget.map((rest) => `/r1/TW/GOV/1/s/x${rest}`),
      ),
      (raw) => {
        const parsed = parseTarget(raw);
        if (!parsed.ok) return;
        taken += 1;
        const { servicePath, query } = parsed.value;
        const tail = `${servicePath}${query === undefined ? "" : `?${query}`}`;
        assert.ok(raw.endsWith(tail));
        assert.equal(raw.slice(0, raw.length - tail.length).split("/").length, 7);
        assert.equal(providerUrl("http://is.test/api", parsed.value), `http://is.test/api${tail}`);
        assert.doesNotMatch(raw, /[\r\n #]/);
      },
    ),
    { numRuns: 1000 },
  );
  assert.ok(taken > 100);
});

const headerName = constantFrom(
  "X-Road-Client",
  "x-road-CLIENT",
  "X-Road-Id",
  "X-Road-Foo",
  "Connection",
  "Host",
  "Accept",
  "taroko-is-signature",
  "Taroko-Error",
  "Te",
  "X-Hop",
  "x-road-request-id",
);
const headerValue = constantFrom(
  "",
  "TW/GOV/1/s",
  "TW/GOV/2",
  "close, X-Hop",
  "x-road-foo",
  "1",
  "TW//",
  "x-road-id,accept",
);
const headers = array(tuple(headerName, headerValue), { maxLength: 8 });

test("what a call passes on was sent, in its order, and is the caller's to say; exactly one client, exactly one id at most", () => {
  checkProperty(
    property(headers, (sent: RawHeaders) => {
      const parsed = parseCall("GET", "/r1/TW/GOV/1/s/x", sent);
      if (!parsed.ok) return;
      const passed = parsed.value.headers;
      const kept = new Set(passed);
      assert.deepEqual(
        sent.filter((one) => kept.has(one)),
        passed,
      );
      const count = (name: string): number => passed.filter(([one]) => one.toLowerCase() === name).length;
      assert.equal(count("x-road-client"), 1);
      assert.ok(
        count("x-road-id") <= 1 && count("x-road-request-id") === 0 && count("host") === 0 && count("connection") === 0,
      );
      assert.ok(passed.every(([name]) => !/^taroko-(is-|error)/i.test(name)));
    }),
    { numRuns: 1000 },
  );
});

test("nothing that Connection names passes, in either direction, and other names do", () => {
  checkProperty(
    property(headers, (sent: RawHeaders) => {
      const named = new Set(
        sent
          .filter(([name]) => name.toLowerCase() === "connection")
          .flatMap(([, value]) => value.split(",").map((one) => one.trim().toLowerCase())),
      );
      const passed = filterHeaders(sent);
      assert.ok(passed.every(([name]) => !named.has(name.toLowerCase())));
      const free = sent.filter(([name]) => name === "Accept" && !named.has("accept"));
      assert.deepEqual(
        passed.filter(([name]) => name === "Accept"),
        free,
      );
      assert.deepEqual(headerPairs(flatHeaders(passed)), passed);
    }),
  );
});
