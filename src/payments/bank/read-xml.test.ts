import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { SaxesParser } from "saxes";
import { readXml, type XmlElement } from "./read-xml.ts";

const namespace = "urn:test";

/** What a general parser reads; `undefined` for what it refuses, and for what readXml refuses on purpose. */
function readBySaxes(xml: string): XmlElement | undefined {
  const parser = new SaxesParser({ xmlns: true });
  const open: (XmlElement & { children: XmlElement[]; text: string })[] = [];
  let root: XmlElement | undefined;
  let refused = false;
  const no = (): void => void (refused = true);
  parser.on("doctype", no);
  parser.on("processinginstruction", no);
  parser.on("error", no);
  parser.on("opentag", (tag) => {
    if (tag.uri !== namespace) refused = true;
    const attributes = Object.fromEntries(Object.values(tag.attributes).map(({ name, value }) => [name, value]));
    const element = { name: tag.local, attributes, children: [], text: "" };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  const text = (more: string): void => {
    const element = open.at(-1);
    if (element) element.text += more;
  };
  parser.on("text", text);
  parser.on("cdata", text);
  parser.on("closetag", () => void open.pop());
  parser.write(xml).close();
  return refused ? undefined : root;
}

test("reads what a general parser reads, and refuses what it refuses", () => {
  const piece = fc.constantFrom(
    "<a>",
    "</a>",
    "<b x='1' y=\"&lt;\">",
    "</b>",
    "<b/>",
    "<p:a>",
    "</p:a>",
    "text",
    " ",
    "\n",
    "\r\n",
    "&amp;",
    "&#x1F40E;",
    "&#0;",
    "&nothing;",
    "&",
    "]]>",
    "<![CDATA[<x>&]]>",
    "<!-- c -->",
    "<!-- c --",
    "<!DOCTYPE a>",
    "<?pi?>",
    "<",
    ">",
    "\u0001",
    "林𡘙美",
    '<a xmlns="urn:other">',
    '<a xmlns:p="urn:test">',
    "<a x='1' x='2'>",
    "<a q:x='1'>",
    "</a >",
    "<a\n>",
  );
  const message = fc
    .tuple(fc.boolean(), fc.array(piece, { maxLength: 12 }))
    .map(
      ([head, pieces]) =>
        `${head ? '<?xml version="1.0" encoding="UTF-8"?>\n' : ""}<r xmlns="urn:test" xmlns:p="urn:test">${pieces.join("")}</r>`,
    );
  const balanced = fc
    .letrec<{ node: string; nodes: string }>((tie) => ({
      nodes: fc.array(tie("node"), { maxLength: 4 }).map((nodes) => nodes.join("")),
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("text", " ", "&amp;", "<!-- c -->", "<![CDATA[a<b]]>", "<b/>", "林𡘙美"),
        tie("nodes").map((inner) => `<a>${inner}</a>`),
        tie("nodes").map((inner) => `<p:b x='1'>${inner}</p:b >`),
        tie("nodes").map((inner) => `<q:b xmlns:q="urn:test">${inner}</q:b>`),
      ),
    }))
    .nodes.map((inner) => `<r xmlns="urn:test" xmlns:p="urn:test">${inner}</r>`);
  fc.assert(
    fc.property(fc.oneof(message, balanced), (xml) => {
      const ours = readXml(xml, namespace);
      const theirs = readBySaxes(xml);
      assert.deepEqual(
        ours.ok ? JSON.parse(JSON.stringify(ours.value)) : undefined,
        theirs && JSON.parse(JSON.stringify(theirs)),
      );
    }),
    { numRuns: 3_000 },
  );
});

test("refuses what may hurt before it costs", () => {
  const bad: readonly (readonly [string, string])[] = [
    ['<!DOCTYPE r [<!ENTITY a "aaaa">]><r xmlns="urn:test">&a;</r>', "document type declarations are refused"],
    ['<?xml-stylesheet href="x"?><r xmlns="urn:test"/>', "processing instructions are refused"],
    ['<r xmlns="urn:other"/>', "element r is in another namespace"],
    ["<r/>", "element r is in another namespace"],
    [`<r xmlns="urn:test">${"<a>".repeat(40)}`, "elements are nested too deeply"],
    ["", "message is empty"],
    ["x", "there is text outside of the root"],
    ['<r xmlns="urn:test"/><r xmlns="urn:test"/>', "there is a second root"],
    ['<r xmlns="urn:test">', "an element does not end"],
    // A general parser takes this for text and reads on wrongly.
    ['<r xmlns="urn:test">\uD800<a/></r>', "a character is none of XML"],
  ];
  for (const [xml, why] of bad) assert.deepEqual(readXml(xml, namespace), { ok: false, error: why }, xml.slice(0, 60));
  assert.deepEqual(readXml(" ".repeat(64_000_001), namespace), { ok: false, error: "message is too large" });
});
