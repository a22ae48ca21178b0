import { access, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolder, writeDurably } from "#kernel";
import { logFilesAt } from "./log-files.ts";
import type { PublishTarget } from "./publish-target.ts";

/** Makes a folder and what is above it; answers the folders whose names changed, to be synced. */
async function makeFolder(folder: string): Promise<string[]> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return [];
  const changed = [dirname(first)];
  for (let at = dirname(folder); at.length >= first.length; at = dirname(at)) changed.push(at);
  return changed;
}

/**
 * A folder below which any static file server is the log. Files are written beside their place, made durable and
 * renamed, so a full disk or a crash leaves no half of one.
 */
export function folderTarget(folder: string, write: typeof writeDurably = writeDurably): PublishTarget {
  const changed = new Set<string>();

  async function settle(): Promise<void> {
    const folders = [...changed];
    changed.clear();
    for (const one of folders) await syncFolder(one);
  }

  async function put(path: string, body: Uint8Array): Promise<void> {
    const place = join(folder, path);
    for (const above of await makeFolder(dirname(place))) changed.add(above);
    await write(place, body);
    changed.add(dirname(place));
  }

  return {
    name: folder,
    atATime: 1,
    read: logFilesAt(folder),
    putNew: async (path, body) => {
      const there = await access(join(folder, path)).then(
        () => true,
        () => false,
      );
      if (!there) await put(path, body);
      return !there;
    },
    replace: async (path, body) => {
      await put(path, body);
      await settle();
      return true;
    },
    settle,
    dropPartials: (full) => rm(join(folder, `${full}.p`), { recursive: true, force: true }),
  };
}
