import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import type { RawHeaders } from "../r1/headers.ts";
import { digestBody } from "../r1/message-hash.ts";
import {
  takesBatches,
  unsignedRequest,
  unsignedResponse,
  verifyRequest,
  verifyResponse,
  type FindKey,
  type HopKey,
  type SignedRequest,
} from "./profile.ts";
import { openSigner } from "./signer.ts";

const clock = { now: () => new Date("2026-11-22T08:00:00Z") };
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key: HopKey = { keyid: "key-1", alg: "ecdsa-p256-sha256", key: privateKey };
const findKey: FindKey = (keyid) => (keyid === key.keyid ? { ...key, key: publicKey } : undefined);
const body = digestBody(Buffer.from("{}"));
const call = { method: "POST", authority: "gw.example:5600", rawTarget: "/r1/TW/GOV/A/b/c", body } as const;

const headersOf = (id: number): RawHeaders => [
  ["x-road-client", "TW/GOV/B/app"],
  ["x-road-request-id", `00000000-0000-4000-8000-00000000000${id}`],
  takesBatches,
];
const requestOf = (id: number) => unsignedRequest({ ...call, headers: headersOf(id) });
const verified = (headers: RawHeaders) => verifyRequest({ ...call, headers }, findKey, clock);
const inputOf = (signed: SignedRequest): string => signed.added.find(([name]) => name === "signature-input")![1];

test("messages of one turn share a signature, and each verifies alone, with its answer", async () => {
  const signer = openSigner(() => key, clock);
  const signed = await Promise.all([1, 2, 3].map((id) => signer.sign(requestOf(id), true)));
  assert.equal(new Set(signed.map(({ signature }) => Buffer.from(signature.subarray(-64)).toString("hex"))).size, 1);
  for (const one of signed) {
    assert.match(inputOf(one), /;alg="taroko-batch-ecdsa-p256-sha256";tag="taroko-exchange-req-batch\/1"$/);
    const call = verified(one.headers);
    assert.ok(call.ok && call.value.takesBatches);
    assert.deepEqual(
      call.value.headers.map(([name]) => name),
      ["x-road-client", "x-road-request-id"],
      "the hop's own header goes no further",
    );
    const response = { status: 200, headers: [["x", "y"]] as const, body };
    const [answer] = await Promise.all(
      [1, 2].map(() => signer.sign(unsignedResponse(response, call.value.binding), true)),
    );
    const read = verifyResponse({ ...response, headers: answer!.headers }, one.binding, findKey, clock);
    assert.ok(read.ok && !read.value.takesBatches, "it did not say so");
  }
});

test("a lone message, and one for who takes no batches, is signed in the plain form", async () => {
  const signer = openSigner(() => key, clock);
  const lone = await signer.sign(requestOf(1), true);
  const others = await Promise.all([1, 2].map((id) => signer.sign(requestOf(id), false)));
  for (const one of [lone, ...others]) {
    assert.match(inputOf(one), /;alg="ecdsa-p256-sha256";tag="taroko-exchange-req\/1"$/);
    assert.equal(one.signature.length, 64);
    assert.ok(verified(one.headers).ok);
  }
});

test("a message of a batch is refused when anything of it is another's, or says the other form", async () => {
  const signer = openSigner(() => key, clock);
  const [one, two] = await Promise.all([1, 2].map((id) => signer.sign(requestOf(id), true)));
  const with_ = (changes: Readonly<Record<string, (value: string) => string>>): RawHeaders =>
    one!.headers.map(([name, value]) => [name, changes[name]?.(value) ?? value]);
  const theirs = (name: string): string => two!.headers.find(([candidate]) => candidate === name)![1];
  const cases: readonly (readonly [string, RawHeaders, string])[] = [
    ["another's signature", with_({ signature: () => theirs("signature") }), "signature-invalid"],
    ["another's id", with_({ "x-road-request-id": () => theirs("x-road-request-id") }), "signature-invalid"],
    [
      "the plain form's parameters",
      with_({ "signature-input": (text) => text.replace("taroko-batch-", "").replace("-batch/1", "/1") }),
      "signature-invalid",
    ],
    [
      "the plain form's tag",
      with_({ "signature-input": (text) => text.replace("-batch/1", "/1") }),
      "algorithm-refused",
    ],
    [
      "the plain form's alg",
      with_({ "signature-input": (text) => text.replace("taroko-batch-", "") }),
      "algorithm-refused",
    ],
  ];
  assert.ok(verified(one!.headers).ok);
  for (const [what, headers, code] of cases) {
    const read = verified(headers);
    assert.equal(read.ok ? "taken" : read.error.code, code, what);
  }
  const plain = await signer.sign(requestOf(1), false);
  const claims = plain.headers.map(([name, value]) => [
    name,
    name === "signature-input" ? value.replace('alg="', 'alg="taroko-batch-').replace('/1"', '-batch/1"') : value,
  ]) as unknown as RawHeaders;
  const read = verified(claims);
  assert.equal(read.ok ? "taken" : read.error.code, "signature-invalid", "a plain signature as one of a batch");
});

test("a signed message names the key it was signed with, whichever is in use when it is written down", async () => {
  for (const count of [1, 3]) {
    let inUse = key;
    const signer = openSigner(() => {
      const now = inUse;
      queueMicrotask(() => (inUse = { ...key, keyid: "key-2" })); // rolled as soon as the message is signed
      return now;
    }, clock);
    const signing = [1, 2, 3].slice(0, count).map((id) => signer.sign(requestOf(id), true));
    for (const one of await Promise.all(signing)) {
      assert.equal(inUse.keyid, "key-2");
      assert.equal(one.keyid, "key-1");
      assert.ok(inputOf(one).includes(`;keyid="${one.keyid}";`));
    }
  }
});

test("a message that cannot be signed fails alone; a key that cannot sign fails all, and nobody waits for ever", async () => {
  const signer = openSigner(() => key, clock);
  const unsignable = unsignedRequest({ ...call, headers: [...headersOf(1), ["x", "a\nb"]] });
  const settled = await Promise.allSettled([
    signer.sign(requestOf(1), true),
    signer.sign(unsignable, true),
    signer.sign(requestOf(2), true),
  ]);
  assert.deepEqual(
    settled.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  const broken = openSigner(() => {
    throw new Error("the key store is away");
  }, clock);
  const failed = await Promise.allSettled([1, 2].map((id) => broken.sign(requestOf(id), true)));
  assert.ok(failed.every(({ status }) => status === "rejected"));
});

test("who takes batches is remembered until it says otherwise or its configuration goes", () => {
  const signer = openSigner(() => key, clock);
  const peer = {};
  assert.equal(signer.takesBatches(peer), false);
  signer.heard(peer, true);
  assert.equal(signer.takesBatches(peer), true);
  signer.heard(peer, false);
  assert.equal(signer.takesBatches(peer), false);
});
