import { readFile } from "node:fs/promises";

/** Reads a file that somebody named. @throws with words for that person */
export async function readNamed(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw Object.assign(new Error(unreadable(path, cause), { cause }), { code: "file-unreadable" });
  }
}

/** Why a file cannot be read, for the person who named it. */
export function unreadable(path: string, fault: unknown): string {
  const { code } = fault as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return `There is no file ${path}.`;
  if (code === "EISDIR") return `${path} is a folder; name a file in it.`;
  if (code === "EACCES" || code === "EPERM") return `This user may not read ${path}.`;
  return `${path} cannot be read (${code ?? "fault"}).`;
}

/** Reads a text file, or what an address serves. @throws with words for the person who named the place */
export async function readPlace(place: string): Promise<string> {
  if (!/^https?:\/\//.test(place)) return (await readNamed(place)).toString("utf8");
  const answer = await fetch(place, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.text();
}
