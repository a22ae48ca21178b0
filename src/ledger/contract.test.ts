import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The files a bundle for browsers is made of. @throws if it needs anything of Node */
async function filesOf(face: string): Promise<string[]> {
  const entry = fileURLToPath(new URL(face, import.meta.url));
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    platform: "browser",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  return Object.keys(result.metafile.inputs);
}

test("the contract runs in a browser and imports nothing but its neighbours", async () => {
  const files = await filesOf("./contract.ts");
  assert.ok(files.length > 5);
  for (const file of files) assert.match(file, /(^|\/)src\/ledger\/[a-z-]+\.ts$/);
});

test("the check above can fail: signing needs Node", async () => {
  await assert.rejects(filesOf("./keys.ts"), /node:crypto/);
});
