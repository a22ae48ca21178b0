import assert from "node:assert/strict";
import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import type * as Door from "./index.ts";

const files = globSync("*.ts", { cwd: import.meta.dirname }).filter((name) => !name.endsWith(".test.ts"));

/** What a file imports that is neither Node's own nor beside it. */
function strangers(source: string): string[] {
  return [...source.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)]
    .map((match) => match[1]!)
    .filter((name) => !/^node:|^\.\/[\w-]+\.ts$/.test(name));
}

test("the validator imports nothing but Node and its own files", () => {
  assert.ok(files.includes("validate.ts") && files.includes("ocsp.ts"));
  const found = files.flatMap((name) => strangers(readFileSync(join(import.meta.dirname, name), "utf8")));
  assert.deepEqual(found, []);
  for (const planted of ['import { ok } from "#kernel";', 'import "../person.ts";', 'await import("pkijs")'])
    assert.equal(strangers(planted).length, 1, planted);
});

test("copied to an empty folder it validates the publisher's token", async () => {
  const folder = mkdtempSync(join(tmpdir(), "web-eid-alone-"));
  try {
    for (const name of files) copyFileSync(join(import.meta.dirname, name), join(folder, basename(name)));
    const door = (await import(pathToFileURL(join(folder, "index.ts")).href)) as typeof Door;
    const vectors = new URL("../vectors/", import.meta.url);
    const { tokens, trusted_ca: issuers } = JSON.parse(readFileSync(new URL("tokens.json", vectors), "utf8")) as {
      readonly trusted_ca: readonly string[];
      readonly tokens: readonly { origin: string; nonce: string; clock: string; token: unknown }[];
    };
    const [vector] = tokens;
    const verdict = await door.validateAuthToken({
      token: JSON.stringify(vector!.token),
      origin: vector!.origin,
      challenge: vector!.nonce,
      trustedIssuers: issuers.map((path) => door.readCertificate(readFileSync(new URL(path, vectors)))),
      revocation: () => Promise.resolve("good"),
      clock: { now: () => new Date(vector!.clock) },
    });
    assert.ok(verdict.valid);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
