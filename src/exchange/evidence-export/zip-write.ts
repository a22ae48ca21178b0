import { crc32, createDeflateRaw } from "node:zlib";
import { Readable } from "node:stream";
import { pipeline } from "node:stream";

/** What goes into a ZIP file: bytes are stored as they are, a stream is packed while it passes. */
export type ZipContent = Uint8Array | AsyncIterable<Uint8Array>;

interface Written {
  readonly name: Buffer;
  readonly flags: number;
  readonly method: 0 | 8;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** 1980-01-01 00:00: times of files say nothing here, and equal content gives equal bytes. */
const noTime = 0x0021_0000;

/**
 * Writes a ZIP file as a stream of pieces. Entries come as they are asked for, so that a later one (a signature) can be made of
 * what passed through an earlier one. A stream is packed with a data descriptor behind it, since a stored entry with one
 * cannot be read front to back.
 * @see EN 319 162-1 section A.1: `mimetype` first, stored, without extra field; the comment repeats it
 */
export async function* writeZip(
  entries: AsyncIterable<readonly [name: string, content: ZipContent]>,
  comment: string,
): AsyncGenerator<Buffer> {
  const written: Written[] = [];
  let offset = 0;
  for await (const [path, content] of entries) {
    const name = Buffer.from(path, "utf8");
    const begin = offset;
    if (content instanceof Uint8Array) {
      const entry = { name, flags: 0x800, method: 0, crc: crc32(content), offset: begin } as const;
      const sized: Written = { ...entry, packed: content.length, size: content.length };
      const head = localHeader(sized);
      yield head;
      yield Buffer.from(content.buffer, content.byteOffset, content.length);
      offset += head.length + content.length;
      written.push(sized);
      continue;
    }
    const entry = { name, flags: 0x808, method: 8, crc: 0, packed: 0, size: 0, offset: begin } as const;
    const head = localHeader(entry);
    yield head;
    const sums = { crc: 0, size: 0, packed: 0 };
    for await (const part of deflated(content, sums)) {
      sums.packed += part.length;
      yield part;
    }
    const sized: Written = { ...entry, ...sums };
    const descriptor = Buffer.alloc(16);
    descriptor.writeUInt32LE(0x08074b50, 0);
    writeSums(descriptor, 4, sized);
    yield descriptor;
    offset += head.length + sums.packed + descriptor.length;
    written.push(sized);
  }
  const directory = Buffer.concat(written.map(directoryHeader));
  yield directory;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(written.length, 8);
  end.writeUInt16LE(written.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(Buffer.byteLength(comment, "latin1"), 20);
  yield Buffer.concat([end, Buffer.from(comment, "latin1")]);
}

async function* deflated(
  content: AsyncIterable<Uint8Array>,
  sums: { crc: number; size: number },
): AsyncGenerator<Buffer> {
  const deflate = createDeflateRaw({ level: 1 });
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const part of content) {
      sums.crc = crc32(part, sums.crc);
      sums.size += part.length;
      yield part;
    }
  };
  pipeline(Readable.from(counted()), deflate, () => undefined); // its fault arrives by the stream that is read
  for await (const part of deflate) yield part as Buffer;
}

function localHeader(entry: Written): Buffer {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(20, 4);
  writeKind(head, 6, entry);
  writeSums(head, 14, entry);
  head.writeUInt16LE(entry.name.length, 26);
  return Buffer.concat([head, entry.name]);
}

function directoryHeader(entry: Written): Buffer {
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(20, 6);
  writeKind(head, 8, entry);
  writeSums(head, 16, entry);
  head.writeUInt16LE(entry.name.length, 28);
  head.writeUInt32LE(entry.offset, 42);
  return Buffer.concat([head, entry.name]);
}

function writeKind(head: Buffer, at: number, { flags, method }: Written): void {
  head.writeUInt16LE(flags, at);
  head.writeUInt16LE(method, at + 2);
  head.writeUInt32LE(noTime, at + 4);
}

function writeSums(head: Buffer, at: number, { crc, packed, size }: Written): void {
  head.writeUInt32LE(crc, at);
  head.writeUInt32LE(packed, at + 4);
  head.writeUInt32LE(size, at + 8);
}
