import { crc32, createInflateRaw } from "node:zlib";
import { pipeline } from "node:stream";
import { Readable } from "node:stream";
import { must, Refused } from "./findings.ts";

/** Bytes at a position: a file, or a buffer in tests. */
export interface RandomAccess {
  readonly size: number;
  /** Exactly `length` bytes from `offset`. */
  read(offset: number, length: number): Promise<Buffer>;
}

export interface ZipEntry {
  readonly name: string;
  /** Bytes, unpacked, as the directory says; reading proves it. */
  readonly size: number;
  readonly packed: number;
  readonly method: 0 | 8;
  readonly crc: number;
  /** Where the packed bytes begin. */
  readonly start: number;
}

/** A ZIP file whose structure has been checked. Folders are left out of `entries`. */
export interface ZipArchive {
  /** In the order of the directory. */
  readonly entries: readonly ZipEntry[];
  readonly comment: string;
  /** Unpacks in pieces and checks length and CRC at the end. @throws {@link Refused} */
  stream(entry: ZipEntry): AsyncIterable<Buffer>;
  /** A small entry whole. @throws {@link Refused} above the limit */
  bytes(entry: ZipEntry, limit: number): Promise<Buffer>;
}

const mostEntries = 1000;
const longestName = 255;
/** Bytes, unpacked, of a whole container. */
const largest = 4 * 1024 ** 3 - 1;
/** A container of evidence is text and documents: what shrinks by more than this on the whole is made to hurt. */
const ratio = 200;
const piece = 64 * 1024;

interface Listed extends Omit<ZipEntry, "start"> {
  readonly flags: number;
  readonly header: number;
  readonly folder: boolean;
}

/**
 * Opens a ZIP file as strictly as a container of evidence must be read: two readers must not see two contents. One disk,
 * no encryption, no ZIP64; names plain and each once, whatever their case; the local header says what the directory says;
 * entries follow each other from the first byte to the directory without gap or overlap; nothing behind the end.
 * @throws {@link Refused} with `zip-…`
 * @see APPNOTE 6.3 sections 4.3.7, 4.3.12, 4.3.16
 */
export async function openZip(source: RandomAccess): Promise<ZipArchive> {
  const { listed, directory, comment } = await readDirectory(source);
  checkNames(listed);
  const unpacked = listed.reduce((sum, { size }) => sum + size, 0);
  must(unpacked <= largest, "zip-too-large", `${unpacked} bytes unpacked`);
  must(unpacked <= ratio * source.size + 16 * 1024 ** 2, "zip-too-large", "unpacks to far more than it is long");
  const entries = await locate(source, listed, directory);
  return {
    entries,
    comment,
    stream: (entry) => unpack(source, entry),
    async bytes(entry, limit) {
      must(entry.size <= limit, "zip-too-large", `${entry.name} is longer than ${limit} bytes`);
      const parts: Buffer[] = [];
      for await (const part of unpack(source, entry)) parts.push(part);
      return Buffer.concat(parts);
    },
  };
}

async function readDirectory(
  source: RandomAccess,
): Promise<{ listed: readonly Listed[]; directory: number; comment: string }> {
  must(source.size >= 22, "zip-malformed", "too short");
  const tailLength = Math.min(source.size, 22 + 0xffff);
  const tail = await source.read(source.size - tailLength, tailLength);
  const at = endOfDirectory(tail);
  must(at !== undefined, "zip-malformed", "no end of directory that ends the file");
  const count = tail.readUInt16LE(at + 10);
  const length = tail.readUInt32LE(at + 12);
  const offset = tail.readUInt32LE(at + 16);
  const disks = [4, 6].map((field) => tail.readUInt16LE(at + field));
  must(disks.every((disk) => disk === 0) && tail.readUInt16LE(at + 8) === count, "zip-malformed", "several disks");
  must(offset !== 0xffffffff && length !== 0xffffffff, "zip-malformed", "ZIP64 is not used in containers");
  must(count <= mostEntries, "zip-too-large", `${count} entries`);
  const end = source.size - tailLength + at;
  must(offset + length === end, "zip-malformed", "the directory does not end where the file's end begins");
  const bytes = await source.read(offset, length);
  const listed: Listed[] = [];
  let position = 0;
  while (position < bytes.length) {
    must(
      position + 46 <= bytes.length && bytes.readUInt32LE(position) === 0x02014b50,
      "zip-malformed",
      "the directory is broken",
    );
    const lengths = [28, 30, 32].map((field) => bytes.readUInt16LE(position + field));
    const next = position + 46 + lengths[0]! + lengths[1]! + lengths[2]!;
    must(next <= bytes.length, "zip-malformed", "the directory is broken");
    listed.push(readListed(bytes.subarray(position, next), lengths[0]!));
    position = next;
  }
  must(listed.length === count, "zip-malformed", "the directory does not count what it lists");
  return { listed, directory: offset, comment: tail.subarray(at + 22).toString("latin1") };
}

/** The last end record whose comment reaches exactly to the file's end; a second one would be a second reading. */
function endOfDirectory(tail: Buffer): number | undefined {
  const found: number[] = [];
  for (let at = 0; at + 22 <= tail.length; at += 1) {
    if (tail.readUInt32LE(at) === 0x06054b50 && at + 22 + tail.readUInt16LE(at + 20) === tail.length) found.push(at);
  }
  must(found.length <= 1, "zip-malformed", "two ends of the directory");
  return found[0];
}

function readListed(header: Buffer, nameLength: number): Listed {
  const raw = header.subarray(46, 46 + nameLength);
  const name = raw.toString("utf8");
  must(Buffer.from(name, "utf8").equals(raw), "zip-name-refused", "a name is not UTF-8");
  const flags = header.readUInt16LE(8);
  must((flags & 0b1111_0111_1111_0001) === 0, "zip-malformed", `${printable(name)} is encrypted or patched`);
  const method = header.readUInt16LE(10);
  must(method === 0 || method === 8, "zip-malformed", `${printable(name)} is packed by method ${method}`);
  const [crc, packed, size, offset] = [16, 20, 24, 42].map((field) => header.readUInt32LE(field));
  must(header.readUInt16LE(34) === 0, "zip-malformed", "several disks");
  must(method === 8 || packed === size, "zip-malformed", `${printable(name)} has two lengths`);
  // The upper half of the external attributes is the Unix mode: a link is a file that is read elsewhere.
  must(header.readUInt32LE(38) >>> 28 !== 0b1010, "zip-name-refused", `${printable(name)} is a link`);
  return {
    name,
    flags,
    method,
    crc: crc!,
    packed: packed!,
    size: size!,
    header: offset!,
    folder: name.endsWith("/"),
  };
}

function printable(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}

function checkNames(listed: readonly Listed[]): void {
  const seen = new Set<string>();
  for (const { name, folder, size } of listed) {
    const path = folder ? name.slice(0, -1) : name;
    const plain =
      name.length <= longestName &&
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      !/[\u0000-\u001f\u007f-\u009f\\:\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u.test(name) &&
      path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && part.trim() === part);
    must(plain, "zip-name-refused", printable(name));
    must(!folder || size === 0, "zip-malformed", `${printable(name)} is a folder with content`);
    const folded = path.normalize("NFKC").toLowerCase();
    must(!seen.has(folded), "zip-duplicate-entry", printable(name));
    seen.add(folded);
  }
}

/** Reads every local header and proves that the entries lie side by side from the first byte to the directory. */
async function locate(source: RandomAccess, listed: readonly Listed[], directory: number): Promise<ZipEntry[]> {
  const starts = new Map<Listed, number>();
  let expected = 0;
  for (const entry of [...listed].sort((left, right) => left.header - right.header)) {
    must(entry.header === expected, "zip-malformed", `bytes between entries before ${printable(entry.name)}`);
    must(entry.header + 30 <= directory, "zip-malformed", "an entry reaches into the directory");
    const head = await source.read(entry.header, 30);
    must(head.readUInt32LE(0) === 0x04034b50, "zip-malformed", `no header of ${printable(entry.name)}`);
    const [nameLength, extra] = [head.readUInt16LE(26), head.readUInt16LE(28)];
    const start = entry.header + 30 + nameLength + extra;
    must(start + entry.packed <= directory, "zip-malformed", "an entry reaches into the directory");
    const name = (await source.read(entry.header + 30, nameLength)).toString("utf8");
    const later = (entry.flags & 8) !== 0;
    const [crc, packed, size] = [14, 18, 22].map((field) => head.readUInt32LE(field));
    const same =
      name === entry.name &&
      head.readUInt16LE(6) === entry.flags &&
      head.readUInt16LE(8) === entry.method &&
      (later
        ? crc === 0 && packed === 0 && size === 0
        : crc === entry.crc && packed === entry.packed && size === entry.size);
    must(same, "zip-malformed", `the header of ${printable(entry.name)} is not what the directory says`);
    starts.set(entry, start);
    expected = start + entry.packed + (later ? await descriptorLength(source, entry, start + entry.packed) : 0);
  }
  must(expected === directory, "zip-malformed", "bytes before the directory");
  return listed
    .filter(({ folder }) => !folder)
    .map((entry) => ({
      name: entry.name,
      size: entry.size,
      packed: entry.packed,
      method: entry.method,
      crc: entry.crc,
      start: starts.get(entry)!,
    }));
}

/** A data descriptor stands behind the entry, with or without its signature (APPNOTE section 4.3.9). */
async function descriptorLength(source: RandomAccess, entry: Listed, at: number): Promise<12 | 16> {
  must(at + 12 <= source.size, "zip-malformed", "a data descriptor is cut off");
  const bytes = await source.read(at, Math.min(16, source.size - at));
  const from = bytes.readUInt32LE(0) === 0x08074b50 && bytes.length === 16 ? 4 : 0;
  const [crc, packed, size] = [0, 4, 8].map((field) => bytes.readUInt32LE(from + field));
  const same = crc === entry.crc && packed === entry.packed && size === entry.size;
  must(same, "zip-malformed", `the data descriptor of ${printable(entry.name)} says something else`);
  return from === 4 ? 16 : 12;
}

async function* unpack(source: RandomAccess, entry: ZipEntry): AsyncGenerator<Buffer> {
  let length = 0;
  let crc = 0;
  const packed = pieces(source, entry);
  try {
    for await (const part of entry.method === 0 ? packed : inflated(packed)) {
      length += part.length;
      must(length <= entry.size, "zip-damaged", `${printable(entry.name)} is longer than it says`);
      crc = crc32(part, crc);
      yield part;
    }
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    throw new Refused("zip-damaged", `${printable(entry.name)} cannot be unpacked`);
  }
  must(length === entry.size && crc === entry.crc, "zip-damaged", `${printable(entry.name)} is not as it was packed`);
}

async function* pieces(source: RandomAccess, { start, packed }: ZipEntry): AsyncGenerator<Buffer> {
  for (let at = 0; at < packed; at += piece) yield await source.read(start + at, Math.min(piece, packed - at));
}

async function* inflated(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw();
  let given = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const part of packed) {
      given += part.length;
      yield part;
    }
  };
  // The pipeline's fault arrives by the stream that is read.
  pipeline(Readable.from(counted()), inflate, () => undefined);
  for await (const part of inflate) yield part as Buffer;
  must(inflate.bytesWritten === given, "zip-damaged", "bytes behind the end of a packed file");
}
