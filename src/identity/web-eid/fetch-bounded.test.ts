import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { fetchBounded, isPrivateAddress } from "./fetch-bounded.ts";

const server = createServer((request, response) => {
  if (request.url === "/moved") response.writeHead(302, { location: "/list" }).end();
  else if (request.url === "/slow") setTimeout(() => response.end("late"), 5_000).unref();
  else if (request.url === "/ask")
    request.on("data", (body) => response.end(`${request.method} ${request.headers["content-type"]} ${String(body)}`));
  else response.end("x".repeat(100));
});
await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
after(() => {
  server.close();
  server.closeAllConnections();
});
const port = (server.address() as AddressInfo).port;
const at = (path: string) => `http://127.0.0.1:${port}${path}`;

test("what an address in a certificate may not do", async () => {
  const limits = { maxBytes: 1000 };
  const open = { ...limits, allowPrivate: true };
  assert.equal((await fetchBounded(at("/list"), open)).length, 100);
  const fetching = async (url: string, options: Parameters<typeof fetchBounded>[1]) => fetchBounded(url, options);
  await assert.rejects(fetching("file:///etc/passwd", open), { code: "scheme" });
  await assert.rejects(fetching(at("/list"), limits), { code: "address-private" });
  await assert.rejects(fetching(`http://localhost:${port}/list`, limits), { code: "address-private" });
  await assert.rejects(fetching(at("/moved"), open), { code: "status 302" });
  await assert.rejects(fetching(at("/list"), { ...open, maxBytes: 99 }), { code: "too large" });
  const asking = { ...open, body: { type: "application/ocsp-request", bytes: Buffer.from("q") } };
  assert.equal(String(await fetchBounded(at("/ask"), asking)), "POST application/ocsp-request q");
  await assert.rejects(fetching(at("/ask"), { ...asking, answerType: "application/ocsp-response" }), { code: "type" });
  await assert.rejects(fetching(at("/slow"), { ...open, timeoutMs: 200 }), /abort|timeout/i);
});

test("which addresses are private", () => {
  for (const closed of [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "::1",
    "fd00::1",
    "::ffff:10.0.0.1",
  ])
    assert.ok(isPrivateAddress(closed), closed);
  for (const open of ["8.8.8.8", "172.32.0.1", "2001:4860:4860::8888"]) assert.ok(!isPrivateAddress(open), open);
});
