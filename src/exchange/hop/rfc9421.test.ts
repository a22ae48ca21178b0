import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromBase64, toBase64 } from "#kernel";
import { type RawHeaders } from "../r1/headers.ts";
import { signBytes, verifyBytes, type SignatureAlgorithm } from "./algorithms.ts";
import {
  componentIdentifier,
  parseSignatures,
  signatureBase,
  type Component,
  type RequestMessage,
  type ResponseMessage,
} from "./message-signature.ts";

/** `Name: value` per line. */
function lines(...texts: string[]): RawHeaders {
  return texts.map((text) => [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 2)]);
}

interface Vector {
  readonly section: string;
  readonly title: string;
  readonly label: string;
  readonly algorithm: SignatureAlgorithm | "hmac-sha256";
  readonly keyid: string;
  readonly message: string;
  readonly covered_components: readonly string[];
  readonly signature_base: string;
  readonly signature_input_field: string;
  readonly signature_field: string;
  readonly signature_base64: string;
  readonly deterministic: boolean;
  readonly expect: "valid" | "invalid";
}
interface Published {
  readonly keys: readonly { keyid: string; public_key_pem?: string; private_key_pem?: string }[];
  readonly messages: Readonly<
    Record<string, { type: string; method: string; target: string; status: number; fields: [string, string][] }>
  >;
  readonly vectors: readonly Vector[];
}

const published = JSON.parse(
  readFileSync(new URL("../vectors/rfc9421-appendix-b.json", import.meta.url), "utf8"),
) as Published;

function pem(keyid: string, half: "public_key_pem" | "private_key_pem"): string {
  return published.keys.find((key) => key.keyid === keyid)?.[half] ?? assert.fail(`no key ${keyid}`);
}
function publicKey(keyid: string): KeyObject {
  return createPublicKey(pem(keyid, "public_key_pem"));
}

function messageOf(vector: Vector): RequestMessage | ResponseMessage {
  const { type, method, target, status, fields } = published.messages[vector.message] ?? assert.fail(vector.message);
  const headers: RawHeaders = [
    ...fields,
    ["Signature-Input", vector.signature_input_field],
    ["Signature", vector.signature_field],
  ];
  const authority = fields.find(([name]) => name === "Host")?.[1] ?? "";
  return type === "request"
    ? { kind: "request", scheme: "https", method, authority, rawTarget: target, headers }
    : { kind: "response", status, headers };
}

for (const vector of published.vectors) {
  const { algorithm, keyid } = vector;
  if (algorithm === "hmac-sha256") continue;
  test(`RFC 9421 ${vector.section}: ${vector.title} (${vector.message}) is ${vector.expect}`, () => {
    const message = messageOf(vector);
    const received = parseSignatures(message.headers);
    assert.ok(received.ok);
    const [only] = received.value;
    assert.ok(only !== undefined && received.value.length === 1);
    assert.equal(only.label, vector.label);
    assert.deepEqual(only.components.map(componentIdentifier), vector.covered_components);

    const base = signatureBase(only.components, only.signatureParams, message);
    assert.deepEqual(base, { ok: true, value: vector.signature_base });
    const bytes = Buffer.from(vector.signature_base);
    assert.deepEqual(only.signature, fromBase64(vector.signature_base64));
    assert.equal(verifyBytes(bytes, only.signature, algorithm, publicKey(keyid)), vector.expect === "valid");

    if (algorithm === "rsa-pss-sha512" || vector.expect === "invalid") return;
    const again = signBytes(bytes, algorithm, createPrivateKey(pem(keyid, "private_key_pem")));
    assert.ok(verifyBytes(bytes, again, algorithm, publicKey(keyid)));
    if (vector.deterministic) assert.equal(toBase64(again), vector.signature_base64);
  });
}

test("the published file has its cases: none was skipped but B.2.5", () => {
  const sections = published.vectors.map(({ section }) => section);
  assert.deepEqual([...new Set(sections)], ["B.2.1", "B.2.2", "B.2.3", "B.2.4", "B.2.5", "B.2.6", "B.3", "B.4"]);
  assert.equal(published.vectors.filter(({ algorithm }) => algorithm === "hmac-sha256").length, 1);
});

function component(name: string, ...parameters: [string, string | true][]): Component {
  return { name, parameters };
}

const request: RequestMessage = {
  kind: "request",
  scheme: "https",
  method: "GET",
  authority: "WWW.Example.com:443",
  rawTarget: "/path//%2e?param=value&foo=bar&baz=bat%2Dman&foo=2&var=this%20is%20a%20big%0Amultiline%20value",
  headers: lines(
    "X-Obs-Fold-Header: Obsolete\r\n    line folding.",
    "X-Empty-Header: ",
    "Cache-Control:  max-age=60 ",
    "cache-control: must-revalidate",
    "Example-Dict: a=1, b=2;x=1;y=2, c=(a b c), d",
    "Example-Header: value, with, lots",
    "Example-Header: of, commas",
    "X-Latin: caf\u00e9",
  ),
};

/** Examples of RFC 9421 section 2, most of them printed there. */
const values: readonly (readonly [Component, string])[] = [
  [component("x-obs-fold-header"), "Obsolete line folding."],
  [component("x-empty-header"), ""],
  [component("cache-control"), "max-age=60, must-revalidate"],
  [component("example-dict", ["key", "a"]), "1"],
  [component("example-dict", ["key", "d"]), "?1"],
  [component("example-dict", ["key", "b"]), "2;x=1;y=2"],
  [component("example-dict", ["key", "c"]), "(a b c)"],
  [component("example-header", ["bs", true]), ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"],
  [component("x-latin", ["bs", true]), ":Y2Fm6Q==:"],
  [component("@method"), "GET"],
  [component("@authority"), "www.example.com"],
  [component("@scheme"), "https"],
  [component("@path"), "/path//%2e"],
  [component("@query"), "?param=value&foo=bar&baz=bat%2Dman&foo=2&var=this%20is%20a%20big%0Amultiline%20value"],
  [component("@request-target"), request.rawTarget],
  [component("@target-uri"), `https://www.example.com${request.rawTarget}`],
  [component("@query-param", ["name", "baz"]), "bat-man"],
  [component("@query-param", ["name", "var"]), "this%20is%20a%20big%0Amultiline%20value"],
];
for (const [covered, value] of values) {
  const identifier = componentIdentifier(covered);
  test(`RFC 9421 section 2: ${identifier}`, () => {
    const base = signatureBase([covered], "()", request);
    assert.deepEqual(base, { ok: true, value: `${identifier}: ${value}\n"@signature-params": ()` });
  });
}

test("an authority keeps a port that the scheme does not imply; no query is a lone question mark", () => {
  const bare = { ...request, scheme: "http", authority: "a.example:443", rawTarget: "?" } as const;
  const base = signatureBase(
    ["@authority", "@path", "@query"].map((name) => component(name)),
    "()",
    bare,
  );
  assert.equal(base.ok && base.value, '"@authority": a.example:443\n"@path": /\n"@query": ?\n"@signature-params": ()');
});

const response: ResponseMessage = { kind: "response", status: 204, headers: [], request };
const unusable: readonly (readonly [string, readonly Component[], RequestMessage | ResponseMessage])[] = [
  ["a component twice", [component("@method"), component("@method")], request],
  ["an absent field", [component("x-absent")], request],
  ["an absent dictionary member", [component("example-dict", ["key", "z"])], request],
  ["a member of a field that is no dictionary", [component("example-header", ["key", "a"])], request],
  ["an unknown derived component", [component("@body")], request],
  ["an unknown parameter", [component("cache-control", ["zz", true])], request],
  ["an unsupported parameter: sf", [component("cache-control", ["sf", true])], request],
  ["an unsupported parameter: tr", [component("cache-control", ["tr", true])], request],
  ["a parameter on a derived component", [component("@method", ["bs", true])], request],
  ["bs together with key", [component("example-dict", ["bs", true], ["key", "a"])], request],
  ["req in a request", [component("@method", ["req", true])], request],
  ["req without a request", [component("@method", ["req", true])], { kind: "response", status: 200, headers: [] }],
  ["a status in a request", [component("@status")], request],
  ["a method in a response", [component("@method")], response],
  ["a repeated query parameter", [component("@query-param", ["name", "foo"])], request],
  ["a query parameter without a name", [component("@query-param")], request],
  ["a value outside ASCII", [component("x-latin")], request],
  ["a line break in a value", [component("x")], { ...request, headers: [["x", "a\nb"]] }],
];
for (const [name, components, message] of unusable) {
  test(`no signature base: ${name}`, () => {
    const base = signatureBase(components, "()", message);
    assert.equal(base.ok ? "accepted" : base.error.code, "component-unusable");
  });
}

const malformed: readonly (readonly [string, RawHeaders])[] = [
  ["a label in one field only", [["Signature-Input", 'a=("@method")']]],
  ["bytes without components", [["Signature", "a=:AA==:"]]],
  [
    "different labels",
    [
      ["Signature-Input", 'a=("@method")'],
      ["Signature", "b=:AA==:"],
    ],
  ],
  [
    "a label twice in Signature-Input",
    [
      ["Signature-Input", 'a=("@method"), a=("@path")'],
      ["Signature", "a=:AA==:"],
    ],
  ],
  [
    "a label twice over two lines",
    [
      ["Signature-Input", "a=()"],
      ["Signature", "a=:AA==:"],
      ["Signature", "a=:AQ==:"],
    ],
  ],
  [
    "a label twice, hidden behind a display string",
    [
      ["Signature-Input", 'a=%"\\", a=();x="'],
      ["Signature", "a=:AA==:"],
    ],
  ],
  [
    "components that are no list",
    [
      ["Signature-Input", 'a="@method"'],
      ["Signature", "a=:AA==:"],
    ],
  ],
  [
    "a component that is no string",
    [
      ["Signature-Input", "a=(method)"],
      ["Signature", "a=:AA==:"],
    ],
  ],
  [
    "an upper-case component",
    [
      ["Signature-Input", 'a=("Date")'],
      ["Signature", "a=:AA==:"],
    ],
  ],
  [
    "a token for a parameter",
    [
      ["Signature-Input", 'a=("date");keyid=k'],
      ["Signature", "a=:AA==:"],
    ],
  ],
  [
    "a signature that is no byte sequence",
    [
      ["Signature-Input", 'a=("date")'],
      ["Signature", 'a="AA=="'],
    ],
  ],
  [
    "a field that does not parse",
    [
      ["Signature-Input", 'a=("date"'],
      ["Signature", "a=:AA==:"],
    ],
  ],
];
for (const [name, headers] of malformed) {
  test(`signature fields refused: ${name}`, () => {
    const received = parseSignatures(headers);
    assert.equal(received.ok ? "accepted" : received.error.code, "signature-malformed");
  });
}

test("several signatures are read, over several lines, with commas in strings", () => {
  const received = parseSignatures([
    ["Signature-Input", 'a=("date");nonce="x, y=\\", z"'],
    ["signature-input", 'b=("@method";req   "date");created=1'],
    ["Signature", "b=:AQ==:,  a=:AA==:"],
  ]);
  assert.ok(received.ok);
  assert.deepEqual(
    received.value.map(({ label, signatureParams }) => [label, signatureParams]),
    [
      ["a", '("date");nonce="x, y=\\", z"'],
      ["b", '("@method";req "date");created=1'],
    ],
  );
});
