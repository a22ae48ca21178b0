import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdir, open, readdir, rm, statfs, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

/** Where bodies lie that are too long for memory. */
export interface Spool {
  /**
   * A file for one body: encrypted with a key that is nowhere but in this process, mode 0600, and without a name as soon
   * as it is open, so that it is gone with the process, however that ends.
   */
  create(): Promise<SpoolFile>;
}

/** Written once from front to back, then read as often as needed. */
export interface SpoolFile {
  /** Resolves when more may be given. @throws what the file system says, `ENOSPC` among it */
  append(chunk: Uint8Array): Promise<void>;
  /** No more will come. */
  finish(): Promise<void>;
  read(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Bytes that go to the disk, and come from it, at a time. */
const block = 256 * 1024;
const cipher = "aes-256-ctr";
/** Bytes that are written, over all files, between two looks at how much room there is. */
const lookEvery = 16 * 1024 * 1024;

/**
 * Opens a folder for spool files, of this process or of several. What a process left there with a name, killed between
 * making a file and taking its name away, is removed; it holds nothing.
 * @param reserve bytes that stay free for others on the disk, a database perhaps, however much is sent; 256 MiB unless told
 */
export async function openSpool(
  folder: string,
  { reserve = 256 * 1024 * 1024 }: { readonly reserve?: number } = {},
): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const left of await readdir(folder)) if (left.endsWith(".spool")) await rm(join(folder, left), { force: true });
  let unseen = Infinity;

  async function takeRoom(bytes: number): Promise<void> {
    unseen += bytes;
    if (unseen < lookEvery) return;
    unseen = 0;
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize >= reserve) return;
    unseen = Infinity;
    throw Object.assign(new Error("the disk of the spool folder is almost full"), { code: "ENOSPC" });
  }

  return {
    async create() {
      const path = join(folder, `${randomBytes(16).toString("hex")}.spool`);
      const file = await open(path, "wx+", 0o600);
      // A process that starts this moment may have removed it: then it has no name already.
      await rm(path, { force: true });
      return spoolFile(file, takeRoom);
    },
  };
}

function spoolFile(file: FileHandle, takeRoom: (bytes: number) => Promise<void>): SpoolFile {
  const key = randomBytes(32);
  const iv = randomBytes(16);
  const encrypt = createCipheriv(cipher, key, iv);
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  let length = 0;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  /** One write is under way while the next block is gathered. */
  async function flush(): Promise<void> {
    await writing;
    if (gatheredBytes === 0) return;
    await takeRoom(gatheredBytes);
    const bytes = encrypt.update(Buffer.concat(gathered));
    const at = length;
    length += bytes.length;
    gathered = [];
    gatheredBytes = 0;
    writing = writeAll(file, bytes, at);
    writing.catch(() => undefined); // whoever comes next hears it
  }

  return {
    async append(chunk) {
      gathered.push(chunk);
      gatheredBytes += chunk.length;
      if (gatheredBytes >= block) await flush();
    },
    async finish() {
      await flush();
      await writing;
    },
    async *read() {
      const decrypt = createDecipheriv(cipher, key, iv);
      for (let at = 0; at < length;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(block, length - at)), 0, null, at);
        if (bytesRead === 0) throw Object.assign(new Error("a spool file is shorter than it was"), { code: "EIO" });
        at += bytesRead;
        yield decrypt.update(buffer.subarray(0, bytesRead));
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await writing.catch(() => undefined);
      await file.close();
    },
  };
}

/** A disk that is almost full may take a part. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
