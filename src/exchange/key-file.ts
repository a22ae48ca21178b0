import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

/**
 * Reads a secret from the keys folder, or makes it once. It is written whole, synced and then renamed into place, so
 * that a killed first start leaves either the key or nothing.
 */
export async function keyFile(folder: string, name: string, make: () => Promise<string>): Promise<string> {
  const path = join(folder, name);
  try {
    return await readFile(path, "utf8");
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== "ENOENT") throw fault;
  }
  const text = await make();
  await putKeyFile(folder, name, text);
  return text;
}

/** Replaces a file of the keys folder, whole or not at all; mode 0600 in a folder of 0700. */
export async function putKeyFile(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  const handle = await open(`${path}.new`, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.new`, path);
}
