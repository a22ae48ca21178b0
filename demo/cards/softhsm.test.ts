import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { authenticationBytes, beginSignIn, finishSignIn } from "#identity";
import { cardCountry, otherOrigin, portalOrigin } from "./testing.ts";

/** Where distributions put SoftHSM's PKCS#11 module. */
const pkcs11Module = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib64/softhsm/libsofthsm2.so",
  "/opt/homebrew/lib/softhsm/libsofthsm2.so",
].find((path) => existsSync(path));

function missing(): string | false {
  if (!pkcs11Module) return "SoftHSM is not installed (Debian: apt-get install softhsm2 opensc)";
  const there = ["softhsm2-util", "pkcs11-tool"].every(
    (tool) => !spawnSync(tool, ["--help"], { stdio: "ignore" }).error,
  );
  return there ? false : "softhsm2-util or pkcs11-tool is not installed (Debian: apt-get install softhsm2 opensc)";
}

const skip = missing();
const folder = mkdtempSync(join(tmpdir(), "taroko-softhsm-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

/** A token behind PKCS#11, as a smart card is: the key is made inside and never leaves. */
function makeToken(): void {
  mkdirSync(at("tokens"));
  writeFileSync(at("softhsm2.conf"), `directories.tokendir = ${at("tokens")}\nlog.level = ERROR\n`);
  run("softhsm2-util", "--init-token", "--free", "--label", "card", "--pin", "1111", "--so-pin", "12345678");
  pkcs11("--keypairgen", "--key-type", "EC:secp384r1", "--label", "authentication", "--id", "01");
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { env: { ...process.env, SOFTHSM2_CONF: at("softhsm2.conf") }, encoding: "utf8" });
}

const pkcs11 = (...args: string[]) =>
  run("pkcs11-tool", "--module", pkcs11Module!, "--token-label", "card", "--login", "--pin", "1111", ...args);

test("a card behind PKCS#11 signs in as any other does", { skip }, async () => {
  makeToken();
  const country = await cardCountry({ responder: true });
  // Listed, not read out: OpenSC 0.23 cannot write an EC key into a file with OpenSSL 3.
  const listed = pkcs11("--list-objects", "--type", "pubkey", "--id", "01");
  const point = Buffer.from(/EC_POINT:\s+0461(04[0-9a-f]{192})/.exec(listed)?.[1] ?? "", "hex");
  const publicKey = await crypto.subtle.importKey("raw", point, { name: "ECDSA", namedCurve: "P-384" }, true, [
    "verify",
  ]);
  const holder = { nationalId: "A700000007", surname: "林", givenName: "硬體" };
  const certificates = await country.enrol("softhsm", holder, publicKey);
  writeFileSync(at("certificate.der"), certificates.authentication);
  pkcs11("--write-object", at("certificate.der"), "--type", "cert", "--id", "01", "--label", "authentication");
  pkcs11("--read-object", "--type", "cert", "--id", "01", "--output-file", at("read.der"));

  const signIn = async (origin: string) => {
    const { browser, challenge } = await beginSignIn(country.identity);
    // As with most cards, the reader's software hashes and the chip signs the hash.
    const bytes = authenticationBytes("sha384", origin, challenge);
    writeFileSync(at("hash"), createHash("sha384").update(bytes).digest());
    const files = ["--input-file", at("hash"), "--output-file", at("signature")];
    pkcs11("--sign", "--id", "01", "--mechanism", "ECDSA", "--signature-format", "rs", ...files);
    const token = JSON.stringify({
      format: "web-eid:1.0",
      algorithm: "ES384",
      signature: readFileSync(at("signature")).toString("base64"),
      unverifiedCertificate: readFileSync(at("read.der")).toString("base64"),
      appVersion: "https://example.org/test",
    });
    const result = await finishSignIn(country.identity, { browser, token });
    return result.ok ? result.value.session.person.name : result.error.code;
  };
  assert.equal(await signIn(portalOrigin), "林硬體");
  assert.equal(await signIn(otherOrigin), "token-invalid", "made for another site");
  await country.authority.revoke("softhsm", "lost");
  assert.equal(await signIn(portalOrigin), "card-revoked");
});
