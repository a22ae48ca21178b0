import { err, ok, type Result } from "#kernel";
import type { Encoding } from "../source.ts";

/** Bytes of one line at most; a longer one is a quote that was never closed. */
const longestLine = 2 * 1024 * 1024;

/** What the bytes at a file's beginning say of its encoding; `length` of them are no text. */
export function byteOrderMark(start: Uint8Array): { readonly encoding: Encoding; readonly length: number } | undefined {
  const [one, two, three] = start;
  if (one === 0xef && two === 0xbb && three === 0xbf) return { encoding: "utf-8", length: 3 };
  if (one === 0xff && two === 0xfe) return { encoding: "utf-16le", length: 2 };
  if (one === 0xfe && two === 0xff) return { encoding: "utf-16be", length: 2 };
  return undefined;
}

/** Takes bytes, gives text; refuses what is not of the encoding, with the line and what to do, never with the text. */
export interface Decoder {
  push(bytes: Uint8Array): Result<string, string>;
  end(): Result<string, string>;
}

/**
 * Decodes strictly. A byte that is wrong has its line named; in Big5 also characters of the user-defined areas are refused:
 * each system has its own there, so that a name would come out as another.
 */
export function decoder(encoding: Encoding): Decoder {
  const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const whole = encoding === "utf-16le" || encoding === "utf-16be"; // its bytes 0x0a are not all line ends
  let carried: Uint8Array = new Uint8Array();
  let line = 1;

  function decoded(bytes: Uint8Array, last: boolean): Result<string, string> {
    const own = encoding === "big5" ? userDefined(bytes) : undefined;
    if (own !== undefined) {
      return err(
        `Line ${line + linesBefore(bytes, own)} has a Big5 character of the user-defined area, which every system reads ` +
          "otherwise. Export the file as UTF-8.",
      );
    }
    try {
      const out = text.decode(bytes, { stream: whole && !last });
      const nul = out.indexOf("\0");
      if (nul >= 0) return err(`Line ${line + out.slice(0, nul).split("\n").length - 1} has a NUL character.`);
      line += out.split("\n").length - 1;
      return ok(out);
    } catch {
      const wrong = whole ? "" : `Line ${line + wrongLine(bytes, encoding)} is not ${encoding}. `;
      const other =
        encoding === "utf-8"
          ? "If the file is Big5, say `encoding: big5`."
          : "Say its `encoding`, or export it as UTF-8.";
      return err(`${wrong || `The file is not ${encoding}. `}${other}`);
    }
  }

  return {
    push(bytes) {
      if (whole) return decoded(bytes, false);
      const all = carried.length === 0 ? bytes : Buffer.concat([carried, bytes]);
      const end = all.lastIndexOf(0x0a) + 1;
      carried = Uint8Array.from(all.subarray(end)); // a copy: the caller's buffer is read into again
      if (carried.length > longestLine) return err(`Line ${line} is longer than 2 MiB: is a quote never closed?`);
      return decoded(all.subarray(0, end), false);
    },
    end: () => decoded(carried, true),
  };
}

function linesBefore(bytes: Uint8Array, at: number): number {
  let lines = 0;
  for (let next = bytes.indexOf(0x0a); next >= 0 && next < at; next = bytes.indexOf(0x0a, next + 1)) lines += 1;
  return lines;
}

/** Index of the first line that cannot be decoded. */
function wrongLine(bytes: Uint8Array, encoding: Encoding): number {
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found + 1;
    try {
      new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes.subarray(start, end));
    } catch {
      return index;
    }
    start = end;
  }
  return 0;
}

/** Position of a character from code page 950's user-defined areas: 8140–A0FE, C6A1–C8FE, FA40–FEFE. */
function userDefined(bytes: Uint8Array): number | undefined {
  for (let at = 0; at < bytes.length; at += 1) {
    const lead = bytes[at]!;
    if (lead < 0x81 || lead === 0xff) continue;
    const code = lead * 256 + (bytes[at + 1] ?? 0);
    if ((code >= 0x8140 && code <= 0xa0fe) || (code >= 0xc6a1 && code <= 0xc8fe) || code >= 0xfa40) return at;
    at += 1;
  }
  return undefined;
}

/** Watches a text as it comes for a quote that no other one closes; `line` is its line, if there is one at the end. */
export function openQuote(quote: string): { push(part: string): void; line(): number | undefined } {
  let lines = 1;
  let open: number | undefined;
  return {
    push(part) {
      let counted = 0;
      for (let at = part.indexOf(quote); at >= 0; at = part.indexOf(quote, at + 1)) {
        // A doubled quote closes and opens at once.
        if (open === undefined) {
          lines += part.slice(counted, at).split("\n").length - 1;
          counted = at;
          open = lines;
        } else open = undefined;
      }
      lines += part.slice(counted).split("\n").length - 1;
    },
    line: () => open,
  };
}

/** How a CSV file is written. */
export interface Dialect {
  readonly delimiter: string;
  readonly quote: string;
}

/** The values of the first record; nothing when a quote is not closed in what is given. */
export function firstRecord(text: string, dialect: Dialect): readonly string[] | undefined {
  return recordsOf(text, dialect, 1)[0];
}

/** Up to `most` records from the beginning of a text; one that is not whole there is left out, unless the text ends with it. */
export function recordsOf(text: string, { delimiter, quote }: Dialect, most: number): readonly (readonly string[])[] {
  const records: string[][] = [];
  let values: string[] = [];
  let value = "";
  let inside = false;
  const next = (): void => {
    values.push(value);
    value = "";
  };
  for (let at = 0; at < text.length && records.length < most; at += 1) {
    const sign = text[at]!;
    if (inside) {
      if (sign !== quote) value += sign;
      else if (text[at + 1] === quote) value += text[(at += 1)]!;
      else inside = false;
    } else if (sign === quote && value === "") inside = true;
    else if (sign === delimiter) next();
    else if (sign === "\n" || sign === "\r") {
      if (sign === "\r" && text[at + 1] === "\n") at += 1;
      next();
      records.push(values);
      values = [];
    } else value += sign;
  }
  if (records.length < most && !inside && (values.length > 0 || value !== "")) records.push([...values, value]);
  return records;
}
