import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { bufferAccess } from "./open-file.ts";
import { trustFromSharedParams } from "./trust.ts";
import { verifyContainer } from "./verify.ts";

const read = (name: string): Buffer => readFileSync(new URL(`./vectors/${name}`, import.meta.url));
const trust = trustFromSharedParams(read("trust/shared-params.xml"));

/** Named as published; what counts is valid or invalid, the codes are ours. */
const vectors = [
  ["valid-non-batch-rest.asice", "valid", [], []],
  ["valid-signed-hashchain.asice", "valid", [], ["attachment-missing"]],
  ["invalid-digest.asice", "invalid", ["digest-mismatch"], []],
  ["invalid-hashchain-modified-message.asice", "invalid", ["digest-mismatch"], []],
] as const;
for (const [name, expected, codes, notes] of vectors) {
  test(name, async () => {
    const verdict = await verifyContainer(bufferAccess(read(name)), { trust });
    const told = [verdict.verdict, verdict.findings.map(({ code }) => code), verdict.notes.map(({ code }) => code)];
    assert.deepEqual(told, [expected, codes, notes], JSON.stringify(verdict));
  });
}
