import assert from "node:assert/strict";
import { randomBytes, X509Certificate } from "node:crypto";
import test from "node:test";
import { canonicalJson, type JsonValue } from "#kernel";
import { acceptConfiguration } from "../configuration/configuration.ts";
import { gatewayKeys } from "../gateway/enrol.ts";
import { peopleServices, testCountry, testWitness, type TestGateway } from "../testing.ts";
import { bytesOf } from "./export.ts";
import { bufferAccess } from "./open-file.ts";
import { sealSource } from "./seal-source.ts";
import { packedFiles, resealed, unpackedFiles, type Files } from "./testing.ts";
import { verifyContainer, type VerifyOptions } from "./verify.ts";
import type { EvidenceVerdict } from "./verdict.ts";

const witness = await testWitness();
const { person } = await peopleServices();
const policies = [
  { service: "TW/GOV/REG/people/kept", days: 30, bodies: true },
  { service: "TW/GOV/REG/people/bases", days: 30, bodies: false },
];
const { at, provider, consumer, call, clock } = await testCountry({
  services: [
    person("kept", { keepMessages: { days: 30, bodies: true } }),
    person("bases", { keepMessages: { days: 30, bodies: false } }),
    person("plain"),
  ],
  grants: [{ serviceCode: "kept" }, { serviceCode: "bases" }, { serviceCode: "plain" }],
  witnesses: [witness],
  consumer: { keepMessages: policies },
});
witness.follows.push(...[provider, consumer].map(({ log }) => ({ origin: log.origin, vkey: log.vkey })));
await at.authority.setWitnesses([witness]);
for (const { gateway } of [provider, consumer]) await gateway.refresh();
const { anchor } = at.authority;

async function witnessed(of: TestGateway, id: string): Promise<void> {
  const entry = (await of.gateway.evidence(id))[0]!.log_entry!;
  assert.equal((await of.log.wait(entry, "witnessed", 5000)).stage, "witnessed");
}

async function exported(of: TestGateway, id: string, form: "exchange" | "message" = "exchange"): Promise<Buffer> {
  const made = await of.gateway.exports[form](id);
  assert.ok(made.ok, JSON.stringify(made));
  return bytesOf(made.value);
}

function verify(bytes: Buffer, o: VerifyOptions = { native: { anchor } }): Promise<EvidenceVerdict> {
  return verifyContainer(bufferAccess(bytes), o);
}

const codes = ({ findings }: EvidenceVerdict): string[] => findings.map(({ code }) => code);
const { id } = await call("kept", { headers: { "x-road-id": "m-7", "x-road-issue": "case-7", accept: "a/b, c/d" } });
const other = (await call("kept", { body: '{"id":"A700000002"}' })).id;
for (const one of [id, other]) for (const side of [provider, consumer]) await witnessed(side, one);
const whole = await exported(provider, id);
const otherFiles = await unpackedFiles(await exported(provider, other));

test("what either side exports of a kept exchange verifies with nothing but the country's anchor", async () => {
  for (const side of [provider, consumer]) {
    const verdict = await verify(await exported(side, id));
    assert.equal(verdict.verdict, "valid", JSON.stringify(verdict.findings));
    assert.equal(verdict.facts.signer, side === provider ? "TW/GOV/REG" : "TW/GOV/PORTAL");
    assert.deepEqual([verdict.facts.exchangeId, verdict.facts.outcome], [id, "200"]);
    assert.equal(verdict.facts.witnesses?.length, 1);
  }
});

test("without kept bodies, or without kept messages, the verdict names what it could not check", async () => {
  const bases = (await call("bases")).id;
  const plain = (await call("plain")).id;
  for (const one of [bases, plain]) await witnessed(provider, one);
  assert.deepEqual(codes(await verify(await exported(provider, bases))), ["body-not-kept", "body-not-kept"]);
  const verdict = await verify(await exported(provider, plain));
  assert.deepEqual([verdict.verdict, codes(verdict)], ["indeterminate", ["request-not-kept", "response-not-kept"]]);
  assert.deepEqual(await provider.gateway.exports.message(plain), { ok: false, error: { code: "message-not-kept" } });
  const nowhere = await provider.gateway.exports.exchange("0b7a4f7e-2f0e-4a30-8f55-7f5f3a6c9e21");
  assert.deepEqual(nowhere, { ok: false, error: { code: "evidence-unknown" } });
});

test("messages that were signed in a batch verify one by one", async () => {
  const ids = (await Promise.all(Array.from({ length: 24 }, () => call("kept")))).map((answer) => answer.id);
  await witnessed(provider, ids.at(-1)!);
  let batched = 0;
  for (const one of ids) {
    await witnessed(provider, one);
    const bytes = await exported(provider, one);
    const files = await unpackedFiles(bytes);
    const bases = ["evidence/request.sigbase", "evidence/response.sigbase"].map((name) => files.get(name)!.toString());
    batched += bases.filter((base) => base.includes('alg="taroko-batch-')).length;
    const verdict = await verify(bytes);
    assert.equal(verdict.verdict, "valid", JSON.stringify(verdict.findings));
  }
  assert.ok(batched > 0, "none of them was");
});

test("without an anchor nothing is believed, and nothing is called wrong", async () => {
  const verdict = await verify(whole, {});
  assert.equal(verdict.verdict, "indeterminate");
  assert.deepEqual(codes(verdict).toSorted(), [
    "configuration-unchecked",
    "receipt-unchecked",
    "time-stamp-missing",
    "trust-missing",
  ]);
  const elsewhere = await verify(whole, { native: { anchor: randomBytes(32).toString("base64url") } });
  assert.deepEqual(codes(elsewhere), ["configuration-invalid"]);
});

const text = (name: string, change: (was: string) => string) => (files: Files) =>
  files.set(name, Buffer.from(change(files.get(name)!.toString("latin1")), "latin1"));
const json = (name: string, change: (was: Record<string, JsonValue>) => unknown) => (files: Files) => {
  const was = JSON.parse(files.get(name)!.toString("utf8")) as Record<string, JsonValue>;
  files.set(name, Buffer.from(canonicalJson((change(was) ?? was) as JsonValue)));
};
const fromOther =
  (...names: string[]) =>
  (files: Files) => {
    for (const name of names) files.set(name, otherFiles.get(name)!);
  };

/** What a member could try who seals its own lie, and where it is found out. */
const lies: readonly (readonly [what: string, change: (files: Files) => unknown, code: string])[] = [
  [
    "another body of the response",
    (files) => files.set("attachment1", Buffer.from('{"name":"nobody"}')),
    "body-mismatch",
  ],
  ["another header of the response", text("message.xml", (was) => was.replace("m-7", "m-8")), "message-not-as-signed"],
  [
    "another path of the request",
    text("evidence/received/message.xml", (was) => was.replace("lookup", "list")),
    "message-not-as-signed",
  ],
  [
    "a header more in the request",
    text("evidence/received/message.xml", (was) => `${was}x-more:1\r\n`),
    "message-not-as-signed",
  ],
  [
    "a header of the request left out",
    text("evidence/received/message.xml", (was) => was.replace(/x-road-issue:.*\r\n/i, "")),
    "message-not-as-signed",
  ],
  ["another base", text("evidence/request.sigbase", (was) => was.replace("case-7", "case-8")), "base-mismatch"],
  [
    "another signature",
    text("evidence/request.sig", (was) => `${was[0] === "A" ? "B" : "A"}${was.slice(1)}`),
    "record-mismatch",
  ],
  [
    "the response of another exchange",
    fromOther("evidence/response.sigbase", "message.xml", "attachment1"),
    "base-mismatch",
  ],
  [
    "the whole response of another exchange, in the record too",
    (files) => {
      fromOther("evidence/response.sigbase", "evidence/response.sig", "message.xml", "attachment1")(files);
      const theirs = JSON.parse(otherFiles.get("evidence/record.json")!.toString()) as Record<string, JsonValue>;
      json("evidence/record.json", (was) => ({
        ...was,
        responseSignature: theirs["responseSignature"],
        responseContentDigest: theirs["responseContentDigest"],
      }))(files);
    },
    "binding-broken",
  ],
  [
    "another outcome in the record",
    json("evidence/record.json", (was) => ({ ...was, outcome: "404" })),
    "record-mismatch",
  ],
  [
    "another purpose in the record",
    json("evidence/record.json", (was) => ({ ...was, purpose: "tax" })),
    "receipt-of-another",
  ],
  [
    "another time in the record",
    json("evidence/record.json", (was) => ({ ...was, closed: "2020-01-01T00:00:00.000Z" })),
    "receipt-of-another",
  ],
  ["another pair tag", json("evidence/record.json", (was) => ({ ...was, pair: "A".repeat(43) })), "pair-mismatch"],
  ["the proof of another entry", fromOther("evidence/ledger-proof.json"), "receipt-of-another"],
  [
    "a proof that opens nothing",
    json("evidence/ledger-proof.json", (was) => ({ ...was, opening: null })),
    "receipt-invalid",
  ],
  [
    "the proof with another record opened",
    json("evidence/ledger-proof.json", (was) => ({ ...was, opening: { commitments: {} } })),
    "receipt-of-another",
  ],
  [
    "a key of somebody else",
    json("evidence/keys.json", (was) => ({
      keys: (was["keys"] as JsonValue[])
        .toReversed()
        .map((key, index) => ({ ...(key as object), role: index === 0 ? "request" : "response" })),
    })),
    "key-wrong-member",
  ],
  [
    "a key under another member's name",
    json("evidence/keys.json", (was) => ({
      keys: (was["keys"] as JsonValue[]).map((key) => ({ ...(key as object), member: "TW/GOV/OTHER" })),
    })),
    "key-wrong-member",
  ],
  ["no keys", (files) => files.delete("evidence/keys.json"), "container-incomplete"],
  ["no configuration", (files) => files.delete("evidence/configuration.json"), "container-incomplete"],
  [
    "a configuration changed",
    text("evidence/configuration.json", (was) => was.replace("PORTAL", "PORTAS")),
    "configuration-invalid",
  ],
  ["no message", (files) => files.delete("message.xml"), "container-incomplete"],
  ["no body, as if it had not been kept", (files) => files.delete("attachment1"), "body-not-kept"],
  ["no base, as if it had not been kept", (files) => files.delete("evidence/response.sigbase"), "response-not-kept"],
  ["no proof", (files) => files.delete("evidence/ledger-proof.json"), "receipt-missing"],
  [
    "an exchange from when the configuration had expired",
    json("evidence/record.json", (was) => ({ ...was, opened: "2099-01-01T00:00:00.000Z" })),
    "configuration-expired",
  ],
  [
    "an exchange of a configuration to come",
    json("evidence/record.json", (was) => ({ ...was, configVersion: 999_999 })),
    "receipt-of-another",
  ],
  ["a record that is no record", (files) => files.set("evidence/record.json", Buffer.from("{}")), "evidence-malformed"],
];
test("a member that seals its own lie is found out", async (context) => {
  const { signing } = await gatewayKeys(provider.options.keysFolder);
  const seal = await sealSource({
    authorityUrl: at.url,
    instance: "TW",
    gatewayId: provider.gateway.id,
    signingKey: () => signing,
    clock,
  })();
  for (const [what, change, code] of lies) {
    await context.test(what, async () => {
      const files = await unpackedFiles(whole);
      change(files);
      const verdict = await verify(await resealed(files, seal));
      assert.equal(codes(verdict)[0], code, JSON.stringify(verdict));
      assert.notEqual(verdict.verdict, "valid");
    });
  }
  const untouched = await verify(await resealed(await unpackedFiles(whole), seal));
  assert.equal(untouched.verdict, "valid", "so that the table can fail");
});

test("another member cannot seal this one's record, nor a revoked key anything", async () => {
  const { signing } = await gatewayKeys(consumer.options.keysFolder);
  const source = { authorityUrl: at.url, instance: "TW", signingKey: () => signing, clock };
  const foreign = await sealSource({ ...source, gatewayId: consumer.gateway.id })();
  assert.deepEqual(codes(await verify(await resealed(await unpackedFiles(whole), foreign))), ["sender-mismatch"]);
  await assert.rejects(sealSource({ ...source, gatewayId: provider.gateway.id })(), { code: "seal-unavailable" });
});

test("every file taken away, doubled, renamed or changed by whoever carries the container is found", async () => {
  const files = await unpackedFiles(whole);
  for (const [name, content] of files) {
    if (name === "META-INF/manifest.xml") continue;
    const without = [...files].filter(([one]) => one !== name);
    const renamed = [...without, [`${name}x`, content]] as const;
    const doubled = [...files, [name, content]] as const;
    const upper = [...files, [name.toUpperCase() === name ? name.toLowerCase() : name.toUpperCase(), content]] as const;
    const changed = Buffer.from(content);
    changed[content.length >> 1]! ^= 1;
    const flipped = [...without, [name, changed]] as const;
    for (const made of [without, renamed, doubled, upper, flipped]) {
      const verdict = await verify(await packedFiles(made));
      assert.equal(verdict.verdict, "invalid", name);
    }
  }
  const more = [...files, ["evidence/more.txt", Buffer.from("x")]] as const;
  assert.deepEqual(codes(await verify(await packedFiles(more))), ["entry-uncovered"]);
});

test("X-Road's layout verifies with the trust that /verificationconf gives, one container for what each side sent", async () => {
  const answer = await fetch(`${consumer.agencyUrl}/verificationconf`);
  const conf = await unpackedFiles(Buffer.from(await answer.arrayBuffer()));
  assert.equal(conf.get("verificationconf/instance-identifier")?.toString(), "TW");
  const { trustFromSharedParams } = await import("./trust.ts");
  const shared = conf.get("verificationconf/TW/shared-params.xml")!;
  const trust = trustFromSharedParams(shared);
  const [, address, key] =
    /<source><address>([^<]+)<\/address><internalVerificationCert>([^<]+)<\/internalVerificationCert><externalVerificationCert>/.exec(
      shared.toString(),
    ) ?? [];
  const spki = new X509Certificate(Buffer.from(key ?? "", "base64")).publicKey.export({ format: "jwk" });
  assert.deepEqual(
    [address, spki["x"]],
    ["127.0.0.1", anchor],
    "the key that signs the configuration, and whence it comes",
  );
  const metadata: unknown = JSON.parse(conf.get("verificationconf/TW/shared-params.xml.metadata")!.toString());
  assert.deepEqual(Object.keys(metadata as object).toSorted(), [
    "configurationVersion",
    "contentFileName",
    "contentIdentifier",
    "contentLocation",
    "expirationDate",
    "instanceIdentifier",
  ]);
  for (const side of [provider, consumer]) {
    const bytes = await exported(side, id, "message");
    assert.ok((await unpackedFiles(bytes)).get("message.xml")?.includes("x-road-id:m-7\r\n"));
    const verdict = await verify(bytes, { trust });
    // No time-stamp authority here: then the time is the signer's word, and the verdict says so.
    assert.deepEqual([verdict.verdict, codes(verdict)], ["indeterminate", ["time-stamp-missing"]]);
  }
});

test("/asic answers in plain words, and hands out what this member sent", async () => {
  const base = "xRoadInstance=TW&memberClass=GOV&memberCode=PORTAL";
  const ask = async (query: string) => {
    const answer = await fetch(`${consumer.agencyUrl}/asic?${query}`);
    return [answer.status, (answer.headers.get("content-type") ?? "").split(";")[0], answer] as const;
  };
  const wrong: readonly (readonly [string, number])[] = [
    [base, 400],
    ["queryId=m-7", 400],
    [`queryId=m-7&${base}&requestOnly&responseOnly`, 400],
    [`queryId=m-7&${base}&unique`, 400],
    [`queryId=m-7&queryId=m-8&${base}`, 400],
    [`queryId=m-0&${base}&force`, 404],
    [`queryId=m-7&${base}`, 500],
  ];
  for (const [query, status] of wrong) assert.deepEqual((await ask(query)).slice(0, 2), [status, "text/plain"], query);
  const [status, type, answer] = await ask(`queryId=m-7&${base}&subsystemCode=app&requestOnly&unique&force`);
  assert.deepEqual([status, type], [200, "application/vnd.etsi.asic-e+zip"]);
  assert.match(answer.headers.get("content-disposition") ?? "", /filename="m-7-request-[0-9a-v]+\.asice"/);
});

test("a key that a newer configuration revokes leaves the verdict open", async () => {
  const { keyid } = (await gatewayKeys(consumer.options.keysFolder)).signing;
  await at.authority.revokeKey(keyid, "lost");
  const accepted = acceptConfiguration(at.authority.current(), { anchor, now: clock.now() });
  assert.ok(accepted.ok);
  const verdict = await verify(whole, { native: { anchor, current: accepted.value.body } });
  assert.deepEqual([verdict.verdict, codes(verdict)], ["indeterminate", ["key-revoked"]]);
});

test("after its time, and after its person was forgotten, nothing of a message is left", async () => {
  await provider.gateway.forget("A700000002", "pdpa-11");
  // At the agency that asked no record is tied to a person; what it kept is searched.
  assert.deepEqual(await consumer.gateway.forget("A700000002", "pdpa-11"), {
    ok: true,
    value: { keys: false, records: 0, messages: 2 },
  });
  const asked = await verify(await exported(consumer, other));
  assert.deepEqual(codes(asked), ["request-not-kept", "response-not-kept"]);
  const verdict = await verify(await exported(provider, other));
  assert.deepEqual([verdict.verdict, codes(verdict)], ["indeterminate", ["record-forgotten"]]);
  assert.ok((await provider.gateway.exports.message(id)).ok, "the other exchanges' messages stay");
  clock.advance(31 * 86_400_000);
  assert.deepEqual(await provider.gateway.exports.message(id), { ok: false, error: { code: "message-not-kept" } });
});
