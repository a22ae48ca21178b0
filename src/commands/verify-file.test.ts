import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { after, mock, test } from "node:test";
import { systemClock } from "#kernel";
import { formatPolicy, generateLogKey, logVkey, openLog, openTimeStampAnchor } from "#ledger";
import { testDatabase } from "#store/testing";
import { verifyFile, type VerifyFileOptions } from "./verify-file.ts";

const folder = mkdtempSync(join(tmpdir(), "taroko-verify-file-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const openssl = (words: string): Buffer => execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "pipe" });

/** What the command says and how it ends. */
async function verify(options: Partial<VerifyFileOptions>): Promise<{ status: number; said: string }> {
  const said: string[] = [];
  for (const channel of ["log", "error"] as const) mock.method(console, channel, (text: string) => said.push(text));
  try {
    const status = await verifyFile(at("receipt.json"), { policy: at("policy.txt"), ...options });
    return { status, said: said.join("\n") };
  } finally {
    mock.restoreAll();
  }
}

const skip = spawnSync("openssl", ["version"]).status === 0 ? false : "the openssl program is not installed";

test("the command says when at the latest an entry was recorded, or why it cannot", { skip }, async () => {
  const ec = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
  openssl(`req -x509 ${ec} -days 9 -subj /CN=Root -addext keyUsage=keyCertSign -keyout root.key -out root.pem`);
  openssl(`req -new ${ec} -subj /CN=Stamps -keyout tsa.key -out tsa.csr`);
  writeFileSync(at("tsa.ext"), "extendedKeyUsage=critical,timeStamping");
  openssl("x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -days 9 -extfile tsa.ext -out tsa.pem");
  const settings = "serial=serial\nsigner_digest=sha256\ndefault_policy=1.2.3\ndigests=sha256\ness_cert_id_alg=sha256";
  writeFileSync(at("tsa.conf"), `[tsa]\ndefault_tsa=one\n[one]\n${settings}\n`);
  writeFileSync(at("serial"), "01");
  const server = createServer((request, response) => {
    void (async () => {
      writeFileSync(at("query"), await buffer(request));
      openssl("ts -reply -config tsa.conf -queryfile query -signer tsa.pem -inkey tsa.key -out reply");
      response.writeHead(200, { "content-type": "application/timestamp-reply" }).end(readFileSync(at("reply")));
    })();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  after(() => server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;

  const origin = "log.example/verify-file";
  const key = generateLogKey(origin);
  const database = await testDatabase();
  const anchors = [openTimeStampAnchor({ name: "tsa", url, roots: readFileSync(at("root.pem"), "utf8") })];
  const log = await openLog({ database, origin, key, clock: systemClock, anchors, anchorEveryMs: 20 });
  const c32 = Buffer.alloc(32, 1).toString("base64url");
  const about = { member: "TW/GOV/A05", service: "assistive-devices", cas: c32, sub: c32, rec: c32 };
  log.start();
  const entry = { v: 1, t: "case.event", at: "2026-11-22T08:00:00Z", kind: "decided", ...about } as const;
  await log.wait(await log.append(database, entry), "witnessed", 4000);
  while ((await log.status()).anchors[0]?.newest === undefined) await new Promise((wake) => setTimeout(wake, 10));
  await log.stop();
  await log.publishTo(at("log"));
  writeFileSync(at("receipt.json"), JSON.stringify(await log.receiptAt(0n)));
  writeFileSync(at("policy.txt"), formatPolicy({ logs: [logVkey(key)], witnesses: [], quorum: 0 }));

  const good = await verify({ anchors: at("log"), anchorRoots: at("root.pem") });
  assert.equal(good.status, 0, good.said);
  assert.match(good.said, /\n {2}recorded {3}at the latest 20\S+Z, says Stamps \(tsa, of 1 entries\)\n/);
  const json = await verify({ anchors: at("log"), anchorRoots: at("root.pem"), json: true });
  assert.equal((JSON.parse(json.said) as { anchored: { name: string }[] }).anchored[0]?.name, "tsa");
  const alone = await verify({});
  assert.ok(alone.status === 0 && !alone.said.includes("recorded"), "without --anchors nothing is asked");

  assert.deepEqual(
    [
      (await verify({ anchors: at("log") })).status,
      (await verify({ anchors: at("log"), anchorRoots: at("x") })).status,
    ],
    [2, 2],
  );
  openssl(`req -x509 ${ec} -days 9 -subj /CN=Root -addext keyUsage=keyCertSign -keyout x.key -out stranger.pem`);
  const stranger = await verify({ anchors: at("log"), anchorRoots: at("stranger.pem") });
  assert.equal(stranger.status, 1);
  assert.match(stranger.said, /^NOT verified: time: tsa: /);
});

test("what is no receipt or no container is said in words, with nothing of its content", () => {
  const cli = new URL("../cli.ts", import.meta.url).pathname;
  const run = (...words: readonly string[]): { readonly status: number | null; readonly said: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], { cwd: folder, encoding: "utf8" });
    return { status, said: stdout + stderr };
  };
  writeFileSync(at("people.csv"), "number,name\nA700000001,Lin\n");
  writeFileSync(at("text.json"), '"a text"');
  writeFileSync(at("packed.asice"), "PK\u0003\u0004");
  for (const [words, expected] of [
    [["verify", "none.json"], /^There is no file none\.json\.\n$/],
    [["verify", "."], /^\. is a folder/],
    [["verify", "people.csv"], /^people\.csv is no receipt: a receipt is the JSON file/],
    [["verify", "text.json"], /^text\.json is no receipt/],
    [["verify", "packed.asice"], /npx taroko evidence verify packed\.asice/],
    [["evidence", "verify", "none.asice"], /^There is no file none\.asice\.\n$/],
    [["evidence", "verify", "."], /^\. is a folder/],
    [["evidence", "verify", "people.csv"], /^people\.csv is no container/],
    [["evidence", "verify", "packed.asice", "--trust", "none.xml"], /There is no file none\.xml/],
  ] as const) {
    const { status, said } = run(...words);
    assert.equal(status, 2, words.join(" "));
    assert.match(said, expected);
    assert.doesNotMatch(said, /ENOENT|EISDIR|Unexpected|A7|^\s+at /m);
  }
  assert.equal(run("evidence", "verify", "packed.asice").status, 1, "a container that was cut off is not sound");
});
