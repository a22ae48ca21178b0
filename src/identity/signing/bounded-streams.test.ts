import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { streamFault } from "./bounded-streams.ts";

function file(filter: string, packed: Uint8Array): Uint8Array {
  const [head, tail] = [`%PDF-1.7\n1 0 obj\n<</Type/ObjStm ${filter}>>\nstream\n`, "\nendstream\nendobj\n%%EOF\n"];
  return Buffer.concat([Buffer.from(head), packed, Buffer.from(tail)]);
}

test("a stream that would fill the memory is refused before anybody unpacks it whole", () => {
  const small = deflateSync(Buffer.alloc(1_000_000));
  const bomb = deflateSync(Buffer.alloc(60_000_000));
  assert.equal(streamFault(file("/Filter/FlateDecode", small)), undefined);
  assert.ok(bomb.length < 100_000);
  const cases: readonly [string, Uint8Array][] = [
    ["/Filter/FlateDecode", bomb],
    ["/Filter/#46lateDecode", small],
    ["/Filter[/FlateDecode/FlateDecode]", small],
    ["/Filter[/FlateDecode /ASCIIHexDecode\n/Fl]", small],
    ["/Filter 5 0 R", small],
    ["/Filter /LZWDecode", small],
  ];
  for (const [filter, packed] of cases) assert.ok(streamFault(file(filter, packed)), filter);
  const hiding = Buffer.concat([deflateSync(Buffer.from("endstream"), { level: 0 }).subarray(0, -4), bomb.subarray(2)]);
  hiding[2]! &= 0xfe; // its first block is not the last: the text is part of the data
  assert.match(
    streamFault(file("/Filter/FlateDecode", hiding)) ?? "",
    /too much/,
    "the end is not where it says endstream",
  );
  const many = Buffer.concat(
    Array.from({ length: 4 }, () => file("/Filter/FlateDecode", deflateSync(Buffer.alloc(45_000_000)))),
  );
  assert.match(streamFault(many) ?? "", /too much/, "many that are allowed each");
});
