import { inflateSync } from "node:zlib";

/** What one stream, and all of a file, may unpack to. */
const largestStream = 50_000_000;
const largestSum = 150_000_000;
/** Damaged data count for this much, or trying them could be had without end. */
const damagedCounts = 10_000_000;

const packing = new Set(["FlateDecode", "Fl", "LZWDecode", "LZW"]);

/**
 * Why a PDF's compressed streams are not handed to the library, which unpacks without limit: a file of 10 MB could become
 * ten thousand. Streams packed twice or by LZW, and filters that stand elsewhere, are not taken: here they cannot be measured.
 */
export function streamFault(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  for (const [name] of text.matchAll(/\/[^\s/<>[\]()]*#[^\s/<>[\]()]*/g)) {
    const plain = name
      .slice(1)
      .replaceAll(/#([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    if (packing.has(plain) || plain === "Filter") return "a compression that is hidden";
  }
  if (/\/LZW(?:Decode)?\b/.test(text)) return "a compression that is not taken here (LZW)";
  if (/\/Filter\s*\d/.test(text)) return "a compression that is named elsewhere";
  if (/\/Fl(?:ateDecode)?\s*(?:\/\w+\s*)*\/Fl(?:ateDecode)?\b/.test(text)) return "a stream that is compressed twice";
  let sum = 0;
  for (const found of text.matchAll(/stream(?:\r\n|\r|\n)?/g)) {
    const from = found.index + found[0].length;
    // RFC 1950 section 2.2: the head of zlib data. Where it ends only the data themselves say.
    if (((bytes[from] ?? 0) & 0x0f) !== 8 || (((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0)) % 31 !== 0) continue;
    try {
      sum += inflateSync(bytes.subarray(from), {
        maxOutputLength: Math.min(largestStream, largestSum - sum + 1),
      }).length;
    } catch (fault) {
      if ((fault as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") return "a stream that unpacks to too much";
      sum += damagedCounts;
    }
    if (sum > largestSum) return "streams that unpack to too much";
  }
  return undefined;
}
