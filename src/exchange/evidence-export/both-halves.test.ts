import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { openPeerPool } from "../gateway/peer-pool.ts";
import { gatewayKeys, keptCertificate } from "../gateway/enrol.ts";
import { acceptConfiguration } from "../configuration/configuration.ts";
import { directoryOf } from "../configuration/directory.ts";
import { openGateway } from "../gateway/gateway.ts";
import { peopleServices, testCountry, testWitness, type TestGateway } from "../testing.ts";
import { askSeal, checkAnswer, type SealHop } from "./ask-seal.ts";
import { bytesOf } from "./export.ts";
import { Refused } from "./findings.ts";
import { keptMessages } from "./evidence-files.ts";
import type { KeptMessage } from "./keep.ts";
import { bufferAccess } from "./open-file.ts";
import { sealSource } from "./seal-source.ts";
import { closedRecords, peerSealOf, wantedSeals, type ClosedRecord } from "./store.ts";
import { packedFiles, resealed, unpackedFiles } from "./testing.ts";
import { trustFromConfiguration } from "./trust.ts";
import { asArchive, verifyArchive } from "./verify-archive.ts";
import { verifyContainer } from "./verify.ts";
import { sealFiles } from "./xades-write.ts";

const witness = await testWitness();
const { person } = await peopleServices();
const keep = { days: 30, bodies: true };
const { at, provider, consumer, stranger, call, clock } = await testCountry({
  services: [person("kept", { keepMessages: keep }), person("unkept")],
  grants: [{ serviceCode: "kept" }, { serviceCode: "unkept" }],
  witnesses: [witness],
  consumer: { keepMessages: [{ service: "TW/GOV/REG/*", ...keep }] },
});
witness.follows.push(...[provider, consumer].map(({ log }) => ({ origin: log.origin, vkey: log.vkey })));
await at.authority.setWitnesses([witness]);
for (const { gateway } of [provider, consumer, stranger]) await gateway.refresh();
const { anchor } = at.authority;
const accepted = acceptConfiguration(at.authority.current(), { anchor, now: clock.now() });
assert.ok(accepted.ok);
const { body: configuration } = accepted.value;

type Entry = readonly [name: string, content: Buffer];

/** Asks as a gateway would, with its keys and certificate; `send` may change what crosses. */
async function asking(as: TestGateway): Promise<SealHop & { close(): Promise<void> }> {
  const { signing, tlsKey } = await gatewayKeys(as.options.keysFolder);
  const cert = await keptCertificate(as.options.keysFolder);
  const peers = openPeerPool(() => ({ key: tlsKey, cert, ca: configuration.certificateAuthority }));
  const directory = directoryOf(configuration);
  return {
    directory: () => directory,
    send: (peer, request) => peers.send(peer, request),
    signingKey: () => signing,
    clock,
    close: () => peers.close(),
  };
}

async function recorded(of: TestGateway, id: string): Promise<ClosedRecord> {
  const [record] = await closedRecords(of.database, id);
  assert.ok(record);
  return record;
}

async function held(of: TestGateway, id: string): Promise<{ request: KeptMessage; response: KeptMessage }> {
  const keeper = await keptMessages(of.database, of.options.keysFolder);
  const { request, response } = await keeper.held((await recorded(of, id)).recordId);
  assert.ok(request && response);
  return { request, response };
}

function asic(of: TestGateway, query: string): Promise<Response> {
  const asked = "xRoadInstance=TW&memberClass=GOV&memberCode=PORTAL&subsystemCode=app&force";
  return fetch(`${of.agencyUrl}/asic?${asked}&${query}`);
}

const { id } = await call("kept", { headers: { "x-road-id": "m-7" } });
const trust = trustFromConfiguration(configuration);

test("/asic holds the request under the caller's seal and the response under the provider's, at either end", async () => {
  for (const side of [consumer, provider]) {
    const answer = await asic(side, "queryId=m-7");
    assert.equal(answer.status, 200, answer.headers.get("taroko-evidence-missing") ?? "");
    const archive = await unpackedFiles(Buffer.from(await answer.arrayBuffer()));
    const names = [...archive.keys()].map((name) => name.replace(/-[0-9a-v]+\.asice$/, ""));
    assert.deepEqual(names, ["m-7-request", "m-7-response"]);
    const signers = [];
    for (const container of archive.values()) {
      const { facts, findings } = await verifyContainer(bufferAccess(container), { trust });
      assert.deepEqual(
        findings.map(({ code }) => code),
        ["time-stamp-missing"],
        JSON.stringify(findings),
      );
      signers.push(facts.signer);
    }
    assert.deepEqual(signers, ["TW/GOV/PORTAL", "TW/GOV/REG"]);
  }
});

test("an archive's responses answer the requests beside them; one from another exchange is found out", async () => {
  const second = await call("kept", { headers: { "x-road-id": "m-7b" } });
  const read = async (query: string): Promise<readonly [Entry, Entry]> => {
    const archive = await unpackedFiles(Buffer.from(await (await asic(consumer, query)).arrayBuffer()));
    const [asked, answered] = archive;
    assert.ok(asked && answered);
    return [asked, answered];
  };
  const [request, response] = await read("queryId=m-7");
  const other = await read("queryId=m-7b");
  const checked = async (...entries: Entry[]) => {
    const archive = await asArchive(bufferAccess(await packedFiles(entries)));
    return archive && verifyArchive(archive, { trust });
  };
  const whole = await checked(request, response, ...other);
  assert.deepEqual(
    whole?.parts.map(({ answers }) => answers),
    [undefined, request[0], undefined, other[0][0]],
  );
  assert.equal(whole?.verdict, "indeterminate", "no time stamps here");
  const unlike = await checked(request, other[1]);
  assert.deepEqual(
    unlike?.parts[1]?.notes.map(({ code }) => code),
    ["response-unmatched"],
  );
  // Its sender's own key under the id of the first exchange, and under the hash of the second's request.
  const files = await unpackedFiles(response[1]);
  const hash = /x-road-request-hash:(.*)\r\n/i;
  const theirs = hash.exec((await unpackedFiles(other[1][1])).get("message.xml")!.toString("latin1"))![1]!;
  const head = files.get("message.xml")!.toString("latin1").replace(hash, `x-road-request-hash:${theirs}\r\n`);
  files.set("message.xml", Buffer.from(head, "latin1"));
  const { signing } = await gatewayKeys(provider.options.keysFolder);
  const source = { authorityUrl: at.url, instance: "TW", gatewayId: provider.gateway.id, clock };
  const forged = await resealed(files, await sealSource({ ...source, signingKey: () => signing })());
  const swapped = await checked(request, [response[0], forged]);
  assert.deepEqual([swapped?.verdict, swapped?.parts[1]?.findings[0]?.code], ["invalid", "binding-broken"]);
  assert.equal(await checked(["message.xml", Buffer.from("x")]), undefined, "no archive");
  assert.equal(second.status, 200);
});

test("an exported exchange bears both members' seals, each found out when it is taken from elsewhere", async () => {
  for (const side of [consumer, provider]) {
    const entry = (await side.gateway.evidence(id))[0]!.log_entry!;
    assert.equal((await side.log.wait(entry, "witnessed", 5000)).stage, "witnessed");
    const made = await side.gateway.exports.exchange(id);
    assert.ok(made.ok);
    const verdict = await verifyContainer(bufferAccess(await bytesOf(made.value)), { native: { anchor } });
    assert.equal(verdict.verdict, "valid", JSON.stringify(verdict.findings));
    assert.deepEqual(verdict.notes, []);
    const members = [verdict.facts.signer, verdict.facts.receivedSigner];
    const both = ["TW/GOV/PORTAL", "TW/GOV/REG"];
    assert.deepEqual(members, side === consumer ? both : both.toReversed());
  }
});

test("only the other end of an exchange gets a seal, only over what was signed, and not twice for a copied question", async () => {
  const record = await recorded(consumer, id);
  const { request, response } = await held(consumer, id);
  const hop = await asking(consumer);
  const changed = (change: Partial<KeptMessage>): KeptMessage => ({ ...response, ...change });
  const head = (from: string, to: string): Buffer => {
    const text = response.head.toString("latin1");
    assert.ok(text.includes(from), from);
    return Buffer.from(text.replace(from, to), "latin1");
  };
  const asked: readonly (readonly [string, KeptMessage])[] = [
    ["other words after the status", changed({ head: head("\r\nOK\r\n", "\r\nOK, and we owe you a million\r\n") })],
    ["another header", changed({ head: head("m-7", "m-8") })],
    ["a header more", changed({ head: Buffer.concat([response.head, Buffer.from("x-more:1\r\n")]) })],
    ["a name spelled otherwise", changed({ head: head("x-road-id", "X-ROAD-ID") })],
    ["another digest of the body", changed({ base: response.base.replace(/sha-512=:./, "sha-512=:_") })],
    ["the half that the asker itself signed", request],
    ["nothing", changed({ head: Buffer.alloc(0), base: "" })],
  ];
  for (const [what, message] of asked) {
    assert.deepEqual(await askSeal(hop, record, message), { ok: false, error: "peer-refused" }, what);
  }
  const unknown = { ...record, exchangeId: "0b7a4f7e-2f0e-4a30-8f55-7f5f3a6c9e21" };
  assert.deepEqual(await askSeal(hop, unknown, response), { ok: false, error: "peer-refused" });
  assert.ok((await askSeal(hop, record, response)).ok, "so that the table can fail");
  await hop.close();
});

test("a stranger, a member that speaks for another, and a copied question learn nothing", async () => {
  const record = await recorded(consumer, id);
  const { response } = await held(consumer, id);
  const own = await asking(consumer);
  const theirs = await asking(stranger);
  const gateway = own.directory()!.gatewaysOf("TW/GOV/REG/people")[0]!;
  const statuses: number[] = [];
  let copied: Parameters<SealHop["send"]>[1] | undefined;
  const watched = (hop: SealHop): SealHop => ({
    ...hop,
    async send(peer, request) {
      const answer = await hop.send(peer, request);
      statuses.push(answer.status);
      copied = request;
      return answer;
    },
  });
  // In its own name: an exchange that is another's is as unknown as one that never was.
  assert.ok(!(await askSeal(watched(theirs), { ...record, client: "TW/GOV/OTHER/sys" }, response)).ok);
  // In the name of the caller, with its own key.
  assert.ok(!(await askSeal(watched(theirs), record, response)).ok);
  assert.ok((await askSeal(watched(own), record, response)).ok);
  // The caller's question, over another connection; and later.
  statuses.push((await theirs.send(gateway, copied!)).status);
  clock.advance(120_000);
  statuses.push((await own.send(gateway, copied!)).status);
  clock.advance(-120_000);
  assert.deepEqual(statuses, [404, 403, 200, 403, 401]);
  await Promise.all([own.close(), theirs.close()]);
});

test("a peer that seals something else, or lets another seal, is not believed", async () => {
  const record = await recorded(consumer, id);
  const { response } = await held(consumer, id);
  const hop = await asking(consumer);
  const sealOf = async (who: TestGateway) => {
    const { signing } = await gatewayKeys(who.options.keysFolder);
    const source = { authorityUrl: at.url, instance: "TW", gatewayId: who.gateway.id, clock };
    return sealSource({ ...source, signingKey: () => signing })();
  };
  const sha512 = (bytes: Uint8Array): Buffer => createHash("sha512").update(bytes).digest();
  const file = (name: string, content: Uint8Array) => ({ name, mediaType: "text/xml", sha512: sha512(content) });
  const both = [file("message.xml", response.head), file("attachment1", response.body!)];
  const late = new Date(clock.now().getTime() - 600_000);
  const lies: readonly (readonly [string, Promise<Buffer>])[] = [
    [
      "another message",
      sealFiles([file("message.xml", Buffer.from("x")), both[1]!], await sealOf(provider), clock.now()),
    ],
    ["without the body", sealFiles([both[0]!], await sealOf(provider), clock.now())],
    ["a file more", sealFiles([...both, file("attachment2", both[0]!.sha512)], await sealOf(provider), clock.now())],
    ["another's seal", sealFiles(both, await sealOf(stranger), clock.now())],
    ["an old time", sealFiles(both, await sealOf(provider), late)],
    [
      "no word on revocation",
      sealFiles(both, { ...(await sealOf(provider)), revocationAnswer: undefined }, clock.now()),
    ],
    ["no seal at all", Promise.resolve(Buffer.from("<none/>"))],
  ];
  const checked = (seal: Buffer) => checkAnswer(seal, response, { member: "TW/GOV/REG", trust, now: clock.now() });
  for (const [what, seal] of lies) {
    const made = await seal;
    assert.throws(() => checked(made), Refused, what);
  }
  checked(await sealFiles(both, await sealOf(provider), clock.now()));
  // What a peer answers without its signature over it counts as little.
  const unsigned: SealHop = {
    ...hop,
    async send(peer, request) {
      const answer = await hop.send(peer, request);
      return { ...answer, headers: answer.headers.filter(([name]) => name !== "signature") };
    },
  };
  assert.deepEqual(await askSeal(unsigned, record, response), { ok: false, error: "seal-wrong" });
  await hop.close();
});

test("a seal swapped for one over another message is found in the container", async () => {
  const other = (await call("kept", { body: '{"id":"A700000002"}' })).id;
  const exported = async (one: string) => {
    const made = await consumer.gateway.exports.exchange(one);
    assert.ok(made.ok);
    return unpackedFiles(await bytesOf(made.value));
  };
  const [files, theirs] = [await exported(id), await exported(other)];
  const name = "evidence/received/META-INF/signatures.xml";
  files.set(name, theirs.get(name)!);
  const { signing } = await gatewayKeys(consumer.options.keysFolder);
  const seal = await sealSource({
    authorityUrl: at.url,
    instance: "TW",
    gatewayId: consumer.gateway.id,
    signingKey: () => signing,
    clock,
  })();
  const verdict = await verifyContainer(bufferAccess(await resealed(files, seal)), { native: { anchor } });
  assert.deepEqual([verdict.verdict, verdict.findings[0]?.code], ["invalid", "received-seal-mismatch"]);
});

test("a provider that kept nothing seals by its record; one that is away is named, and asked again", async () => {
  const unkept = (await call("unkept", { headers: { "x-road-id": "m-8" } })).id;
  assert.equal((await asic(consumer, "queryId=m-8&responseOnly&unique")).status, 200);
  assert.ok(await peerSealOf(consumer.database, (await recorded(consumer, unkept)).recordId, "response"));

  const late = (await call("kept", { headers: { "x-road-id": "m-9" } })).id;
  const { options } = provider;
  await provider.gateway.close();
  const alone = await asic(consumer, "queryId=m-9");
  const named = `"${late}";half=response;why=peer-away`;
  assert.deepEqual([alone.status, alone.headers.get("taroko-evidence-missing")], [200, named]);
  assert.equal([...(await unpackedFiles(Buffer.from(await alone.arrayBuffer()))).keys()].length, 1);
  const response = await asic(consumer, "queryId=m-9&responseOnly");
  assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "600"]);
  const made = await consumer.gateway.exports.exchange(late);
  assert.ok(made.ok);
  const { notes } = await verifyContainer(bufferAccess(await bytesOf(made.value)), { native: { anchor } });
  assert.ok(notes.some(({ code }) => code === "received-seal-missing"));
  assert.deepEqual(await wantedSeals(consumer.database, 5), [(await recorded(consumer, late)).recordId]);

  const again = await openGateway(options);
  await again.listen();
  assert.deepEqual(await consumer.gateway.exports.askAgain(), { got: 1 });
  await again.close();
  assert.equal((await asic(consumer, "queryId=m-9&responseOnly")).status, 200, "from what was kept");
  assert.deepEqual(await wantedSeals(consumer.database, 5), []);
});

test("a container whose received half lies open packs into one of its own", async () => {
  const made = await consumer.gateway.exports.exchange(id);
  assert.ok(made.ok);
  const files = await unpackedFiles(await bytesOf(made.value));
  const prefix = "evidence/received/";
  const received = [...files].flatMap(([name, content]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), content] as const] : [],
  );
  const container = await packedFiles([["mimetype", files.get("mimetype")!], ...received]);
  const { facts } = await verifyContainer(bufferAccess(container), { trust });
  assert.equal(facts.signer, "TW/GOV/REG");
});
