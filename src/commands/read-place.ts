import { readFile } from "node:fs/promises";

/** Reads a text file, or what an address serves. @throws with words for the person who named the place */
export async function readPlace(place: string): Promise<string> {
  if (!/^https?:\/\//.test(place)) return readFile(place, "utf8");
  const answer = await fetch(place, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.text();
}
