import type { ProviderOptions } from "./context.ts";

/** Bytes of an answer at most: a JWKS of ten RSA keys has 8 KiB. */
export const largestAnswer = 65_536;

/**
 * Asks an address that a relying party named, for its keys or to tell it of a sign-out. The library hands over a dispatcher that
 * looks at the address a connection really has, so a name cannot point elsewhere between check and connection, and a signal
 * that ends everything after 2.5 seconds, the body too. Nobody is followed elsewhere. Agencies' hosts that the operator names
 * are reached inside the network, by https alone; where people are invented, a developer's own machine is too.
 */
export function fetchOutside(
  { demonstration, agencyHosts }: Pick<ProviderOptions, "demonstration" | "agencyHosts">,
  url: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const { hostname, protocol } = new URL(url instanceof Request ? url.url : url);
  const own =
    (demonstration && (hostname === "localhost" || hostname === "127.0.0.1")) ||
    (protocol === "https:" && agencyHosts?.includes(hostname));
  const bounded = { ...init, redirect: init?.redirect ?? "error", ...(own && { dispatcher: undefined }) };
  return globalThis.fetch(url, bounded);
}
