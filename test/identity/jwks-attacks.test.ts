import "reflect-metadata";
import assert from "node:assert/strict";
import dns from "node:dns";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, mock, test } from "node:test";
import tls from "node:tls";
import * as x509 from "@peculiar/x509";
import { exportJWK } from "jose";
import { assertion, post } from "./provider-raw.ts";
import { providerSite, type ProviderSite, type TestClient } from "./provider-site.ts";

/** A relying party's server, which counts who asks it. */
async function server(answer: RequestListener): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const listening = createServer((request, response) => {
    asked.push(String(request.url));
    answer(request, response);
  });
  await new Promise<void>((done) => listening.listen(0, "127.0.0.1", done));
  after(() => {
    listening.closeAllConnections();
    listening.close();
  });
  return { port: (listening.address() as AddressInfo).port, asked };
}

/** A client whose keys are to be fetched; answers how its request ended, and how long that took. */
async function request(site: ProviderSite, jwksUri: string, rp?: TestClient): Promise<{ status: number; ms: number }> {
  const of = rp ?? (await site.addClient({ profile: "fapi", keyed: false, metadata: { jwksUri } }));
  const proof = await assertion(site, of);
  const from = performance.now();
  const { status } = await post(site, "/request", { client_id: of.id, ...proof });
  return { status, ms: performance.now() - from };
}

const invented = await providerSite();
const real = await providerSite({ demonstration: false });

test("keys that come slowly, without end, or from elsewhere are not waited for", async () => {
  const slow = await server((_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const drip = setInterval(() => response.write(" "), 100);
    response.on("close", () => clearInterval(drip));
  });
  const silent = await server(() => undefined);
  let sent = 0;
  const huge = await server((_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const more = (): void => {
      while (!response.destroyed && sent < 200_000_000) {
        sent += 65_536;
        if (!response.write(Buffer.alloc(65_536, 32))) return void response.once("drain", more);
      }
      response.end("{}");
    };
    more();
  });
  const inside = await server((_, response) => response.end('{"keys":[]}'));
  const leads = await server((_, response) =>
    response.writeHead(302, { location: `http://127.0.0.1:${inside.port}/` }).end(),
  );
  for (const { port, asked } of [slow, silent, huge, leads]) {
    const { status, ms } = await request(invented, `http://127.0.0.1:${port}/jwks`);
    assert.equal(status, 401);
    assert.ok(ms < 6_000, `${Math.round(ms)} ms`);
    assert.ok(asked.length > 0, "it was asked at all");
  }
  assert.ok(sent < 20_000_000, `${sent} bytes of the huge one were taken`);
  assert.deepEqual(inside.asked, [], "nobody is followed elsewhere");
});

test("a name that leads inside the house is not asked, whatever it says at the first look", async () => {
  const inside = await server((_, response) => response.end('{"keys":[]}'));
  const looks: string[] = [];
  const lookup = dns.lookup.bind(dns);
  mock.method(dns, "lookup", ((host: string, options: object, done: (...answer: unknown[]) => void) => {
    if (!host.endsWith(".rebind.test")) return lookup(host, options, done as never);
    looks.push(host);
    // A public address first, then the loopback one: what a rebinding name server answers.
    const address = looks.length === 1 && host.startsWith("later") ? "192.0.2.1" : "127.0.0.1";
    const { all } = options as { all?: boolean };
    return all ? done(null, [{ address, family: 4 }]) : done(null, address, 4);
  }) as never);
  try {
    for (const host of [
      "at-once.rebind.test",
      "later.rebind.test",
      "localhost",
      "127.0.0.1",
      "0.0.0.0",
      "[::ffff:127.0.0.1]",
    ]) {
      const uri = `http://${host}:${inside.port}/jwks`;
      const rp = await real.addClient({ profile: "fapi", keyed: false, metadata: { jwksUri: uri } });
      for (let round = 0; round < 2; round += 1) assert.equal((await request(real, uri, rp)).status, 401, host);
    }
    assert.deepEqual(inside.asked, []);
    assert.ok(looks.length >= 2, "the names were looked up");
  } finally {
    mock.restoreAll();
  }
});

test("an agency's host that the operator named is reached inside the network, by https alone", async () => {
  const names = { hash: "SHA-256", name: "ECDSA", namedCurve: "P-256" } as const;
  const keys = await crypto.subtle.generateKey(names, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=keys.agency.test",
    keys,
    signingAlgorithm: names,
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "keys.agency.test" }]),
      new x509.BasicConstraintsExtension(true, 0, true),
    ],
  });
  const pem = certificate.toString("pem");
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  let jwks = "";
  const agency = createTlsServer({ key, cert: pem }, (_, response) => response.end(jwks));
  await new Promise<void>((done) => agency.listen(0, "127.0.0.1", done));
  after(() => {
    agency.closeAllConnections();
    agency.close();
  });
  const before = tls.getCACertificates("default");
  tls.setDefaultCACertificates([...before, pem]);
  const lookup = dns.lookup.bind(dns);
  mock.method(dns, "lookup", ((host: string, options: { all?: boolean }, done: (...answer: unknown[]) => void) => {
    if (host !== "keys.agency.test") return lookup(host, options, done as never);
    return options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
  }) as never);
  try {
    const { port } = agency.address() as AddressInfo;
    const allowed = await providerSite({ demonstration: false, agencyHosts: ["keys.agency.test"] });
    const client = async (site: ProviderSite, scheme: string) => {
      const jwksUri = `${scheme}://keys.agency.test:${port}/jwks`;
      const rp = await site.addClient({ profile: "fapi", keyed: false, metadata: { jwksUri } });
      const { d: _, ...jwk } = await exportJWK(rp.key);
      jwks = JSON.stringify({ keys: [{ ...jwk, kid: "k1", alg: "ES256", use: "sig" }] });
      return (await request(site, jwksUri, rp)).status;
    };
    assert.notEqual(await client(allowed, "https"), 401, "the client is who it says: its keys were fetched");
    assert.equal(await client(real, "https"), 401, "where nobody named the host");
    assert.equal(await client(allowed, "http"), 401, "nor without TLS");
  } finally {
    mock.restoreAll();
    tls.setDefaultCACertificates(before);
  }
});
