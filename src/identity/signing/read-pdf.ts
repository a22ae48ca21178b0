import { PDF, PdfDict, PdfNumber, PdfRef, PdfStream, type PdfArray, type PdfObject } from "@libpdf/core";
import { streamFault } from "./bounded-streams.ts";
import { compareRevisions } from "./compare-revisions.ts";
import type { Change } from "./report.ts";

/** Fields nested deeper than this are nobody's form. */
const mostFields = 1_000;
const mostSignatures = 50;

/** A signature found in a PDF, its form good and its place in the file settled. */
export interface PdfSignature {
  /** The field's full name. */
  readonly name: string;
  readonly kind: "signature" | "time stamp";
  /** ETSI EN 319 142-1 baseline, or the older kind. */
  readonly baseline: boolean;
  /** DER of the CMS or of the time-stamp token. */
  readonly der: Uint8Array;
  /** All bytes of the file as signed, but the signature's own. */
  readonly signed: Uint8Array;
  /** Bytes of the file that were there when it was signed. */
  readonly end: number;
  /** Entry `M`, if it can be read. */
  readonly claimedAt: Date | undefined;
}

export interface PdfFault {
  readonly name: string;
  readonly fault: string;
}

export interface PdfRead {
  readonly signatures: readonly (PdfSignature | PdfFault)[];
  /** Evidence of the document security store (EN 319 142-1 section 5.4.2), DER. */
  readonly ocsp: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  /** What was appended to the file after this signature. */
  changesAfter(signature: PdfSignature): Promise<readonly Change[]>;
}

/** Opens a file, or says why it cannot be judged. Repaired files are not taken: two readers could repair them differently. */
async function open(bytes: Uint8Array): Promise<PDF | string> {
  try {
    const pdf = await PDF.load(bytes, { lenient: false });
    if (pdf.isEncrypted) return "the file is encrypted";
    return pdf.recoveredViaBruteForce ? "the file's tables are damaged" : pdf;
  } catch {
    return "the file cannot be read as PDF";
  }
}

const resolverOf = (pdf: PDF) => (ref: PdfRef) => pdf.getObject(ref);

interface SignedField {
  readonly name: string;
  readonly value: PdfDict;
}

function nameOf(dict: PdfDict, resolve: (ref: PdfRef) => PdfObject | null, parent: string): string {
  const own = dict.getString("T", resolve)?.asString();
  return [parent, own].filter((part) => part !== undefined && part !== "").join(".");
}

/** Signature fields with a value, by the form's tree as the file's last word has it. */
function signedFields(pdf: PDF): SignedField[] {
  const resolve = resolverOf(pdf);
  const found: SignedField[] = [];
  const seen = new Set<PdfDict>();
  const roots = pdf.getCatalog().getDict("AcroForm", resolve)?.getArray("Fields", resolve);
  const waiting = (roots?.toArray() ?? []).map((node) => ({ node, parent: "", type: "" }));
  for (let next = waiting.shift(); next && seen.size < mostFields; next = waiting.shift()) {
    const dict = next.node instanceof PdfRef ? resolve(next.node) : next.node;
    if (!(dict instanceof PdfDict) || seen.has(dict)) continue;
    seen.add(dict);
    const name = nameOf(dict, resolve, next.parent);
    const type = dict.getName("FT", resolve)?.value ?? next.type;
    const value = dict.getDict("V", resolve);
    if (type === "Sig" && value) found.push({ name: name === "" ? "–" : name, value });
    for (const kid of dict.getArray("Kids", resolve)?.toArray() ?? []) waiting.push({ node: kid, parent: name, type });
  }
  return found;
}

/** `D:20261123041000+08'00'` (ISO 32000-2 section 7.9.4). */
function readPdfDate(text: string | undefined): Date | undefined {
  const parts = /^D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:Z|([+-])(\d\d)'?(\d\d)?'?)?/.exec(text ?? "");
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = (Number(parts[8] ?? 0) * 60 + Number(parts[9] ?? 0)) * (parts[7] === "-" ? -1 : 1);
  return new Date(Date.UTC(year, month - 1, day, hour, minute - offset, second));
}

function numbersOf(array: PdfArray | undefined): number[] | undefined {
  const items = array?.toArray() ?? [];
  const numbers = items.flatMap((item) =>
    item instanceof PdfNumber && Number.isSafeInteger(item.value) ? [item.value] : [],
  );
  return numbers.length === items.length ? numbers : undefined;
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** The one DER element at the start; only zeros may follow it. */
function trimmed(contents: Uint8Array): Uint8Array | undefined {
  const octets = (contents[1] ?? 0) < 0x80 ? 0 : (contents[1] ?? 0) & 0x7f;
  if (contents.length < 2 || octets > 4) return undefined;
  let length = octets === 0 ? contents[1]! : 0;
  for (let i = 0; i < octets; i++) length = length * 256 + (contents[2 + i] ?? 0);
  const end = 2 + octets + length;
  return end <= contents.length && contents.subarray(end).every((byte) => byte === 0)
    ? contents.subarray(0, end)
    : undefined;
}

/** Settles where a signature stands: it covers a whole revision of the file but the hexadecimal string it is itself. */
async function place(bytes: Uint8Array, { name, value }: SignedField): Promise<PdfSignature | PdfFault> {
  const no = (fault: string): PdfFault => ({ name, fault });
  const type = value.getName("Type")?.value ?? "Sig";
  const filter = value.getName("SubFilter")?.value;
  const contents = value.getString("Contents")?.bytes;
  const [from, length, next, rest, ...more] = numbersOf(value.getArray("ByteRange")) ?? [];
  if (
    from === undefined ||
    length === undefined ||
    next === undefined ||
    rest === undefined ||
    more.length > 0 ||
    !contents
  )
    return no("no byte range of two parts");
  const end = next + rest;
  if (from !== 0 || length <= 0 || next <= length || rest <= 0 || end > bytes.length)
    return no("the byte range is not of this file");
  const gap = Buffer.from(bytes.subarray(length, next)).toString("latin1");
  const hex = /^<([0-9A-Fa-f]*)>$/.exec(gap)?.[1];
  if (hex === undefined || !same(Buffer.from(hex, "hex"), contents))
    return no("the byte range leaves out more than the signature");
  if (!/%%EOF[\r\n]{0,2}$/.test(Buffer.from(bytes.subarray(end - 8, end)).toString("latin1")))
    return no("the byte range does not end with a revision of the file");
  const kinds: Readonly<Record<string, "signature" | "time stamp">> = {
    "ETSI.CAdES.detached": "signature",
    "adbe.pkcs7.detached": "signature",
    "ETSI.RFC3161": "time stamp",
  };
  const kind = kinds[filter ?? ""];
  if (!kind || (kind === "time stamp") !== (type === "DocTimeStamp"))
    return no("a kind of signature that is not known here");
  const der = trimmed(contents);
  if (!der) return no("there are bytes after the signature");
  // What was signed is the file as it ended then: there the same field must hold the same signature.
  const then = await open(bytes.subarray(0, end));
  const field = typeof then === "string" ? undefined : signedFields(then).find((one) => one.name === name);
  const thenRange = field && numbersOf(field.value.getArray("ByteRange"));
  if (
    !field ||
    !same(field.value.getString("Contents")?.bytes ?? new Uint8Array(), contents) ||
    String(thenRange) !== String([from, length, next, rest])
  )
    return no("the part of the file that was signed does not hold this signature");
  return {
    name,
    kind,
    baseline: filter === "ETSI.CAdES.detached",
    der,
    signed: Buffer.concat([bytes.subarray(0, length), bytes.subarray(next, end)]),
    end,
    claimedAt: readPdfDate(value.getString("M")?.asString()),
  };
}

function storedEvidence(pdf: PDF, key: "OCSPs" | "CRLs"): Uint8Array[] {
  const resolve = resolverOf(pdf);
  const list = pdf.getCatalog().getDict("DSS", resolve)?.getArray(key, resolve)?.toArray() ?? [];
  return list.slice(0, 100).flatMap((item) => {
    const stream = item instanceof PdfRef ? resolve(item) : item;
    try {
      return stream instanceof PdfStream ? [stream.getDecodedData()] : [];
    } catch {
      return [];
    }
  });
}

/** Reads the signatures of a PDF. A text says why the file as a whole cannot be judged. */
export async function readPdf(bytes: Uint8Array): Promise<PdfRead | string> {
  if (Buffer.from(bytes.subarray(0, 5)).toString("latin1") !== "%PDF-") return "the file does not begin as a PDF";
  const fault = streamFault(bytes);
  if (fault !== undefined) return fault;
  const pdf = await open(bytes);
  if (typeof pdf === "string") return pdf;
  const signatures: (PdfSignature | PdfFault)[] = [];
  try {
    for (const field of signedFields(pdf).slice(0, mostSignatures)) signatures.push(await place(bytes, field));
    return {
      signatures,
      ocsp: storedEvidence(pdf, "OCSPs"),
      crls: storedEvidence(pdf, "CRLs"),
      changesAfter: ({ end }) => changesAfter(bytes, end, pdf),
    };
  } catch {
    // The library reads objects when they are asked for, and throws on those it cannot read.
    return "the file cannot be read as PDF";
  }
}

async function changesAfter(bytes: Uint8Array, end: number, pdf: PDF): Promise<readonly Change[]> {
  if (bytes.subarray(end).every((byte) => byte === 0x0a || byte === 0x0d)) return [];
  const content = (what: string): Change[] => [{ kind: "content", what }];
  const then = await open(bytes.subarray(0, end));
  if (typeof then === "string") return content(then);
  try {
    const changes = compareRevisions(then, pdf);
    // A reader that repairs files may show what this one rightly does not see.
    return changes.length > 0 ? changes : content("bytes that belong to nothing in the file");
  } catch {
    return content("a part that cannot be read");
  }
}
