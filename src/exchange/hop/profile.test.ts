import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { array, assert as checkProperty, constantFrom, integer, property, string, tuple } from "fast-check";
import { fixedClock, toBase64, utf8, type Result } from "#kernel";
import { headerValues, type RawHeaders } from "../r1/headers.ts";
import { digestBody, requestHash, requestHeaderPart } from "../r1/message-hash.ts";
import { signBytes } from "./algorithms.ts";
import { signatureBase, signatureParamsText, type Component, type RequestMessage } from "./message-signature.ts";
import {
  signRequest,
  signResponse,
  verifyRequest,
  verifyResponse,
  type FindKey,
  type HopKey,
  type IncomingRequest,
  type IncomingResponse,
} from "./profile.ts";
import { hopReasons, type HopReason, type HopRefusal } from "./refusals.ts";
import { jwkThumbprint } from "./thumbprint.ts";

/** `Name: value` per line. */
function lines(...texts: string[]): RawHeaders {
  return texts.map((text) => [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 2)]);
}

/** RFC 9421 B.1.4, printed there for tests. */
const ed25519Jwk = {
  kty: "OKP",
  crv: "Ed25519",
  d: "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU",
  x: "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs",
};
const keyid = "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";
const key: HopKey = { keyid, alg: "ed25519", key: createPrivateKey({ key: ed25519Jwk, format: "jwk" }) };
const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const p384 = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
const known: Readonly<Record<string, HopKey>> = {
  [keyid]: { ...key, key: createPublicKey(key.key) },
  ec: { keyid: "ec", alg: "ecdsa-p256-sha256", key: ec.publicKey },
  p384: { keyid: "p384", alg: "ecdsa-p256-sha256", key: p384.publicKey },
};
const findKey: FindKey = (wanted) => known[wanted];
const clock = fixedClock("2026-09-21T14:13:20Z"); // 1790000000
const later = fixedClock("2026-09-21T14:13:21Z");

// The example's body, put together here: no file of the repository holds a number that a person could have.
const body = digestBody(utf8(`{"id":"${["A1", "23456789"].join("")}"}`));
const call = {
  method: "POST",
  authority: "gw1.example.tw:5600",
  rawTarget: "/r1/TW/GOV/2.16.886.101.20003/registry/people/v1/people/search?page=1",
  headers: lines(
    "Content-Type: application/json",
    "Accept: application/json",
    "X-Road-Client: TW/GOV/2.16.886.101.20001/portal",
    "X-Road-Id: 5f3c1c1e-0a52-4a8e-9d3b-6a0d5a1f0c11",
    "x-road-request-id: 0b7a4f7e-2f0e-4a30-8f55-7f5f3a6c9e21",
  ),
  body,
};
const hash = requestHash(requestHeaderPart(call.method, call.rawTarget, call.headers), body);
const answerBody = digestBody(utf8('{"found":true}'));
const answer = {
  status: 200,
  headers: lines("content-type: application/json", `x-road-request-hash: ${hash}`),
  body: answerBody,
};

const requestLines = `"@method": POST
"@authority": gw1.example.tw:5600
"@path": /r1/TW/GOV/2.16.886.101.20003/registry/people/v1/people/search
"@query": ?page=1
"content-digest": sha-512=:Mucbx4vxnb9zJhrbaikH4WmC/uAmx4R/whSBxKBiQkrgYJz3KOALIkJAAoxn77Nsa/nuNehsES3crRfbODs22Q==:
"content-type": application/json
"accept": application/json
"x-road-client": TW/GOV/2.16.886.101.20001/portal
"x-road-id": 5f3c1c1e-0a52-4a8e-9d3b-6a0d5a1f0c11
"x-road-request-id": 0b7a4f7e-2f0e-4a30-8f55-7f5f3a6c9e21`;
const requestBase = `${requestLines}
"@signature-params": ("@method" "@authority" "@path" "@query" "content-digest" "content-type" "accept" "x-road-client" "x-road-id" "x-road-request-id");created=1790000000;expires=1790000060;keyid="${keyid}";alg="ed25519";tag="taroko-exchange-req/1"`;
const responseBase = `"@status": 200
"content-digest": sha-512=:e9jOSvE1tS+U6vtmsMPl/Hq9Sz4e5hUEAXijkrHEjoK/UiiL18F2dxtnpcEgSpPw1Gu96q/csIrxS0j06V/bvA==:
"content-type": application/json
"x-road-request-hash": ${hash}
${requestLines.replace(/^("[^"]+")/gm, "$1;req")}
"@signature-params": ("@status" "content-digest" "content-type" "x-road-request-hash" "@method";req "@authority";req "@path";req "@query";req "content-digest";req "content-type";req "accept";req "x-road-client";req "x-road-id";req "x-road-request-id";req);created=1790000001;expires=1790000061;keyid="${keyid}";alg="ed25519";tag="taroko-exchange-res/1"`;

const sent = signRequest(call, key, clock);
const received: IncomingRequest = { ...call, headers: sent.headers };
const answered = signResponse(answer, sent.binding, key, later);
const arrived: IncomingResponse = { ...answer, headers: answered.headers };

const latin1 = integer({ min: 0x20, max: 0xff })
  .filter((point) => point < 0x7f || point > 0x9f)
  .map((point) => String.fromCharCode(point));

function code(result: Result<unknown, HopRefusal>): string {
  return result.ok ? "accepted" : result.error.code;
}

test("worked example: the request's base, signature and r1 hash are the printed ones", () => {
  assert.equal(jwkThumbprint(ed25519Jwk), keyid);
  assert.equal(sent.base, requestBase);
  assert.equal(sent.base.length, 758);
  assert.deepEqual(headerValues(sent.added, "signature"), [
    "gw=:Qq5uwnrsPpyrmrfYZgRoKx0/4IhZMU6R4Z0Q23JG2HrnTpvXwLUCV0jw8nomdvtGO8XvSOxIlgjxPpCZZVG5DQ==:",
  ]);
  assert.equal(requestHeaderPart(call.method, call.rawTarget, call.headers).length, 285);
  assert.equal(hash, "9bNIcXDhzs2u/4QircOkFX0SG/NxXxcsC9sT8pyU4wcUVIZDKrU4QQPR3kKRQwKKTo1Ysi0dWpuFZFhu27arag==");
});

test("worked example: the request verifies and hands on exactly the headers that were signed", () => {
  const verified = verifyRequest(received, findKey, clock);
  assert.ok(verified.ok);
  assert.deepEqual(verified.value.headers, call.headers);
  assert.equal(verified.value.base, requestBase);
  assert.equal(verified.value.created, 1_790_000_000);
  assert.deepEqual(verified.value.contentDigest, new Uint8Array(body.sha512));
});

test("worked example: the response's base and signature are the printed ones, from either side's binding", () => {
  const verified = verifyRequest(received, findKey, clock);
  assert.ok(verified.ok);
  for (const binding of [sent.binding, verified.value.binding]) {
    const signed = signResponse(answer, binding, key, later);
    assert.equal(signed.base, responseBase);
    assert.equal(signed.base.length, 1179);
    assert.equal(
      toBase64(signed.signature),
      "70Zf4JWwAxHB42HxOqUOn51fg5SKGW6kv2wUP6xv/gMxZBurlzwRI6BQru1kzQGXC11CX+rc1uQaHPntl+ZDAA==",
    );
  }
  const response = verifyResponse(arrived, sent.binding, findKey, later);
  assert.ok(response.ok);
  assert.deepEqual(response.value.headers, answer.headers);
});

test("ECDSA P-256 signs and verifies too, 64 bytes each time", () => {
  for (let round = 0; round < 20; round += 1) {
    const signed = signRequest(call, { keyid: "ec", alg: "ecdsa-p256-sha256", key: ec.privateKey }, clock);
    assert.equal(signed.signature.length, 64);
    assert.equal(code(verifyRequest({ ...call, headers: signed.headers }, findKey, clock)), "accepted");
  }
});

test("an information system's own signature fields cross the hop and come out as they went in", () => {
  const own = lines(
    "Signature: is=:AQ==:",
    'Signature-Input: is=("@path")',
    "Content-Digest: sha-256=:AA==:",
    "Set-Cookie: a=1, x",
    "Set-Cookie: b=2",
    "X-Latin: caf\u00e9",
  );
  const signed = signRequest({ ...call, headers: [...own, ...call.headers] }, key, clock);
  assert.equal(headerValues(signed.headers, "content-digest").length, 1);
  assert.deepEqual(headerValues(signed.headers, "taroko-is-signature"), ["is=:AQ==:"]);
  assert.match(signed.base, /"set-cookie";bs: :YT0xLCB4:, :Yj0y:\n"x-latin";bs: :Y2Fm6Q==:\n/);
  const request = verifyRequest({ ...call, headers: signed.headers }, findKey, clock);
  assert.deepEqual(request.ok && request.value.headers, [...own, ...call.headers]);

  const reply = signResponse({ ...answer, headers: [...own, ...answer.headers] }, signed.binding, key, clock);
  const response = verifyResponse({ ...answer, headers: reply.headers }, signed.binding, findKey, clock);
  assert.deepEqual(response.ok && response.value.headers, [...own, ...answer.headers]);
});

test("whatever headers an information system sends, the other side gets the same list", () => {
  const name = constantFrom("Accept", "accept", "X-A", "x|~y", "Set-Cookie", "Signature", "CONTENT-DIGEST", "Cookie");
  const value = string({ unit: latin1 }).map((text) => text.trim());
  checkProperty(
    property(array(tuple(name, value), { maxLength: 8 }), (headers) => {
      const signed = signRequest({ ...call, headers: [...headers, ...call.headers] }, key, clock);
      const verified = verifyRequest({ ...call, headers: signed.headers }, findKey, clock);
      assert.deepEqual(verified.ok && verified.value.headers, [...headers, ...call.headers]);
    }),
    { numRuns: 200 },
  );
});

test("what was added on the way is not handed on: uncovered headers, hop fields, other taroko-is- names", () => {
  const headers: RawHeaders = [...sent.headers, ["Host", "h"], ["Taroko-Trace", "t"], ["X-Injected", "1"]];
  const verified = verifyRequest({ ...received, headers }, findKey, clock);
  assert.deepEqual(verified.ok && verified.value.headers, call.headers);

  const smuggled: RawHeaders = [...call.headers, ["taroko-is-connection", "close"], ["Connection", "close"]];
  const signed = signRequest({ ...call, headers: smuggled }, key, clock);
  const after = verifyRequest({ ...call, headers: signed.headers }, findKey, clock);
  assert.deepEqual(after.ok && after.value.headers, call.headers);
});

test("a gateway's own error reaches the consumer gateway under its signature", () => {
  const failure = { ...answer, status: 401, headers: lines("Taroko-Error: Server.ServerProxy.AccessDenied") };
  const signed = signResponse(failure, sent.binding, key, clock);
  const verified = verifyResponse({ ...failure, headers: signed.headers }, sent.binding, findKey, clock);
  assert.deepEqual(verified.ok && verified.value.headers, failure.headers);
});

test("a signature that is not ours does not disturb", () => {
  const headers: RawHeaders = [
    ["Signature-Input", 'proxy=("date");tag="x"'],
    ["Signature", "proxy=:AA==:"],
    ...sent.headers,
  ];
  assert.equal(code(verifyRequest({ ...received, headers }, findKey, clock)), "accepted");
});

test("a body that is still unread is compared later", () => {
  assert.equal(code(verifyRequest({ ...received, body: "unread" }, findKey, clock)), "accepted");
  assert.equal(code(verifyRequest({ ...received, body: answerBody }, findKey, clock)), "digest-mismatch");
});

test("a change of any covered part of the request breaks it", () => {
  const changed: IncomingRequest[] = [
    { ...received, method: "PUT" },
    { ...received, authority: "gw2.example.tw:5600" },
    { ...received, rawTarget: received.rawTarget.replace("search", "Search") },
    { ...received, rawTarget: received.rawTarget.replace("page=1", "page=2") },
    { ...received, rawTarget: received.rawTarget.replace("?page=1", "") },
  ];
  for (const [index, [name, value]] of sent.headers.entries()) {
    if (/^(?:signature|content-digest)/.test(name)) continue;
    changed.push({ ...received, headers: sent.headers.with(index, [name, flipLast(value)]) });
    changed.push({ ...received, headers: [...sent.headers, [name, value]] });
    changed.push({ ...received, headers: sent.headers.toSpliced(index, 1) });
  }
  for (const one of changed) {
    assert.ok(
      ["signature-invalid", "component-unusable", "header-repeated"].includes(code(verifyRequest(one, findKey, clock))),
    );
  }
  assert.equal(changed.length, 5 + 3 * 5);
});

test("a change of any part of the request or the answer breaks the answer", () => {
  const { message, components } = sent.binding;
  const otherRequests: RequestMessage[] = [
    { ...message, method: "GET" },
    { ...message, rawTarget: "/r1/other" },
    ...message.headers.map(([name, value], index) => ({
      ...message,
      headers: message.headers.with(index, [name, flipLast(value)]),
    })),
  ];
  for (const other of otherRequests) {
    assert.equal(code(verifyResponse(arrived, { message: other, components }, findKey, later)), "signature-invalid");
  }
  assert.equal(code(verifyResponse({ ...arrived, status: 201 }, sent.binding, findKey, later)), "signature-invalid");
  for (const [index, [name, value]] of answer.headers.entries()) {
    const headers = answered.headers.with(index, [name, flipLast(value)]);
    assert.equal(code(verifyResponse({ ...arrived, headers }, sent.binding, findKey, later)), "signature-invalid");
  }
  const fewer = { message, components: components.slice(0, -1) };
  assert.equal(code(verifyResponse(arrived, fewer, findKey, later)), "components-wrong");
  const another = signRequest({ ...call, headers: call.headers.slice(1) }, key, clock);
  assert.equal(code(verifyResponse(arrived, another.binding, findKey, later)), "components-wrong");
});

test("a flipped bit anywhere in the signature is noticed", () => {
  for (let index = 0; index < 64; index += 1) {
    const flipped = Buffer.from(sent.signature);
    flipped[index]! ^= 1;
    const headers = replaced(sent.headers, "signature", `gw=:${toBase64(flipped)}:`);
    assert.equal(code(verifyRequest({ ...received, headers }, findKey, clock)), "signature-invalid");
  }
});

test("a message that was never filtered is a fault, not a signature", () => {
  for (const value of ["a\nb", "caf\u00e9\r\nb", "\u81fa\u7063", "\u0000"]) {
    assert.throws(() => signRequest({ ...call, headers: [["x", value]] }, key, clock), { code: "EXCHANGE_UNSIGNABLE" });
  }
  assert.throws(() => signRequest({ ...call, rawTarget: "/\u00e9" }, key, clock), { code: "EXCHANGE_UNSIGNABLE" });
});

function flipLast(value: string): string {
  const at = value.length - 1;
  return value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ 1);
}

function replaced(headers: RawHeaders, wanted: string, value: string): RawHeaders {
  return headers.map(([name, old]) => [name, name === wanted ? value : old]);
}

/** Signs the call with any components and parameters: what a faulty or hostile gateway could send. */
function forged(
  change: (components: Component[]) => Component[],
  parameters: readonly (readonly [string, string | number])[] = goodParameters,
  headers: RawHeaders = sent.headers,
): IncomingRequest {
  const message = { ...sent.binding.message, headers };
  const components = change([...sent.binding.components]);
  const params = signatureParamsText(components, parameters);
  const base = signatureBase(components, params, message);
  const signature = base.ok ? signBytes(Buffer.from(base.value), "ed25519", key.key) : new Uint8Array(64);
  const named = replaced(headers, "signature-input", `gw=${params}`);
  return { ...received, headers: replaced(named, "signature", `gw=:${toBase64(signature)}:`) };
}
const goodParameters: readonly (readonly [string, string | number])[] = [
  ["created", 1_790_000_000],
  ["expires", 1_790_000_060],
  ["keyid", keyid],
  ["alg", "ed25519"],
  ["tag", "taroko-exchange-req/1"],
];
function withParameter(name: string, value: string | number): typeof goodParameters {
  return goodParameters.map(([key, old]) => [key, key === name ? value : old]);
}
function without(name: string): RawHeaders {
  return sent.headers.filter(([candidate]) => candidate !== name);
}
const same = (components: Component[]): Component[] => components;
const field = (name: string, ...parameters: [string, string | true][]): Component => ({ name, parameters });

const refusals: readonly (readonly [HopReason, string, IncomingRequest])[] = [
  ["signature-missing", "no signature fields", { ...received, headers: call.headers }],
  [
    "signature-missing",
    "a signature with the tag of a response",
    forged(same, withParameter("tag", "taroko-exchange-res/1")),
  ],
  ["signature-malformed", "a label in one field only", { ...received, headers: without("signature") }],
  [
    "signature-malformed",
    "two signatures of ours",
    {
      ...received,
      headers: [
        ...sent.headers,
        ["signature-input", String(headerValues(sent.added, "signature-input")[0]).replace("gw", "g2")],
        ["signature", String(headerValues(sent.added, "signature")[0]).replace("gw", "g2")],
      ],
    },
  ],
  ["components-wrong", "no authority", forged((all) => all.toSpliced(1, 1))],
  ["components-wrong", "no content digest", forged((all) => all.toSpliced(4, 1))],
  ["components-wrong", "another order", forged((all) => [all[1]!, all[0]!, ...all.slice(2)])],
  ["components-wrong", "no request id", forged((all) => all.slice(0, -1))],
  ["components-wrong", "no client", forged((all) => all.filter(({ name }) => name !== "x-road-client"))],
  ["components-wrong", "one member of a field only", forged((all) => [...all, field("accept", ["key", "a"])])],
  ["components-wrong", "a derived component between the fields", forged((all) => [...all, field("@scheme")])],
  ["components-wrong", "nothing", forged(() => [])],
  ["parameters-wrong", "another order", forged(same, goodParameters.toReversed())],
  ["parameters-wrong", "one missing", forged(same, goodParameters.toSpliced(3, 1))],
  ["parameters-wrong", "one more", forged(same, [...goodParameters, ["nonce", "n"]])],
  ["parameters-wrong", "a longer life", forged(same, withParameter("expires", 1_790_003_600))],
  ["parameters-wrong", "a time that is text", forged(same, withParameter("created", "1790000000"))],
  ["component-unusable", "a covered header that is not there", forged((all) => [...all, field("x-absent")])],
  ["component-unusable", "a header covered twice", forged((all) => [...all, field("accept")])],
  ["header-repeated", "an x-road header twice", forged(same, goodParameters, [...sent.headers, ["X-Road-Id", "2"]])],
  ["algorithm-refused", "RSA", forged(same, withParameter("alg", "rsa-pss-sha512"))],
  ["algorithm-refused", "the other algorithm of the profile", forged(same, withParameter("alg", "ecdsa-p256-sha256"))],
  [
    "algorithm-refused",
    "a key on another curve than its algorithm",
    forged(
      same,
      withParameter("keyid", "p384").map(([name, value]) => [name, name === "alg" ? "ecdsa-p256-sha256" : value]),
    ),
  ],
  ["key-unknown", "a key nobody registered", forged(same, withParameter("keyid", "nobody"))],
  [
    "signature-invalid",
    "another member's signature",
    { ...received, headers: replaced(sent.headers, "signature", "gw=:AA==:") },
  ],
  ["digest-missing", "no Content-Digest", { ...received, headers: without("content-digest") }],
  [
    "digest-malformed",
    "another algorithm",
    { ...received, headers: replaced(sent.headers, "content-digest", "md5=:AA==:") },
  ],
  ["digest-mismatch", "another body", { ...received, body: answerBody }],
];
for (const [reason, name, message] of refusals) {
  test(`refused, ${reason}: ${name}`, () => assert.equal(code(verifyRequest(message, findKey, clock)), reason));
}

const moments: readonly (readonly [seconds: number, expected: string])[] = [
  [-31, "signature-premature"],
  [-30, "accepted"],
  [60, "accepted"],
  [61, "signature-expired"],
];
for (const [seconds, expected] of moments) {
  test(`${seconds} s after it was signed a request is ${expected}`, () => {
    const then = fixedClock(new Date(1_790_000_000_000 + seconds * 1000));
    assert.equal(code(verifyRequest(received, findKey, then)), expected);
  });
}

test("every reason of the table has been seen above", () => {
  const seen = new Set([...refusals.map(([reason]) => reason), ...moments.map(([, expected]) => expected)]);
  assert.deepEqual(
    Object.keys(hopReasons).filter((reason) => !seen.has(reason)),
    [],
  );
});

test("a forged request that is right in every point is accepted: the refusals above are not accidents", () => {
  assert.equal(code(verifyRequest(forged(same), findKey, clock)), "accepted");
});

test("thumbprints: RFC 7638 section 3.1; private members and order do not count; unknown types are a fault", () => {
  const n =
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs" +
    "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbI" +
    "SD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
  assert.equal(
    jwkThumbprint({ kty: "RSA", n, e: "AQAB", alg: "RS256" }),
    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
  );
  assert.throws(() => jwkThumbprint({ kty: "oct", k: "AA" }), TypeError);
  assert.throws(() => jwkThumbprint({ kty: "EC", crv: "P-256", x: "AA" }), TypeError);
});
