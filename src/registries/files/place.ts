import { constants } from "node:fs";
import { open, realpath, type FileHandle } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { err, ok, type Result } from "#kernel";

/**
 * Opens a file that a declaration names, if it lies in the declaration's folder. A link is followed only to where it stays
 * inside; what is no plain file (a pipe, a device, a folder) is not opened.
 */
export async function openInside(folder: string, path: string): Promise<Result<FileHandle, string>> {
  if (path === "" || path.includes("\0")) return err("Name the file.");
  if (isAbsolute(path) || !inside(resolve(folder), resolve(folder, path))) {
    return err(`${path} lies outside the declaration's folder. Put the declaration beside the file.`);
  }
  let real: string;
  try {
    real = await realpath(resolve(folder, path));
    if (!inside(await realpath(folder), real)) {
      return err(`${path} is a link that leads out of the declaration's folder. Put the file itself there.`);
    }
  } catch {
    return err(`There is no file ${path}, or this user may not see it.`);
  }
  try {
    // A pipe would wait for a writer for ever.
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await handle.stat()).isFile()) return ok(handle);
    await handle.close();
    return err(`${path} is no file.`);
  } catch {
    return err(`This user may not read ${path}.`);
  }
}

function inside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
