import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import {
  ops,
  PDF,
  PdfArray,
  PdfBool,
  PdfDict,
  PdfName,
  PdfNumber,
  PdfString,
  rgb,
  type EmbeddedFont,
  type PDFPage,
  type PdfRef,
} from "@libpdf/core";
import type { Language, Localised } from "#kernel";

/** A letter, in both languages. Each language gets its own part; a reader's voice is told which is which. */
export interface Letter {
  readonly title: Localised;
  /** Who writes. */
  readonly from: Localised;
  readonly parts: readonly LetterPart[];
  /** Small, at the end: what the seal says and what it does not. */
  readonly note: Localised;
}

export type LetterPart =
  | { readonly heading: Localised }
  | { readonly paragraph: Localised }
  | { readonly rows: readonly { readonly label: Localised; readonly value: Localised }[] };

const width = 595;
const height = 842;
const margin = 64;
const labelWidth = 205;
const ink = rgb(0.1, 0.12, 0.15);
const quiet = rgb(0.35, 0.38, 0.42);

let fontBytes: Uint8Array | undefined;

/** Noto Sans TC (SIL Open Font License), 3.4 MB as shipped, 7 MB in memory, unpacked at the first letter. */
function loadFont(): Uint8Array {
  const packed = () => readFileSync(new URL("./font/noto-sans-tc-regular.ttf.br", import.meta.url));
  return (fontBytes ??= new Uint8Array(brotliDecompressSync(packed())));
}

/** Characters that no line may begin with. */
const notFirst = /^[，。、；：？！）」』》〉”’%,.;:?!)\]]/u;

/** Pieces that a line may break between: words, and each character of Chinese. */
function pieces(text: string): string[] {
  return (
    text.match(/[\p{Script=Han}\u3000-\u303f\uff00-\uffef]|[^\s\p{Script=Han}\u3000-\u303f\uff00-\uffef]+\s*|\s+/gu) ??
    []
  );
}

/** Breaks text into lines no wider than `room`. */
function wrap(text: string, room: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const piece of pieces(paragraph)) {
      if (line === "" || notFirst.test(piece) || measure((line + piece).trimEnd()) <= room) line += piece;
      else {
        lines.push(line.trimEnd());
        line = piece;
      }
      // A word longer than a line, such as an address, is cut.
      for (let cut = line; measure(cut) > room * 1.15; cut = line) {
        const letters = Array.from(cut);
        const fit = Math.max(1, Math.floor((letters.length * room) / measure(cut)));
        lines.push(letters.slice(0, fit).join(""));
        line = letters.slice(fit).join("");
      }
    }
    lines.push(line.trimEnd());
  }
  return lines;
}

/** Builds pages and, beside them, the structure that a screen reader follows (ISO 32000-2 section 14.7). */
class Sheet {
  readonly pdf: PDF = PDF.create();
  private readonly font: EmbeddedFont = this.pdf.embedFont(loadFont());
  private readonly root: PdfDict = PdfDict.of({ Type: PdfName.of("StructTreeRoot") });
  private readonly rootRef: PdfRef = this.pdf.register(this.root);
  private readonly document: PdfDict;
  private readonly documentRef: PdfRef;
  private readonly parents: PdfRef[][] = [];
  private page!: PDFPage;
  private y = 0;

  constructor() {
    this.document = PdfDict.of({
      Type: PdfName.of("StructElem"),
      S: PdfName.of("Document"),
      P: this.rootRef,
      K: new PdfArray(),
    });
    this.documentRef = this.pdf.register(this.document);
  }

  newPage(): void {
    this.page = this.pdf.addPage({ width, height });
    this.page.dict.set("StructParents", PdfNumber.of(this.parents.length));
    this.page.dict.set("Tabs", PdfName.of("S"));
    this.parents.push([]);
    this.y = height - margin;
  }

  /** An element of the structure, below `parent` or the document. */
  element(kind: string, lang?: Language, parent?: { readonly dict: PdfDict; readonly ref: PdfRef }) {
    const above = parent ?? { dict: this.document, ref: this.documentRef };
    const dict = PdfDict.of({ Type: PdfName.of("StructElem"), S: PdfName.of(kind), P: above.ref, K: new PdfArray() });
    if (lang) dict.set("Lang", PdfString.fromString(lang));
    const ref = this.pdf.register(dict);
    above.dict.getArray("K")?.push(ref);
    return { dict, ref };
  }

  /** Text that is part of `element`, from `x` on, no wider than `room`; answers the height it took. */
  write(
    element: { readonly dict: PdfDict; readonly ref: PdfRef },
    text: string,
    at: { readonly x: number; readonly room: number; readonly size: number; readonly quiet?: boolean },
  ): number {
    const { size } = at;
    const lead = size * 1.75;
    const lines = wrap(this.printable(text), at.room, (one) => this.font.getTextWidth(one, size));
    let y = this.y;
    for (const line of lines) {
      const list = this.parents.at(-1)!;
      const mark = PdfNumber.of(list.length);
      list.push(element.ref);
      element.dict.getArray("K")?.push(PdfDict.of({ Type: PdfName.of("MCR"), Pg: this.page.ref, MCID: mark }));
      const tag = element.dict.getName("S")!.value;
      this.page.drawOperators([ops.beginMarkedContentProps(`/${tag}`, PdfDict.of({ MCID: mark }))]);
      this.page.drawText(line, { x: at.x, y: y - size, font: this.font, size, color: at.quiet ? quiet : ink });
      this.page.drawOperators([ops.endMarkedContent()]);
      y -= lead;
    }
    return lines.length * lead;
  }

  linesOf(text: string, room: number, size: number): number {
    return wrap(this.printable(text), room, (one) => this.font.getTextWidth(one, size)).length;
  }

  /** Goes to a new page unless `needed` points are left on this one. */
  makeRoom(needed: number): void {
    if (this.y - needed < margin) this.newPage();
  }

  skip(points: number): void {
    this.y -= points;
  }

  /** A character that the font lacks is told by its number: a wrong name would be worse. */
  private printable(text: string): string {
    return Array.from(text)
      .map((one) =>
        one === "\n" || this.font.canEncode(one) ? one : `[U+${one.codePointAt(0)!.toString(16).toUpperCase()}]`,
      )
      .join("");
  }

  finish(title: string): Promise<Uint8Array> {
    const nums = this.parents.flatMap((list, at) => [PdfNumber.of(at), this.pdf.register(new PdfArray(list))]);
    this.root.set("K", new PdfArray([this.documentRef]));
    this.root.set("ParentTree", this.pdf.register(PdfDict.of({ Nums: new PdfArray(nums) })));
    this.root.set("ParentTreeNextKey", PdfNumber.of(this.parents.length));
    const catalog = this.pdf.getCatalog();
    catalog.set("StructTreeRoot", this.rootRef);
    catalog.set("MarkInfo", PdfDict.of({ Marked: PdfBool.TRUE }));
    this.pdf.setTitle(title, { showInWindowTitleBar: true });
    this.pdf.setLanguage("zh-Hant");
    return this.pdf.save({ subsetFonts: true });
  }
}

/**
 * Writes a letter as PDF: tagged, with title and languages, fonts embedded. Not PDF/UA and not PDF/A, which want more than
 * the library writes.
 */
export function writeLetter(letter: Letter): Promise<Uint8Array> {
  const sheet = new Sheet();
  for (const lang of ["zh-Hant", "en"] as const) {
    sheet.newPage();
    const room = width - 2 * margin;
    const part = sheet.element("Sect", lang);
    const line = (kind: string, text: string, size: number, isQuiet = false) => {
      const needed = sheet.linesOf(text, room, size) * size * 1.75;
      sheet.makeRoom(Math.min(needed, height / 2) + (kind.startsWith("H") ? 40 : 0));
      sheet.skip(sheet.write(sheet.element(kind, undefined, part), text, { x: margin, room, size, quiet: isQuiet }));
    };
    line("P", letter.from[lang], 11, true);
    line("H1", letter.title[lang], 20);
    sheet.skip(8);
    for (const one of letter.parts) {
      if ("heading" in one) {
        sheet.skip(10);
        line("H2", one.heading[lang], 14);
      } else if ("paragraph" in one) line("P", one.paragraph[lang], 11);
      else {
        const table = sheet.element("Table", undefined, part);
        for (const { label, value } of one.rows) {
          const tall = Math.max(
            sheet.linesOf(label[lang], labelWidth - 12, 11),
            sheet.linesOf(value[lang], room - labelWidth, 11),
          );
          sheet.makeRoom(tall * 11 * 1.75);
          const row = sheet.element("TR", undefined, table);
          const head = sheet.element("TH", undefined, row);
          head.dict.set("A", PdfDict.of({ O: PdfName.of("Table"), Scope: PdfName.of("Row") }));
          const left = sheet.write(head, label[lang], { x: margin, room: labelWidth - 12, size: 11, quiet: true });
          const cell = sheet.element("TD", undefined, row);
          const right = sheet.write(cell, value[lang], { x: margin + labelWidth, room: room - labelWidth, size: 11 });
          sheet.skip(Math.max(left, right));
        }
      }
    }
    sheet.skip(16);
    line("P", letter.note[lang], 9, true);
  }
  return sheet.finish(`${letter.title["zh-Hant"]} ${letter.title.en}`);
}
