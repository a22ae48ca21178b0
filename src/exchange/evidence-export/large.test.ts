import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import test from "node:test";
import { makeCertificateAuthority } from "../authority/certificates.ts";
import { mediaType } from "./container.ts";
import { verifyEvidenceFile } from "./evidence-files.ts";
import { sealFiles } from "./xades-write.ts";
import { writeZip } from "./zip-write.ts";

const size = 160 * 1024 ** 2;

test("a container with an attachment of 160 MiB is written and checked in memory that does not grow with it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "taroko-evidence-"));
  try {
    const path = join(folder, "large.asice");
    const sha512 = createHash("sha512");
    const piece = Buffer.alloc(1024 ** 2);
    const attachment = async function* (): AsyncGenerator<Buffer> {
      for (let written = 0; written < size; written += piece.length) {
        piece.writeUInt32LE(written >>> 0, written % 4096);
        piece.fill(createHash("sha256").update(piece).digest(), 8192);
        sha512.update(piece);
        yield Buffer.from(piece);
      }
    };
    const { cert } = await makeCertificateAuthority("TW", new Date());
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const message = Buffer.from(
      "GET\r\n/r1/TW/GOV/REG/people/open\r\nx-road-client:TW/GOV/PORTAL/app\r\nx-road-id:1\r\n",
    );
    const entries = async function* (): AsyncGenerator<readonly [string, Buffer | AsyncIterable<Buffer>]> {
      yield ["mimetype", Buffer.from(mediaType)];
      yield ["message.xml", message];
      yield ["attachment1", attachment()];
      const files = [
        { name: "message.xml", mediaType: "text/xml", sha512: createHash("sha512").update(message).digest() },
        { name: "attachment1", mediaType: "application/octet-stream", sha512: sha512.digest() },
      ];
      const certificate = new X509Certificate(cert);
      yield ["META-INF/signatures.xml", await sealFiles(files, { key: privateKey, certificate }, new Date())];
    };
    const highest = { bytes: 0 };
    const watch = setInterval(() => {
      highest.bytes = Math.max(highest.bytes, process.memoryUsage().arrayBuffers);
    }, 5);
    await pipeline(writeZip(entries(), ""), createWriteStream(path));
    // The certificate belongs to another key: the digests are right, the signature is not.
    const verdict = await verifyEvidenceFile(path, {});
    clearInterval(watch);
    assert.deepEqual(
      verdict.findings.map(({ code }) => code),
      ["signature-invalid"],
    );
    assert.ok(highest.bytes < 120 * 1024 ** 2, `${highest.bytes} bytes`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
