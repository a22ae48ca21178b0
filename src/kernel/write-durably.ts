import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Puts a file in place so that a reader sees all of it or nothing, also after a crash: written beside its place, made
 * durable, renamed. The name itself is durable after `syncFolder`. `mode` is 0666 without the umask unless told.
 */
export async function writeDurably(
  path: string,
  body: Uint8Array | string,
  o: { readonly mode?: number } = {},
): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}`);
  const file = await open(beside, "wx", o.mode);
  try {
    try {
      await file.writeFile(body);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (fault) {
    await rm(beside, { force: true }); // a full disk must not fill up with halves
    throw fault;
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
