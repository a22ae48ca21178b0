import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import test, { after } from "node:test";
import { freePort } from "#kernel";
import { openBodies, type BodySource } from "./body/receive.ts";
import { openSpool, type Spool } from "./body/spool.ts";
import { digestOf, inMemory, lengthOf, wholeOf } from "./body/content.ts";
import { openGateway } from "./gateway/gateway.ts";
import { logged, named, testCountry, testFolder } from "./testing.ts";

const mebibyte = 1024 * 1024;

/** The same bytes every time, and more of them than anybody keeps. */
function* bytes(length: number, cut = Infinity): Generator<Buffer> {
  const block = Buffer.alloc(64 * 1024, "taroko ");
  for (let at = 0; at < length; at += block.length) {
    if (at >= cut) throw new Error("cut");
    yield block.subarray(0, Math.min(block.length, length - at));
  }
}

function sha512(parts: Iterable<Uint8Array>): string {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** An information system: tells of what it is sent the length and digest, and answers as many bytes as it is asked for. */
const system = createServer((incoming, outgoing) => {
  const hash = createHash("sha512");
  let length = 0;
  incoming.on("data", (part: Buffer) => {
    length += part.length;
    hash.update(part);
  });
  incoming.on("end", () => {
    const asked = new URL(incoming.url ?? "", "http://system").searchParams;
    if (asked.has("broken")) {
      outgoing.writeHead(200, { "content-type": "application/octet-stream", "content-length": 3 * mebibyte });
      outgoing.write(Buffer.alloc(2 * mebibyte), () => outgoing.destroy());
    } else if (asked.has("size")) {
      const type = asked.get("type") ?? "application/octet-stream";
      outgoing.writeHead(200, { "content-type": type, "content-length": asked.get("size")! });
      Readable.from(bytes(Number(asked.get("size")))).pipe(outgoing);
    } else {
      outgoing.writeHead(200, { "content-type": "application/json" });
      outgoing.end(JSON.stringify({ length, sha512: hash.digest("hex") }));
    }
  });
});
await new Promise<void>((done) => system.listen(0, "127.0.0.1", done));
after(() => {
  system.close();
  system.closeAllConnections();
});
const url = `http://127.0.0.1:${(system.address() as AddressInfo).port}`;

const files = { subsystem: "people", code: "files", title: named("Files"), endpoints: [], target: { url } };
const narrow = { ...files, code: "narrow" };
const { consumer, provider } = await testCountry({
  services: [
    files,
    narrow,
    { ...files, code: "closed" },
    { ...files, code: "inside", target: { call: async () => ({ status: 200, headers: [], body: Buffer.from("x") }) } },
    { ...files, code: "subject", subject: { from: "body", pointer: "/id" } },
  ],
  grants: [
    { serviceCode: "files" },
    { serviceCode: "narrow", fields: ["id"] },
    { serviceCode: "inside" },
    { serviceCode: "subject" },
  ],
});

interface Sent {
  readonly agencyUrl?: string;
  readonly body?: Iterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly expects?: boolean;
}

/** Calls as a system does that streams both ways; answers the status, the length and digest of what came, and its start. */
function call(service: string, path: string, o: Sent = {}) {
  return new Promise<{ status: number; length: number; sha512: string; said: Record<string, string> }>((done, fail) => {
    const outgoing = httpRequest(`${o.agencyUrl ?? consumer.agencyUrl}/r1/TW/GOV/REG/people/${service}${path}`, {
      method: o.body ? "POST" : "GET",
      agent: false,
      headers: { "x-road-client": "TW/GOV/PORTAL/app", "content-type": "application/octet-stream", ...o.headers },
    });
    outgoing.on("error", fail);
    outgoing.on("response", (answer: IncomingMessage) => {
      const hash = createHash("sha512");
      let length = 0;
      let start = "";
      answer.on("data", (part: Buffer) => {
        length += part.length;
        hash.update(part);
        if (start.length < 2000) start += part.toString("latin1");
      });
      answer.on("error", fail);
      answer.on("end", () => {
        const isJson = /json/.test(answer.headers["content-type"] ?? "") && length < 2000;
        const said = isJson ? (JSON.parse(start) as Record<string, string>) : {};
        done({ status: answer.statusCode ?? 0, length, sha512: hash.digest("hex"), said });
      });
    });
    if (o.body)
      Readable.from(o.body)
        .on("error", () => outgoing.destroy())
        .pipe(outgoing);
    else outgoing.end();
  });
}

const spoolOf = (of: typeof consumer): string[] => readdirSync(join(of.options.keysFolder, "spool"));

test("64 MiB pass up and down, signed and recorded, in memory that does not grow with them", async () => {
  const size = 64 * mebibyte;
  await call("files", "/warm", { body: bytes(4 * mebibyte) });
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
  const up = await call("files", "/up", { body: bytes(size), headers: { "content-length": size } });
  const down = await call("files", `/down?size=${size}`);
  clearInterval(watch);
  const digest = sha512(bytes(size));
  assert.deepEqual([up.status, up.said["length"], up.said["sha512"]], [200, size, digest]);
  assert.deepEqual([down.status, down.length, down.sha512], [200, size, digest]);
  // Four times 64 MiB went through three processes' worth of code in this one.
  assert.ok(most - before < 96 * mebibyte, `${((most - before) / mebibyte).toFixed(0)} MiB more`);
  const [mine, theirs] = [(await logged(consumer)).at(-1)!, (await logged(provider)).at(-1)!];
  assert.deepEqual([mine["pair"], mine["res"], mine["out"]], [theirs["pair"], theirs["res"], "200"]);
  assert.deepEqual([spoolOf(consumer), spoolOf(provider)], [[], []], "nothing has a name while it passes or after");
});

test("what a gateway must look into is refused above 16 MiB, and nothing goes out unseen", async () => {
  const size = 17 * mebibyte;
  const hidden = await call("narrow", `/down?size=${size}&type=application/json`);
  assert.equal(hidden.said["reason"], "fields-not-checkable");
  const body = bytes(size);
  assert.equal((await call("subject", "/x", { body })).said["problem"], "/problems/subject-invalid");
  const inside = await call("inside", "/v1/lookup", { body: bytes(size) });
  assert.equal(inside.said["problem"], "/problems/body-too-large");
  assert.equal((await call("narrow", `/down?size=${size}`)).said["reason"], "fields-not-checkable");
});

test("a service whose answer breaks off gets no answer out; both logs say so", async () => {
  const broken = await call("files", "/down?broken");
  assert.equal(broken.said["problem"], "/problems/service-unreachable");
  for (const side of [consumer, provider]) assert.equal((await logged(side)).at(-1)?.["out"], "service-unreachable");
});

test("a body that breaks off is no call: nothing is sent or recorded", async () => {
  const before = (await logged(consumer)).length;
  const sent = { body: bytes(8 * mebibyte, 4 * mebibyte), headers: { "content-length": 8 * mebibyte } };
  await assert.rejects(call("files", "/up", sent));
  assert.equal((await logged(consumer)).length, before);
});

test("a gateway's own limit refuses before a body is read; the provider's is refused by its gateway and recorded", async () => {
  const port = await freePort();
  const beside = { ...consumer.options, peer: { ...consumer.options.peer, port }, maxBody: 2 * mebibyte };
  const limited = await openGateway(beside);
  after(() => limited.close());
  const { agencyUrl } = await limited.listen();
  const size = 3 * mebibyte;
  for (const headers of [{ "content-length": size }, {}]) {
    const refused = await call("files", "/up", { agencyUrl, body: bytes(size), headers });
    assert.equal(refused.said["problem"], "/problems/body-too-large");
  }
  const answered = await call("files", `/down?size=${size}`, { agencyUrl });
  assert.equal(answered.said["problem"], "/problems/body-too-large", "an answer of that size neither");
});

test("a long body of a caller without a right stays outside the provider's gateway; both logs say so", async () => {
  const size = 24 * mebibyte;
  for (const headers of [{ "content-length": size }, {}]) {
    const refused = await call("closed", "/up", { body: bytes(size), headers });
    assert.deepEqual([refused.status, refused.said["reason"]], [500, "no-right-for-client"]);
    const [mine, theirs] = [(await logged(consumer)).at(-1)!, (await logged(provider)).at(-1)!];
    assert.deepEqual([mine["pair"], mine["req"], mine["out"]], [theirs["pair"], theirs["req"], "access-denied"]);
    assert.equal(theirs["out"], "access-denied");
    await provider.gateway.operation.collector.flush();
    const [record] = await provider.gateway.operation.latest(5, 1);
    assert.deepEqual([record?.decision, record?.requestSize], ["access-denied", undefined]);
  }
});

const source = (parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): BodySource =>
  Readable.from(parts, { objectMode: false });

test("up to 1 MiB stays in memory, a byte more is spooled; read again and again it is the same", async () => {
  const bodies = openBodies(await openSpool(testFolder()), { maxBody: Infinity });
  for (const [length, spooled] of [
    [0, false],
    [mebibyte, false],
    [mebibyte + 1, true],
    [5 * mebibyte + 7, true],
  ] as const) {
    const whole = randomBytes(length);
    const received = await bodies.receive(source([whole]));
    assert.ok(received.ok);
    assert.deepEqual([inMemory(received.value), lengthOf(received.value)], [!spooled, length]);
    const expected = createHash("sha512").update(whole).digest();
    assert.deepEqual(Buffer.from(digestOf(received.value).sha512), expected);
    for (let again = 0; again < 2; again += 1)
      assert.ok(Buffer.from((await wholeOf(received.value, Infinity))!).equals(whole));
  }
  await bodies.release();
});

test("a body that drips, breaks off, is too long, or finds the disk full: each told, each file gone", async () => {
  const folder = testFolder();
  const spool = await openSpool(folder);
  let closed = 0;
  let opened = 0;
  const counted = (append?: () => Promise<void>): Spool => ({
    async create() {
      opened += 1;
      const file = await spool.create();
      return { ...file, ...(append ? { append } : {}), close: () => ((closed += 1), file.close()) };
    },
  });
  const full = (): Promise<void> => Promise.reject(Object.assign(new Error("no space left"), { code: "ENOSPC" }));
  async function* dripping(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(2 * mebibyte);
    for (;;) {
      await new Promise((next) => setTimeout(next, 20));
      yield Buffer.from("x");
    }
  }
  const warned: unknown[] = [];
  for (const [fault, on, parts] of [
    ["too-slow", counted(), dripping()],
    ["broken-off", counted(), bytes(4 * mebibyte, 2 * mebibyte)],
    ["too-large", counted(), bytes(9 * mebibyte)],
    ["spool-failed", counted(full), bytes(4 * mebibyte)],
  ] as const) {
    const limits = { maxBody: 8 * mebibyte, paceMs: 200, paceBytes: 100, warn: (cause: unknown) => warned.push(cause) };
    const received = await openBodies(on, limits).receive(source(parts));
    assert.deepEqual(received, { ok: false, error: fault });
  }
  assert.deepEqual([opened, closed], [4, 4], "each file is let go at once");
  assert.equal((warned as { code: string }[])[0]?.code, "ENOSPC");
  const said = await openBodies(spool, { maxBody: 10 }).receive(source([]), 11);
  assert.deepEqual(said, { ok: false, error: "too-large" }, "by the length it promises alone");
});

test("a spool file holds nothing that can be read, has no name, and names that a kill left go at the next start", async () => {
  const folder = testFolder();
  const spool = await openSpool(folder);
  const file = await spool.create();
  assert.deepEqual(readdirSync(folder), [], "gone with its process, however that ends");
  await file.append(Buffer.alloc(mebibyte, "A700000001"));
  await file.finish();
  await file.close();
  const { writeFileSync } = await import("node:fs");
  writeFileSync(join(folder, "left.spool"), "");
  writeFileSync(join(folder, "other.txt"), "");
  await openSpool(folder);
  assert.deepEqual(readdirSync(folder), ["other.txt"]);
});

test("bytes after the promised length are no part of the call, and end the connection, not the gateway", async () => {
  const { port } = new URL(consumer.agencyUrl);
  const socket = connect(Number(port), "127.0.0.1");
  const head =
    "POST /r1/TW/GOV/REG/people/files/up HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Road-Client: TW/GOV/PORTAL/app\r\n";
  socket.write(`${head}Content-Length: 2\r\n\r\nokSMUGGLED / HTTP/9\r\n\r\n`);
  let said = "";
  for await (const part of socket) said += String(part);
  assert.match(said, /HTTP\/1\.1 400 /);
  const after = await call("files", "/up", { body: [Buffer.from("ok")] });
  assert.deepEqual([after.status, after.said["length"]], [200, 2]);
});

test("a spool leaves room on the disk for others, however much is sent", async () => {
  const spool = await openSpool(testFolder(), { reserve: Number.MAX_SAFE_INTEGER });
  const warned: unknown[] = [];
  const bodies = openBodies(spool, { maxBody: Infinity, warn: (cause) => warned.push(cause) });
  const short = await bodies.receive(Readable.from(bytes(mebibyte)));
  assert.ok(short.ok, "what stays in memory needs no room");
  const long = await bodies.receive(Readable.from(bytes(4 * mebibyte)));
  assert.deepEqual(long, { ok: false, error: "spool-failed" });
  assert.equal((warned as { code: string }[])[0]?.code, "ENOSPC");
});
