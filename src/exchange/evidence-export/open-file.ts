import { open } from "node:fs/promises";
import type { RandomAccess } from "./zip-read.ts";

/** A file, open for reading at any place; only what is asked for is in memory. */
export async function fileAccess(path: string): Promise<RandomAccess & { close(): Promise<void> }> {
  const file = await open(path, "r");
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = Buffer.alloc(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) throw Object.assign(new Error("the file became shorter"), { code: "file-changed" });
        filled += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

/** Bytes in memory, as {@link fileAccess}. */
export function bufferAccess(bytes: Uint8Array): RandomAccess {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return { size: buffer.length, read: async (offset, length) => buffer.subarray(offset, offset + length) };
}
