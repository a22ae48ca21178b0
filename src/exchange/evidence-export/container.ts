import { createHash } from "node:crypto";
import { must, Refused } from "./findings.ts";
import { openZip, type RandomAccess, type ZipEntry } from "./zip-read.ts";

export type DigestName = "sha256" | "sha384" | "sha512";

/** The files of one container, each read at most once for each question. */
export interface Container {
  readonly names: ReadonlySet<string>;
  has(name: string): boolean;
  size(name: string): number;
  /** Whole, up to a limit. */
  bytes(name: string, limit?: number): Promise<Buffer>;
  /** Over the content as a stream: memory does not grow with it. */
  digest(name: string, hash: DigestName): Promise<Buffer>;
}

/** A media type as `mimetype` and the ZIP comment spell it. @see EN 319 162-1 section 4.4 */
export const mediaType = "application/vnd.etsi.asic-e+zip";

/** Bytes of a file that is read whole: XML, records, signature bases. */
const usualLimit = 4 * 1024 ** 2;

/** Opens a container: a strict ZIP file whose `mimetype` says ASiC-E. @throws {@link Refused} */
export async function openContainer(source: RandomAccess): Promise<Container> {
  const zip = await openZip(source);
  const entries = new Map<string, ZipEntry>(zip.entries.map((entry) => [entry.name, entry]));
  const digests = new Map<string, Promise<Buffer>>();
  const entry = (name: string): ZipEntry => {
    const found = entries.get(name);
    if (!found) throw new Refused("container-incomplete", name);
    return found;
  };
  const container: Container = {
    names: new Set(entries.keys()),
    has: (name) => entries.has(name),
    size: (name) => entry(name).size,
    bytes: (name, limit = usualLimit) => zip.bytes(entry(name), limit),
    digest(name, hash) {
      const key = `${hash} ${name}`;
      const known = digests.get(key);
      if (known) return known;
      const made = (async () => {
        const sum = createHash(hash);
        for await (const part of zip.stream(entry(name))) sum.update(part);
        return sum.digest();
      })();
      digests.set(key, made);
      return made;
    },
  };
  must(container.has("mimetype"), "container-incomplete", "mimetype");
  must((await container.bytes("mimetype", 100)).toString("latin1") === mediaType, "mimetype-wrong", "mimetype");
  const comment = zip.comment === "" || zip.comment === `mimetype=${mediaType}`;
  must(comment, "mimetype-wrong", "the ZIP comment says something else");
  return container;
}
