import { createHash } from "node:crypto";
import { mediaType } from "./container.ts";
import { bytesOf } from "./export.ts";
import { bufferAccess } from "./open-file.ts";
import { openZip } from "./zip-read.ts";
import { writeZip, type ZipContent } from "./zip-write.ts";
import { sealFiles, type SealIdentity } from "./xades-write.ts";

/** Files of a container by name, in order; for tests that change them. */
export type Files = Map<string, Buffer>;

export async function unpackedFiles(bytes: Buffer): Promise<Files> {
  const zip = await openZip(bufferAccess(bytes));
  const files: Files = new Map();
  for (const entry of zip.entries) files.set(entry.name, await zip.bytes(entry, 64 * 1024 ** 2));
  return files;
}

export function packedFiles(files: Iterable<readonly [string, ZipContent]>): Promise<Buffer> {
  const entries = (async function* () {
    yield* files;
  })();
  return bytesOf({ bytes: writeZip(entries, `mimetype=${mediaType}`) });
}

/** Seals changed files again, as a member would who wants others to believe something else. */
export async function resealed(files: Files, identity: SealIdentity): Promise<Buffer> {
  const contents = [...files].filter(([name]) => name !== "mimetype" && !name.startsWith("META-INF/"));
  const listed = contents.map(([name, content]) => ({
    name,
    mediaType: "application/octet-stream",
    sha512: createHash("sha512").update(content).digest(),
  }));
  const signatures = await sealFiles(listed, identity, new Date());
  return packedFiles([
    ["mimetype", Buffer.from(mediaType)],
    ...contents,
    ["META-INF/signatures.xml", signatures],
  ] as const);
}
