import { text } from "node:stream/consumers";

/** Longer than any identifier; gateways take none that is longer. */
const longest = 200;

/**
 * Reads one identifier from standard input: on the command line it would stand in the shell's history and in every list
 * of processes.
 * @throws with `code` = `identifier-missing` for nothing, several lines, or a text that is no identifier
 */
export async function readIdentifier(input: NodeJS.ReadStream): Promise<string> {
  if (input.isTTY) process.stderr.write("The person's identifier, then Enter and Ctrl-D: ");
  const identifier = (await text(input)).trim();
  if (identifier === "" || identifier.length > longest || /\s/.test(identifier))
    throw Object.assign(new Error("standard input must be one identifier and nothing else"), {
      code: "identifier-missing",
    });
  return identifier;
}
