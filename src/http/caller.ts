import { BlockList, isIPv6 } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/**
 * Where a request comes from, as far as limits go: an IPv4 address, or the /64 of an IPv6 one, since a household or an
 * attacker has all of it. A proxy on the same machine is believed when it names, last in `X-Forwarded-For`, whom it serves.
 */
export function callerOf(peer: string | undefined, forwardedFor: string | string[] | undefined): string {
  const address = plain(peer ?? "");
  const forwarded = [forwardedFor ?? []].flat().at(-1)?.split(",").at(-1)?.trim();
  const local = loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  return networkOf(local && forwarded ? plain(forwarded) : address);
}

/** An IPv4 address that came over IPv6 is one all the same. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%")[0]!.split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail ? tail.split(":") : [];
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => "0");
  const first = [...groups, ...zeros, ...rest].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(":")}::/64`;
}
