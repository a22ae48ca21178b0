import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PDF, PdfArray, PdfDict, PdfName, PdfString } from "@libpdf/core";
import { sealCountry, somePdf } from "./seal-testing.ts";

const country = await sealCountry();
const { sealed, sealedWhole, validated } = country;
const good = await sealed(await somePdf(), { chain: [] });

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const bytes = (content: string) => new Uint8Array(Buffer.from(content, "latin1"));
const verdict = async (file: Uint8Array) => {
  const report = await validated(file);
  return [report.indication, report.subIndication, report.signatures[0]?.detail].filter(Boolean).join(" ");
};

test("the file that is attacked below is good", async () => {
  const { indication, signatures } = await validated(good);
  assert.equal(indication, "TOTAL-PASSED", JSON.stringify(signatures));
  assert.deepEqual(signatures[0]?.changes, []);
  assert.equal(signatures[0].signer?.kind, "seal");
});

test("no byte outside the signature may change; inside it, what changes nothing in the report may", async () => {
  const [, length = "", next = ""] = /\/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)/.exec(text(good)) ?? [];
  const [from, to] = [Number(length), Number(next)];
  const cmsEnd =
    from +
    1 +
    text(good)
      .slice(from + 1, to)
      .replace(/0+>$/, "").length;
  const expected = await validated(good);
  const places = Array.from({ length: good.length }, (_, at) => at).filter((at) =>
    at < from || at >= to ? at % 5 === 0 : at < cmsEnd ? at % 23 === 0 : at % 4001 === 0,
  );
  assert.ok(places.length > 400, String(places.length));
  for (const at of places) {
    const changed = new Uint8Array(good);
    changed[at]! ^= 1;
    const report = await validated(changed);
    if (report.indication !== "TOTAL-PASSED") continue;
    assert.ok(at > from && at < cmsEnd, `byte ${at} of ${good.length} outside the signature`);
    assert.deepEqual(report.signatures, expected.signatures, `byte ${at}`);
  }
});

test("cut off, lengthened, and with something before its head", async () => {
  assert.match(await verdict(good.subarray(0, -20)), /^TOTAL-FAILED FORMAT_FAILURE/);
  assert.match(await verdict(Buffer.concat([good, Buffer.from("\n4 0 obj\n<<>>\nendobj\n%%EOF\n")])), /^TOTAL-FAILED/);
  assert.match(await verdict(Buffer.concat([Buffer.from("x"), good])), /^TOTAL-FAILED FORMAT_FAILURE/);
  assert.match(await verdict(Buffer.concat([good, Buffer.from("\n")])), /^TOTAL-PASSED/, "an empty line says nothing");
});

describe("an update after the seal is named", () => {
  async function updated(change: (pdf: PDF) => void, planted = false): Promise<string> {
    const pdf = await PDF.load(await sealedWhole(await somePdf(planted)));
    change(pdf);
    return verdict(await pdf.save({ incremental: true }));
  }
  const cases: Record<string, [(pdf: PDF) => void, RegExp, boolean?]> = {
    "other text over the page (replace)": [
      (pdf) => pdf.getPage(0)!.drawText("Pay 900", { x: 50, y: 700 }),
      /changed after signing: page 1/,
    ],
    "the page's content swapped for one that was there before (hide and replace)": [
      (pdf) => pdf.getPage(0)!.dict.set("Contents", pdf.getPage(1)!.dict.get("Contents")!),
      /changed after signing: page 1/,
      true,
    ],
    "a page taken out (hide)": [(pdf) => pdf.removePage(1), /the number of pages/, true],
    "a page put in": [(pdf) => void pdf.addPage({ size: "a4" }), /the number of pages/],
    "pages in another order": [(pdf) => pdf.movePage(0, 1), /page 1/, true],
    "a note stuck on it": [
      (pdf) =>
        void pdf.getPage(0)!.addTextAnnotation({ rect: { x: 50, y: 690, width: 20, height: 20 }, contents: "no" }),
      /page 1/,
    ],
    "a script on opening": [
      (pdf) =>
        pdf
          .getCatalog()
          .set("OpenAction", PdfDict.of({ S: PdfName.of("JavaScript"), JS: PdfString.fromString("app.alert(1)") })),
      /what happens on opening/,
    ],
    "an attachment": [(pdf) => pdf.addAttachment("x.txt", new Uint8Array([1])), /attachments/],
    "another title": [(pdf) => pdf.setTitle("Another decision"), /properties/],
    "a form field": [(pdf) => void pdf.getOrCreateForm().createTextField("amount"), /the form/],
    layers: [(pdf) => pdf.getCatalog().set("OCProperties", PdfDict.of({ OCGs: PdfArray.of() })), /the layers/],
  };
  for (const [name, [change, expected, planted]] of Object.entries(cases))
    test(name, async () => {
      const said = await updated(change, planted);
      assert.match(said, /^TOTAL-FAILED FORMAT_FAILURE changed after signing/);
      assert.match(said, expected);
    });
});

describe("the place of the signature", () => {
  const swap = (search: RegExp, replace: (found: string) => string) => {
    const found = search.exec(text(good))![0];
    const put = replace(found);
    assert.notEqual(put, found);
    return bytes(text(good).replace(found, put));
  };
  test("a byte range that leaves out more than the signature (wrapping)", async () => {
    // The signed end moves to the back; between lies what nobody signed.
    const [, length = "", next = ""] = /\/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)/.exec(text(good))!;
    const moved = Number(next) + 40;
    const head = text(good).slice(0, Number(next)).replace(`${length} ${next} `, `${length} ${moved} `);
    const wrapped = bytes(`${head}${"\n% Pay 900 to Mallory".padEnd(40)}${text(good).slice(Number(next))}`);
    assert.match(await verdict(wrapped), /^TOTAL-FAILED FORMAT_FAILURE/);
  });
  test("numbers that are missing, negative, or of another file", async () => {
    for (const put of [
      "/ByteRange null",
      "/ByteRange []",
      "/ByteRange [0 1]",
      "/ByteRange [0 -5 9 9]",
      "/ByteRange [1 2 3 4]",
    ])
      assert.match(
        await verdict(swap(/\/ByteRange\s*\[[^\]]*\]/, (found) => put.padEnd(found.length))),
        /^TOTAL-FAILED FORMAT_FAILURE/,
        put,
      );
  });
  test("no signature, an empty one, and bytes behind one", async () => {
    assert.match(
      await verdict(swap(/\/Contents\s*<[0-9A-F]*>/, (found) => found.replaceAll(/[0-9A-F](?=[0-9A-F]*>)/g, "0"))),
      /^TOTAL-FAILED FORMAT/,
    );
    assert.match(await verdict(swap(/00>/, () => "01>")), /^TOTAL-FAILED FORMAT_FAILURE there are bytes after/);
    assert.equal(
      (await validated(await somePdf())).indication,
      "INDETERMINATE",
      "a file without a signature is not valid",
    );
  });
  test("an older kind of signature, and one of no kind", async () => {
    assert.match(
      await verdict(swap(/ETSI\.CAdES\.detached/, () => "adbe.pkcs7.sha1---  ".slice(0, 19))),
      /^TOTAL-FAILED/,
    );
  });
  test("the signature of another file in its place", async () => {
    const other = await sealed(await somePdf(true), { chain: [] });
    const theirs = /\/Contents\s*<([0-9A-F]*)>/.exec(text(other))![1]!;
    assert.match(
      await verdict(swap(/\/Contents\s*<[0-9A-F]*>/, (found) => found.replace(/<.*>/, `<${theirs}>`))),
      /^TOTAL-FAILED HASH_FAILURE/,
    );
  });
});
