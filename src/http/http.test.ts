import assert from "node:assert/strict";
import { test } from "node:test";
import { listen, preferredLanguage, problemJson, refusalOf } from "#http";
import { problemTable } from "#kernel";

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
