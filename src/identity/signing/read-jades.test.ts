import assert from "node:assert/strict";
import { test } from "node:test";
import { fixedClock } from "#kernel";
import { readJadesFile } from "./read-jades.ts";
import { validateFile } from "./validate.ts";

const trust = { clock: fixedClock("2026-03-02T01:00:00Z"), trustedIssuers: [] } as never;

test("a file nested millions deep is refused before it is read: one would hold up everybody for seconds", async () => {
  const levels = 3_000_000;
  const deep = `{"payload":"","x":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  const started = performance.now();
  const { indication } = await validateFile(Buffer.from(deep), trust);
  assert.equal(indication, "TOTAL-FAILED");
  assert.ok(performance.now() - started < 1_500, String(performance.now() - started));
});

test("brackets inside texts are no levels", () => {
  const header = JSON.stringify({ note: `${"[".repeat(100)}\\"${"{".repeat(100)}`, crit: [] });
  const flat = JSON.stringify({ protected: Buffer.from(header).toString("base64url"), payload: "", signature: "AA" });
  const read = readJadesFile(flat);
  assert.equal("detail" in read && read.detail, "crit", "it was read as far as its header");
});
