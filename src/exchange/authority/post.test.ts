import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { after } from "node:test";
import { freePort } from "#kernel";
import { openGateway } from "../gateway/gateway.ts";
import { testAuthority, testFolder, testGateway, testMember } from "../testing.ts";
import { postToAuthority } from "./post.ts";

const heard: string[] = [];
/** Says yes to everything. */
const mirror = createServer((incoming, outgoing) => {
  heard.push(`${incoming.method} ${incoming.url}`);
  outgoing.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify({ certificate: "mine" }));
});
const redirecting = createServer((incoming, outgoing) => {
  outgoing.writeHead(307, { location: `${mirrorUrl}${incoming.url}` }).end();
});
for (const server of [mirror, redirecting]) {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  after(() => server.close());
}
const urlOf = (server: typeof mirror): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const mirrorUrl = urlOf(mirror);

test("an invitation is shown to the authority only: no mirror gets it while the authority is away, nobody by a redirect", async () => {
  const at = await testAuthority();
  const { options } = await testGateway(at, { member: testMember("MOI"), subsystems: ["a"], services: [] });
  const first = { ...options, keysFolder: testFolder(), serverCode: "gw2", authorityMirrors: [mirrorUrl] };
  const away = { ...first, authorityUrl: `http://127.0.0.1:${await freePort()}` };
  await assert.rejects(openGateway(away), { code: "authority-unreachable" });
  await assert.rejects(openGateway({ ...first, authorityUrl: urlOf(redirecting) }), { code: "authority-unreachable" });
  assert.deepEqual([...new Set(heard)], ["GET /configuration"]);
});

test("what is no answer of an authority is none", async () => {
  for (const body of ["null", "7", "no JSON", `{"a":"${"x".repeat(5 * 1024 * 1024)}"}`]) {
    const server = createServer((_, outgoing) => outgoing.end(body));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    assert.equal(await postToAuthority(urlOf(server), "/requests", "text"), undefined);
    server.close();
    server.closeAllConnections();
  }
});
