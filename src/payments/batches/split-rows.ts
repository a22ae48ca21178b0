/** One line of a text file, without its end. `text` is `undefined` when it is too long or not UTF-8. */
export interface TextLine {
  readonly text?: string;
  readonly fault?: "row-too-long" | "row-encoding";
}

/** Lines that arrived together, and how many bytes of the source they and all before them take. */
export interface TextChunk {
  readonly lines: readonly TextLine[];
  /** From the beginning of the source to the end of the last of these lines. */
  readonly end: number;
}

/** A longer line is refused and passed over, without being kept. */
const longestLine = 8_192;

const newline = 0x0a;

/**
 * Cuts a byte stream into chunks of at most `size` lines. Memory does not grow with the stream, nor with a line of it.
 * A line ends with LF or CR LF; the last one needs none.
 * @param onBytes is given all bytes in order: when a chunk arrives, exactly those up to its end
 */
export async function* splitRows(
  source: AsyncIterable<Uint8Array>,
  size: number,
  onBytes: (bytes: Uint8Array) => unknown,
): AsyncGenerator<TextChunk> {
  let lines: TextLine[] = [];
  let end = 0;
  /** The beginning of a line whose end has not come; cut at `longestLine`. */
  let begun = Buffer.alloc(0);
  let begunBytes = 0;
  for await (const piece of source) {
    const block = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let from = 0;
    let hashed = 0;
    for (let at = block.indexOf(newline); at !== -1; at = block.indexOf(newline, from)) {
      const length = begunBytes + at - from;
      const line = begunBytes === 0 ? block.subarray(from, at) : Buffer.concat([begun, block.subarray(from, at)]);
      lines.push(length > longestLine ? { fault: "row-too-long" } : decoded(line));
      end += length + 1;
      from = at + 1;
      begun = Buffer.alloc(0);
      begunBytes = 0;
      if (lines.length === size) {
        onBytes(block.subarray(hashed, from));
        hashed = from;
        yield { lines, end };
        lines = [];
      }
    }
    if (from < block.length) {
      begunBytes += block.length - from;
      if (begun.length <= longestLine) begun = Buffer.concat([begun, block.subarray(from, from + longestLine + 1)]);
    }
    onBytes(block.subarray(hashed));
  }
  if (begunBytes > 0) {
    lines.push(begunBytes > longestLine ? { fault: "row-too-long" } : decoded(begun));
    end += begunBytes;
  }
  if (lines.length > 0) yield { lines, end };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decoded(line: Buffer): TextLine {
  const content = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
  try {
    return { text: utf8.decode(content) };
  } catch {
    return { fault: "row-encoding" };
  }
}
