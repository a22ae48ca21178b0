import { isIP } from "node:net";

/**
 * Whether a `Host` header is an address, `localhost` or one of these names (lower case). A server that asks this cannot be
 * reached through a visitor's browser by a web page whose name was turned to its address (DNS rebinding).
 */
export function isCalledBy(host: string | undefined, names: ReadonlySet<string>): boolean {
  const [, bracketed, plain = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host ?? "") ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  const name = plain.toLowerCase();
  return isIP(plain) === 4 || name === "localhost" || names.has(name);
}
