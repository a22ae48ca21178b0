import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { clientWentAway, listen, preferredLanguage, problemJson, rateLimit, refusalOf } from "#http";
import { problemTable } from "#kernel";
import { callerOf } from "./caller.ts";

const table = problemTable({
  "no-such-thing": {
    status: 404,
    title: { "zh-Hant": "找不到", en: "Not found" },
    action: { "zh-Hant": "請檢查網址。", en: "Check the address." },
    when: "the thing does not exist",
  },
});

test("a taken port is refused in words that name the port and the option", async () => {
  const first = await listen(() => new Response("hello"), { host: "127.0.0.1", port: 0, option: "--port" });
  assert.equal(await (await fetch(first.url)).text(), "hello");
  const port = Number(new URL(first.url).port);
  await assert.rejects(
    listen(() => new Response(), { host: "127.0.0.1", port, option: "--portal-port" }),
    (fault: Error & { code: string }) => {
      assert.equal(fault.code, "port-taken");
      assert.match(fault.message, new RegExp(`Port ${port} .*--portal-port`));
      return true;
    },
  );
  await first.close();
});

test("a body without a length, or a longer one than is taken, never reaches the handler", async () => {
  let asked = 0;
  const handler = (): Response => {
    asked += 1;
    return new Response();
  };
  const server = await listen(handler, { host: "127.0.0.1", port: 0, option: "--port", maxBody: 10 });
  const endless = new ReadableStream({ pull: (sink) => sink.enqueue(new Uint8Array(1000)) });
  const chunked = { method: "POST", body: endless, duplex: "half" } as RequestInit;
  assert.equal(await fetch(server.url, chunked).then(({ status }) => status), 411);
  assert.equal(await fetch(server.url, { method: "POST", body: "x".repeat(11) }).then(({ status }) => status), 413);
  assert.equal(asked, 0);
  assert.equal(await fetch(server.url, { method: "POST", body: "x".repeat(10) }).then(({ status }) => status), 200);
  await server.close();
});

test("a server that lists its names answers under those, addresses and localhost only", async () => {
  const server = await listen(() => new Response("hello"), {
    host: "127.0.0.1",
    port: 0,
    option: "--port",
    names: ["Desk.Example"],
  });
  const { port } = new URL(server.url);
  for (const [host, status] of [
    ["desk.example", 200],
    ["DESK.EXAMPLE:8080", 200],
    ["localhost", 200],
    ["127.0.0.1:9", 200],
    ["[::1]:9", 200],
    ["evil.example", 421],
    ["127.0.0.1.evil.example", 421],
    ["desk.example.evil.example", 421],
    ["user@localhost", 421],
  ] as const) {
    const sent = get({ host: "127.0.0.1", port, headers: { host } });
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    answer.resume();
    assert.equal(answer.statusCode, status, host);
  }
  await server.close();
});

test("a refusal becomes an RFC 9457 document, and an undeclared one is a fault", () => {
  const entry = refusalOf({ code: "no-such-thing" }, [{}, table]);
  assert.deepEqual(problemJson("no-such-thing", entry, { base: "https://portal.example", language: "en" }), {
    type: "https://portal.example/problems/no-such-thing",
    title: "Not found",
    status: 404,
    detail: "Check the address.",
  });
  assert.throws(() => refusalOf({ code: "other" }, [table]), { code: "problem-undeclared" });
});

test("the language is the person's choice, then the browser's, then Chinese", () => {
  assert.equal(preferredLanguage("en", "zh-TW"), "en");
  assert.equal(preferredLanguage(undefined, "fr, en-GB;q=0.8"), "en");
  assert.equal(preferredLanguage("xx", undefined), "zh-Hant");
});

test("an address has so many tries a minute, learns when the next may be, and leaves others theirs", () => {
  let now = 0;
  const limit = rateLimit(3, { now: () => now });
  assert.deepEqual(
    [1, 2, 3, 4].map(() => limit.take("a")),
    [0, 0, 0, 20],
  );
  assert.equal(limit.take("b"), 0);
  now = 19_000;
  assert.equal(limit.take("a"), 1);
  now = 20_000;
  assert.deepEqual([limit.take("a"), limit.take("a")], [0, 20]);
  now = 600_000;
  assert.deepEqual(
    [1, 2, 3, 4].map(() => limit.take("a")),
    [0, 0, 0, 20],
    "tries are not saved up beyond a minute's",
  );
});

test("the memory of a limit is bounded: the address seen longest ago goes first", () => {
  const limit = rateLimit(1, { most: 2, now: () => 0 });
  assert.deepEqual(
    ["a", "b", "a", "c"].map((from) => limit.take(from)),
    [0, 0, 60, 0],
  );
  assert.equal(limit.take("a"), 60, "it was seen after b");
  assert.equal(limit.take("b"), 0, "it was forgotten");
});

test("a caller is an address or a /64; only a proxy on the same machine speaks for another", () => {
  for (const [peer, forwarded, caller] of [
    ["203.0.113.7", undefined, "203.0.113.7"],
    ["203.0.113.7", "198.51.100.1", "203.0.113.7"],
    ["127.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["::ffff:127.0.0.1", "10.0.0.1, 198.51.100.1", "198.51.100.1"],
    ["::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["127.0.0.1", undefined, "127.0.0.1"],
    ["2001:db8::1", undefined, "2001:db8:0:0::/64"],
    ["2001:0db8:0:0:ffff::9", "x", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", undefined, "fe80:0:0:0::/64"],
    [undefined, undefined, ""],
  ] as const)
    assert.equal(callerOf(peer, forwarded), caller);
});

test("a request whose sender left is told from one that failed by itself", async () => {
  const { promise: seen, resolve } = Promise.withResolvers<boolean[]>();
  const handler = async (request: Request): Promise<Response> => {
    const early = clientWentAway(request, new Error("ours"));
    const fault = await request.text().catch((thrown: Error) => thrown);
    if (fault instanceof Error)
      resolve([early, clientWentAway(request, fault), clientWentAway(request, new Error("ours"))]);
    return new Response();
  };
  const server = await listen(handler, { host: "127.0.0.1", port: 0, option: "--port" });
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc", () =>
    setTimeout(() => socket.resetAndDestroy(), 50),
  );
  assert.deepEqual(await seen, [false, true, false]);
  await server.close();
});
