import assert from "node:assert/strict";
import { test } from "node:test";
import { readBits, readBoolean, readDer, readInteger, readOid, readTime } from "./der.ts";

const node = (hex: string) => readDer(Buffer.from(hex, "hex"));
const ascii = (tag: string, text: string) =>
  node(tag + text.length.toString(16).padStart(2, "0") + Buffer.from(text).toString("hex"));

test("what DER forbids is refused, so that no value has two spellings", () => {
  const refused: Record<string, () => unknown> = {
    "nothing at all": () => node(""),
    "length missing": () => node("30"),
    "indefinite length": () => node("30800000"),
    "padded length": () => node("0481050000000000"),
    "length longer than its content": () => node("0402ff"),
    "length octets cut short": () => node("0482"),
    "trailing byte": () => node("050000"),
    "long tag": () => node("1f8101"),
    "padded integer": () => readInteger(node("02020001")),
    "negative integer": () => readInteger(node("0201ff")),
    "empty integer": () => readInteger(node("0200")),
    "boolean that is neither": () => readBoolean(node("010101")),
    "object identifier cut short": () => readOid(node("06022a86")),
    "object identifier padded": () => readOid(node("06032a8001")),
    "time without seconds": () => readTime(ascii("17", "2601010000Z")),
    "thirty-first of February": () => readTime(ascii("17", "260231000000Z")),
    "time with a zone": () => readTime(ascii("18", "20260101000000+0800")),
  };
  for (const [name, read] of Object.entries(refused)) assert.throws(read, { code: "der-malformed" }, name);
});

test("a value longer than any of its kind is refused, and at once: its reading would take seconds", () => {
  const element = (tag: number, content: Buffer) => {
    const head = Buffer.from([tag, 0x83, content.length >> 16, (content.length >> 8) & 255, content.length & 255]);
    return readDer(Buffer.concat([head, content]));
  };
  const long = Buffer.concat([Buffer.alloc(500_000, 0xff), Buffer.from([1])]);
  const started = performance.now();
  assert.throws(() => readOid(element(0x06, long)), { code: "der-malformed" });
  assert.throws(() => readBits(element(0x03, Buffer.concat([Buffer.from([0]), long]))), { code: "der-malformed" });
  assert.throws(() => readInteger(element(0x02, Buffer.concat([Buffer.from([1]), long]))), { code: "der-malformed" });
  assert.ok(performance.now() - started < 200);
});

test("values are read as their standards say", () => {
  assert.equal(readOid(node("06082a8648ce3d040303")), "1.2.840.10045.4.3.3");
  assert.equal(readOid(node("06038837 01".replace(" ", ""))), "2.999.1");
  assert.equal(readInteger(node("020200ff")), 255n);
  assert.equal(readTime(ascii("17", "490101000000Z")).getUTCFullYear(), 2049);
  assert.equal(readTime(ascii("17", "500101000000Z")).getUTCFullYear(), 1950);
});
