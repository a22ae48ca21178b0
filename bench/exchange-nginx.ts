import "reflect-metadata";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import * as x509 from "@peculiar/x509";
import { freePort } from "#kernel";
import { startProgram, type Running } from "./exchange-processes.ts";

const run = promisify(execFile);

/** Two nginx in a row with what a gateway's hop has, and nothing of what a gateway adds: mutual TLS 1.3, keep-alive. */
export interface NginxChain {
  readonly url: string;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** Starts the chain before a service, with so many worker processes each. Nothing, if this machine has no nginx. */
export async function startNginx(
  folder: string,
  servicePort: number,
  workers: number,
): Promise<NginxChain | undefined> {
  try {
    await run("nginx", ["-v"]);
  } catch {
    return undefined;
  }
  const [inner, outer] = [await freePort(), await freePort()];
  const own = join(folder, `nginx-${outer}`);
  mkdirSync(own, { recursive: true });
  chmodSync(own, 0o755);
  await writeCertificates(own);
  const provider = await startOne(own, "provider", workers, [
    `upstream service { server 127.0.0.1:${servicePort}; keepalive 64; keepalive_requests 1000000; }`,
    "server {",
    `  listen 127.0.0.1:${inner} ssl;`,
    ...certificate("ssl", own, "provider"),
    `  ssl_client_certificate ${own}/ca.pem; ssl_verify_client on;`,
    "  location / { proxy_pass http://service; }",
    "}",
  ]);
  const consumer = await startOne(own, "consumer", workers, [
    `upstream peer { server 127.0.0.1:${inner}; keepalive 64; keepalive_requests 1000000; }`,
    "server {",
    `  listen 127.0.0.1:${outer};`,
    ...certificate("proxy_ssl", own, "consumer"),
    `  proxy_ssl_trusted_certificate ${own}/ca.pem; proxy_ssl_verify on; proxy_ssl_name provider.example;`,
    "  location / { proxy_pass https://peer; }",
    "}",
  ]);
  return {
    url: `http://127.0.0.1:${outer}`,
    pids: [consumer.pid, provider.pid],
    stop: async () => {
      await consumer.stop();
      await provider.stop();
    },
  };
}

const certificate = (prefix: string, folder: string, name: string): string[] => [
  `  ${prefix}_protocols TLSv1.3;`,
  `  ${prefix}_certificate ${folder}/${name}.pem; ${prefix}_certificate_key ${folder}/${name}.key;`,
];

function startOne(folder: string, name: string, workers: number, site: readonly string[]): Promise<Running> {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (what) => `${what}_temp_path ${folder}/${name}-${what};`,
  );
  const text = [
    `worker_processes ${workers}; daemon off; master_process on; pid ${folder}/${name}.pid; error_log stderr error;`,
    ...(process.getuid?.() === 0 ? ["user root;"] : []),
    "events { worker_connections 1024; }",
    "http {",
    "access_log off; keepalive_timeout 120s; keepalive_requests 1000000; client_max_body_size 0;",
    'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_max_temp_file_size 0;',
    ...temporary,
    ...site,
    "}",
  ];
  const file = join(folder, `${name}.conf`);
  writeFileSync(file, text.join("\n"));
  // nginx says nothing when it is ready; it listens before it forks its workers.
  return startProgram("sh", ["-c", `(sleep 0.3; echo '{"running":"nginx"}') & exec nginx -p ${folder} -c ${file}`]);
}

/** A certificate authority and the two certificates it issued, P-256, for a day. */
async function writeCertificates(folder: string): Promise<void> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const dates = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 86_400_000) };
  const keys = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const authority = await keys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...dates,
    serialNumber: "01",
    name: "CN=bench",
    signingAlgorithm: algorithm,
    keys: authority,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  writeFileSync(join(folder, "ca.pem"), root.toString("pem"));
  for (const [at, name] of ["provider", "consumer"].entries()) {
    const own = await keys();
    const issued = await x509.X509CertificateGenerator.create({
      ...dates,
      serialNumber: `0${at + 2}`,
      subject: `CN=${name}.example`,
      issuer: root.subject,
      signingAlgorithm: algorithm,
      publicKey: own.publicKey,
      signingKey: authority.privateKey,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: `${name}.example` }])],
    });
    writeFileSync(join(folder, `${name}.pem`), issued.toString("pem"));
    const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", own.privateKey));
    const pem = `-----BEGIN PRIVATE KEY-----\n${der.toString("base64")}\n-----END PRIVATE KEY-----\n`;
    writeFileSync(join(folder, `${name}.key`), pem, { mode: 0o600 });
  }
}
