import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { uuidV4, type Clock } from "#kernel";
import { wholeOf } from "./body/content.ts";
import { openBodies } from "./body/receive.ts";
import { openSpool } from "./body/spool.ts";
import type { ConfigurationBody, RegisteredGateway } from "./configuration/configuration.ts";
import { publicJwkOf } from "./gateway/enrol.ts";
import { openPeerPool, type PeerRequest } from "./gateway/peer-pool.ts";
import { signRequest } from "./hop/profile.ts";
import { jwkThumbprint } from "./hop/thumbprint.ts";
import { digestBody } from "./r1/message-hash.ts";
import { freshKey, logged, peopleServices, testCountry, testFolder, type TestGateway } from "./testing.ts";

const { person } = await peopleServices();
const { at, provider, consumer, stranger, clock } = await testCountry({
  services: [person("open"), person("closed")],
  grants: [{ serviceCode: "open" }],
});

const bodies = openBodies(await openSpool(testFolder()), { maxBody: 1_000_000 });

/** Signs a message as a gateway would, with its own keys, so that it can be sent changed, twice or from elsewhere. */
function forged(
  from: TestGateway,
  o: { client?: string; requestId?: string; clock?: Clock; body?: Buffer } = {},
): PeerRequest {
  const key = createPrivateKey(readFileSync(join(from.options.keysFolder, "signing.key.pem"), "utf8"));
  const { body = Buffer.from('{"id":"A700000001"}') } = o;
  const rawTarget = "/r1/TW/GOV/REG/people/open/v1/lookup";
  const signed = signRequest(
    {
      method: "POST",
      authority: provider.options.peer.publicAddress,
      rawTarget,
      headers: [
        ["x-road-client", o.client ?? "TW/GOV/PORTAL/app"],
        ["content-type", "application/json"],
        ["x-road-request-id", o.requestId ?? uuidV4()],
        ["x-road-id", "m"],
        ["taroko-salt", Buffer.alloc(32, 7).toString("base64url")],
      ],
      body: digestBody(body),
    },
    { keyid: jwkThumbprint(publicJwkOf(key)), alg: "ecdsa-p256-sha256", key },
    o.clock ?? clock,
  );
  return { method: "POST", rawTarget, headers: signed.headers, body, timeoutMs: 5000, bodies };
}

function configured(): { readonly body: ConfigurationBody; readonly peer: RegisteredGateway } {
  const { signed: body } = JSON.parse(at.authority.current()) as { signed: ConfigurationBody };
  return { body, peer: body.gateways.find((one) => one.id === provider.gateway.id)! };
}

async function sendAs(from: TestGateway, message: PeerRequest) {
  const { body, peer } = configured();
  const read = (name: string): string => readFileSync(join(from.options.keysFolder, name), "utf8");
  const ca = body.certificateAuthority;
  const pool = openPeerPool(() => ({ key: read("tls.key.pem"), cert: read("tls.cert.pem"), ca }));
  try {
    const answer = await pool.send(peer, message);
    const said = JSON.parse(Buffer.from((await wholeOf(answer.body, 1_000_000))!).toString()) as Record<string, string>;
    return { status: answer.status, problem: said["problem"], reason: said["reason"] };
  } finally {
    await pool.close();
  }
}

test("a message that was signed and sent whole is served; the same message again is not", async () => {
  const message = forged(consumer);
  assert.equal((await sendAs(consumer, message)).status, 200);
  const entries = (await logged(provider)).length;
  assert.deepEqual(await sendAs(consumer, message), { status: 409, problem: "replayed", reason: undefined });
  assert.equal((await logged(provider)).length, entries, "one exchange, one entry");
});

test("a message that is sent again takes nothing from the quota", async () => {
  const { rights } = provider.gateway;
  const [right] = await rights.list("people", "open");
  const limit = async (requests: number) => (await rights.change(right!.id, { quota: { requests, per: "day" } })).ok;
  assert.ok(await limit(2));
  const message = forged(consumer);
  assert.equal((await sendAs(consumer, message)).status, 200);
  for (let times = 0; times < 3; times += 1) assert.equal((await sendAs(consumer, message)).problem, "replayed");
  assert.equal((await sendAs(consumer, forged(consumer))).status, 200);
  assert.equal((await sendAs(consumer, forged(consumer))).problem, "quota-exhausted");
  // A bucket once made holds what it held; what comes for the later tests of this file flows in at once.
  assert.ok((await rights.change(right!.id, { quota: { requests: 1_000_000, per: "second" } })).ok);
});

test("a tampered message is refused, recorded, and does not use up the exchange id", async () => {
  const requestId = uuidV4();
  const message = forged(consumer, { requestId });
  const body = Buffer.from('{"id":"A700000002"}');
  const refused = { status: 401, problem: "call-signature-invalid" };
  assert.deepEqual(await sendAs(consumer, { ...message, body }), {
    ...refused,
    status: 400,
    reason: "digest-mismatch",
  });
  const rawTarget = message.rawTarget.replace("open", "closed");
  assert.deepEqual(await sendAs(consumer, { ...message, rawTarget }), { ...refused, reason: "signature-invalid" });
  const headers = message.headers.filter(([name]) => name !== "signature");
  assert.equal((await sendAs(consumer, { ...message, headers })).problem, "call-signature-invalid");
  const late: Clock = { now: () => new Date(clock.now().getTime() - 100_000) };
  assert.deepEqual(await sendAs(consumer, forged(consumer, { clock: late })), {
    ...refused,
    reason: "signature-expired",
  });
  assert.equal((await logged(provider)).at(-1)?.["out"], "call-signature-invalid");
  assert.equal((await sendAs(consumer, message)).status, 200);
});

test("a signed message whose body breaks off, or is not what it promised, is refused and recorded, and never called", async () => {
  const message = forged(consumer);
  async function* cut(): AsyncGenerator<Uint8Array> {
    yield message.body as Uint8Array;
    throw new Error("cut");
  }
  const body = { digest: { sha512: new Uint8Array(64), length: 100 }, read: cut };
  await assert.rejects(sendAs(consumer, { ...message, body }), { reason: "unreachable" });
  for (let tries = 0; tries < 50 && (await logged(provider)).at(-1)?.["out"] !== "body-incomplete"; tries += 1)
    await new Promise((next) => setTimeout(next, 20));
  assert.equal((await logged(provider)).at(-1)?.["out"], "body-incomplete");
  assert.equal((await sendAs(consumer, message)).problem, "replayed", "the id is used up: it was a member's own");
  const long = forged(consumer, { body: Buffer.alloc(2_000_000, " ") });
  assert.equal((await sendAs(consumer, { ...long, body: Buffer.alloc(2_000_000, "x") })).reason, "digest-mismatch");
});

test("a member cannot speak for another, nor through another's gateway", async () => {
  const asPortal = await sendAs(stranger, forged(stranger));
  assert.deepEqual([asPortal.problem, asPortal.reason], ["call-signature-invalid", "signed-by-another-member"]);
  assert.equal((await sendAs(stranger, forged(consumer))).problem, "peer-untrusted");
});

test("a peer without a certificate of this country does not come in", async () => {
  const { body, peer } = configured();
  const key = freshKey().export({ type: "pkcs8", format: "pem" }).toString();
  const pool = openPeerPool(() => ({ key, cert: "", ca: body.certificateAuthority }));
  await assert.rejects(pool.send(peer, forged(consumer)), { reason: "unreachable" });
  await pool.close();
});

test("with the hard expiry past, an authentic message is refused too", async () => {
  clock.advance(73 * 3_600_000);
  assert.equal((await sendAs(consumer, forged(consumer))).problem, "configuration-expired");
});
