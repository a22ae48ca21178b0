import { tags } from "./der.ts";

/** One element around `parts`, in the shortest form (ITU-T X.690 section 10.1). */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const hex = content.length.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 | octets.length]), octets, content]);
}

/** An object identifier from its dotted form. */
export function writeOid(dotted: string): Uint8Array {
  const [root = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  const octets = [root * 40n + second, ...rest].flatMap((arc) => {
    const groups = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(Number(left & 0x7fn) | 0x80);
    return groups;
  });
  return writeDer(tags.oid, Buffer.from(octets));
}

/** A non-negative integer from hexadecimal of whole octets, such as a certificate's serial number. */
export function writeSerial(hex: string): Uint8Array {
  const octets = Buffer.from(hex, "hex");
  return writeDer(tags.integer, octets[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), octets]) : octets);
}
