import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder, writeDurably } from "#kernel";

/** Reads a secret from the keys folder, or makes it once; a killed first start leaves either the key or nothing. */
export async function keyFile(folder: string, name: string, make: () => Promise<string>): Promise<string> {
  const kept = await keptKeyFile(folder, name);
  if (kept !== undefined) return kept;
  const text = await make();
  await putKeyFile(folder, name, text);
  return text;
}

/** What a file of the keys folder says; nothing while there is none. */
export async function keptKeyFile(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), "utf8");
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== "ENOENT") throw fault;
    return undefined;
  }
}

/** Replaces a file of the keys folder, whole or not at all, and durably; mode 0600 in a folder of 0700. */
export async function putKeyFile(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeDurably(join(folder, name), text, { mode: 0o600 });
  await syncFolder(folder);
}
