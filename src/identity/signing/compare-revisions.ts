import {
  PdfArray,
  PdfBool,
  PdfDict,
  PdfName,
  PdfNumber,
  PdfRef,
  PdfStream,
  PdfString,
  type PDF,
  type PdfObject,
} from "@libpdf/core";
import type { Change } from "./report.ts";

/** A document with more parts than this is not compared: it counts as changed. */
const mostSteps = 500_000;

/** Keys that lead back up; what they lead to is compared from above. */
const upward = new Set(["Parent", "P", "Prev", "StructParent"]);
/** Entries of the catalogue that show nothing: they hold evidence, or say how new the file's form is. */
const evidenceKeys = new Set(["DSS", "Extensions", "Version"]);
/** Entries of the document's properties that programs write without being told. */
const quietProperties = new Set(["ModDate", "Producer"]);

const names: Readonly<Record<string, string>> = {
  Pages: "the order of pages",
  AcroForm: "the form",
  Outlines: "the bookmarks",
  Names: "attachments, scripts or named places",
  OpenAction: "what happens on opening",
  AA: "what happens on opening",
  OCProperties: "the layers",
  Metadata: "the document's properties",
  StructTreeRoot: "the reading order",
  Perms: "the permissions",
};

interface Pair {
  readonly a: PdfObject | undefined;
  readonly b: PdfObject | undefined;
  readonly where: string;
}

/**
 * Says what a later state of a file shows that the signed one did not, by going through both from their catalogues. Only
 * three things may come without changing what was signed: evidence, another signature, a time stamp. Everything else is
 * named, also what a viewer might not show: attacks switch between contents that were there before.
 */
export function compareRevisions(before: PDF, after: PDF): readonly Change[] {
  const changed = new Set<string>();
  const signatures = new Set<string>();
  let evidence = false;
  const seen = new Set<string>();
  const waiting: Pair[] = [];
  let steps = 0;

  const inA = (object: PdfObject | undefined) =>
    object instanceof PdfRef ? (before.getObject(object) ?? undefined) : object;
  const inB = (object: PdfObject | undefined) =>
    object instanceof PdfRef ? (after.getObject(object) ?? undefined) : object;

  /** A new widget of a new signature that takes no room on the page. */
  function invisibleSignature(item: PdfObject): boolean {
    const dict = inB(item);
    if (!(dict instanceof PdfDict) || inB(dict.get("FT")) !== PdfName.of("Sig")) return false;
    const value = inB(dict.get("V"));
    const type = value instanceof PdfDict ? inB(value.get("Type")) : undefined;
    const rect = inB(dict.get("Rect"));
    const [x0, y0, x1, y1] =
      rect instanceof PdfArray ? rect.toArray().map((n) => (n instanceof PdfNumber ? n.value : NaN)) : [];
    const flat = rect === undefined || (x0 === x1 && y0 === y1);
    if (
      !(type === PdfName.of("Sig") || type === PdfName.of("DocTimeStamp")) ||
      !flat ||
      dict.has("AA") ||
      dict.has("A")
    )
      return false;
    const name = inB(dict.get("T"));
    signatures.add(name instanceof PdfString ? name.asString() : "–");
    return true;
  }

  function compareLists(a: PdfArray, b: PdfArray, where: string, mayGrow: boolean): void {
    const [left, right] = [a.toArray(), b.toArray()];
    const added = right.slice(left.length);
    if (right.length < left.length || (added.length > 0 && !(mayGrow && added.every(invisibleSignature))))
      changed.add(where);
    else left.forEach((item, at) => waiting.push({ a: item, b: right[at], where }));
  }

  function compareDicts(a: PdfDict, b: PdfDict, where: string): void {
    const keys = new Set([...a.keys(), ...b.keys()].map(({ value }) => value));
    const field = inA(a.get("FT")) === PdfName.of("Sig");
    for (const key of keys) {
      if (upward.has(key) || (key === "Length" && a instanceof PdfStream)) continue;
      const [left, right] = [a.get(key), b.get(key)];
      if (key === "SigFlags") continue;
      if (key === "V" && field && left === undefined) {
        const name = inB(b.get("T"));
        signatures.add(name instanceof PdfString ? name.asString() : "–");
      } else waiting.push({ a: left, b: right, where });
    }
    if (a instanceof PdfStream && b instanceof PdfStream && Buffer.compare(a.data, b.data) !== 0) changed.add(where);
  }

  function compareScalars(a: PdfObject | undefined, b: PdfObject | undefined): boolean {
    if (a instanceof PdfString && b instanceof PdfString) return Buffer.compare(a.bytes, b.bytes) === 0;
    if (a instanceof PdfName && b instanceof PdfName) return a.value === b.value;
    if (a instanceof PdfNumber && b instanceof PdfNumber) return a.value === b.value;
    if (a instanceof PdfBool && b instanceof PdfBool) return a.value === b.value;
    const none = (it: PdfObject | undefined) => it === undefined || it.type === "null";
    return none(a) && none(b);
  }

  function drain(growing?: { readonly a: PdfObject | undefined; readonly b: PdfObject | undefined }): void {
    for (let pair = waiting.pop(); pair; pair = waiting.pop()) {
      steps += 1;
      if (steps > mostSteps) {
        changed.add("more than could be compared");
        waiting.length = 0;
        return;
      }
      const { where } = pair;
      if (pair.a instanceof PdfRef && pair.b instanceof PdfRef) {
        const key = `${pair.a.toString()}/${pair.b.toString()}`;
        if (seen.has(key)) continue;
        seen.add(key);
      }
      const [a, b] = [inA(pair.a), inB(pair.b)];
      if (a instanceof PdfArray && b instanceof PdfArray)
        compareLists(a, b, where, growing !== undefined && pair.a === growing.a && pair.b === growing.b);
      else if (a instanceof PdfDict && b instanceof PdfDict) {
        if (a instanceof PdfStream === b instanceof PdfStream) compareDicts(a, b, where);
        else changed.add(where);
      } else if (!compareScalars(a, b)) changed.add(where);
    }
  }

  /** Compares two dictionaries, where one list of theirs may get signatures. */
  function compareGrowing(a: PdfObject | undefined, b: PdfObject | undefined, list: string, where: string): void {
    const [left, right] = [inA(a), inB(b)];
    if (!(left instanceof PdfDict) || !(right instanceof PdfDict)) {
      waiting.push({ a, b, where });
      drain();
      return;
    }
    const [listA, listB] = [inA(left.get(list)), inB(right.get(list))];
    const [empty, grown] = [listA ?? PdfArray.of(), listB ?? PdfArray.of()];
    for (const key of new Set([...left.keys(), ...right.keys()].map(({ value }) => value))) {
      if (key !== list && key !== "SigFlags" && !upward.has(key))
        waiting.push({ a: left.get(key), b: right.get(key), where });
    }
    waiting.push({ a: empty, b: grown, where });
    drain({ a: empty, b: grown });
  }

  const [pagesA, pagesB] = [before.getPages(), after.getPages()];
  if (pagesA.length !== pagesB.length) changed.add("the number of pages");
  pagesA.forEach((page, at) => {
    const other = pagesB[at];
    if (!other) return;
    seen.add(`${page.ref.toString()}/${other.ref.toString()}`);
    compareGrowing(page.dict, other.dict, "Annots", `page ${at + 1}`);
  });
  const [rootA, rootB] = [before.getCatalog(), after.getCatalog()];
  for (const key of new Set([...rootA.keys(), ...rootB.keys()].map(({ value }) => value))) {
    const [left, right] = [rootA.get(key), rootB.get(key)];
    const where = names[key] ?? `the document's ${key}`;
    if (evidenceKeys.has(key)) {
      evidence ||= key === "DSS";
    } else if (key === "AcroForm") compareGrowing(left ?? PdfDict.of({}), right ?? PdfDict.of({}), "Fields", where);
    else {
      waiting.push({ a: left, b: right, where });
      drain();
    }
  }
  const [infoA, infoB] = [inA(before.context.info.trailer.get("Info")), inB(after.context.info.trailer.get("Info"))];
  const properties = [infoA, infoB].flatMap((info) => (info instanceof PdfDict ? [...info.keys()] : []));
  for (const { value: key } of properties) {
    const [left, right] = [infoA, infoB].map((info) => (info instanceof PdfDict ? info.get(key) : undefined));
    if (!quietProperties.has(key)) waiting.push({ a: left, b: right, where: "the document's properties" });
  }
  drain();
  return [
    ...[...changed].map((what) => ({ kind: "content", what }) as const),
    ...[...signatures].map((what) => ({ kind: "signature", what }) as const),
    ...(evidence ? [{ kind: "validation data", what: "evidence for later checks" } as const] : []),
  ];
}
