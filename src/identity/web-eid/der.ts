/**
 * A strict reader of DER (ITU-T X.690), only as much as certificates and revocation lists need. One spelling per value:
 * indefinite or padded lengths, long tags and trailing bytes are refused by throwing {@link DerError}.
 */
export class DerError extends Error {
  readonly code = "der-malformed";
}

/** One element: its identifier octet, its content, and the whole of it (as signed). Both are views, not copies. */
export interface DerNode {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly bytes: Uint8Array;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/**
 * No object identifier, integer or set of flags that means anything here has more octets. Reading one takes time by the
 * square of its length, and anybody may hand in a file.
 */
const longestValue = 256;

function bounded(node: DerNode): DerNode {
  if (node.content.length > longestValue) throw new DerError("value is too long");
  return node;
}

function elementAt(bytes: Uint8Array, start: number): DerNode {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined) throw new DerError("element is cut short");
  if ((tag & 0x1f) === 0x1f) throw new DerError("long tag form");
  let length = first;
  let from = start + 2;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4) throw new DerError("length form");
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + (bytes[from + i] ?? Number.NaN);
    from += octets;
    if (!(length >= 0x80 && length >= 256 ** (octets - 1))) throw new DerError("length is not minimal");
  }
  if (from + length > bytes.length) throw new DerError("content is cut short");
  return { tag, content: bytes.subarray(from, from + length), bytes: bytes.subarray(start, from + length) };
}

/** The one element that `bytes` is; nothing may follow it. */
export function readDer(bytes: Uint8Array): DerNode {
  const node = elementAt(bytes, 0);
  if (node.bytes.length !== bytes.length) throw new DerError("trailing bytes");
  return node;
}

/** The elements inside a constructed element. */
export function children(node: DerNode): DerNode[] {
  if ((node.tag & 0x20) === 0) throw new DerError("not constructed");
  const found: DerNode[] = [];
  for (let at = 0; at < node.content.length;) {
    const child = elementAt(node.content, at);
    found.push(child);
    at += child.bytes.length;
  }
  return found;
}

/** Insists on a tag. */
export function expectTag(node: DerNode | undefined, tag: number): DerNode {
  if (node?.tag !== tag) throw new DerError(`expected tag ${tag.toString(16)}, found ${node?.tag.toString(16)}`);
  return node;
}

/** A dotted object identifier. */
export function readOid(node: DerNode | undefined): string {
  const { content } = bounded(expectTag(node, tags.oid));
  const arcs: bigint[] = [];
  let arc = 0n;
  let inside = false;
  for (const octet of content) {
    if (!inside && octet === 0x80) throw new DerError("object identifier is not minimal");
    arc = arc * 128n + BigInt(octet & 0x7f);
    inside = (octet & 0x80) !== 0;
    if (!inside) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [head, ...rest] = arcs;
  if (inside || head === undefined) throw new DerError("object identifier is cut short");
  const root = head < 80n ? head / 40n : 2n;
  return [root, head - root * 40n, ...rest].join(".");
}

/** A non-negative integer. */
export function readInteger(node: DerNode | undefined): bigint {
  const { content } = bounded(expectTag(node, tags.integer));
  const [first, second] = content;
  if (first === undefined || (first === 0 && second !== undefined && second < 0x80)) throw new DerError("integer");
  if (first >= 0x80) throw new DerError("negative integer");
  return BigInt(`0x${Buffer.from(content).toString("hex")}`);
}

/** A serial number as lower-case hexadecimal of whole octets without leading zero octets: the one spelling compared. */
export function readSerial(node: DerNode | undefined): string {
  const hex = readInteger(node).toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

export function readBoolean(node: DerNode | undefined): boolean {
  const { content } = expectTag(node, tags.boolean);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new DerError("boolean");
  return content[0] === 0xff;
}

/** A bit string as the numbers of the bits that are set; bit 0 is the first. */
export function readBits(node: DerNode | undefined): ReadonlySet<number> {
  const { content } = bounded(expectTag(node, tags.bitString));
  const set = new Set<number>();
  for (let bit = 0; bit < (content.length - 1) * 8; bit++) {
    if (((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0) set.add(bit);
  }
  return set;
}

/** A bit string that holds whole octets, such as a signature. */
export function readBitOctets(node: DerNode | undefined): Uint8Array {
  const { content } = expectTag(node, tags.bitString);
  if (content[0] !== 0) throw new DerError("unused bits");
  return content.subarray(1);
}

/** Text of a name's attribute, whichever string type its issuer chose (RFC 5280, DirectoryString and IA5String). */
export function readText(node: DerNode): string {
  const bytes = Buffer.from(node.content);
  if (node.tag === 0x0c) return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  if (node.tag === 0x13 || node.tag === 0x16 || node.tag === 0x14) return bytes.toString("latin1");
  if (node.tag === 0x1e) return new TextDecoder("utf-16be", { fatal: true }).decode(bytes);
  throw new DerError(`string type ${node.tag.toString(16)}`);
}

/** UTCTime or GeneralizedTime in the only form RFC 5280 section 4.1.2.5 allows: seconds and Z. */
export function readTime(node: DerNode | undefined): Date {
  if (node?.tag !== tags.utcTime && node?.tag !== tags.generalizedTime) throw new DerError("time");
  const text = Buffer.from(node.content).toString("latin1");
  const short = node.tag === tags.utcTime;
  const parts = (short ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(
    text,
  );
  if (!parts) throw new DerError("time form");
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const fullYear = short ? (year < 50 ? 2000 + year : 1900 + year) : year;
  const at = new Date(Date.UTC(fullYear, month - 1, day, hour, minute, second));
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day || hour > 23) throw new DerError("no such time");
  return at;
}
