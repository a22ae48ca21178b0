import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type OutputFile } from "esbuild";

/** A bundle for browsers: what it is made of, and its text. @throws if it needs anything of Node */
async function bundle(face: string): Promise<{ outputs: Metafile["outputs"]; files: OutputFile[] }> {
  const { metafile, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(face, import.meta.url))],
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    write: false,
    outdir: "out",
    metafile: true,
    logLevel: "silent",
  });
  return { outputs: metafile.outputs, files: outputFiles };
}

test("the contract runs in a browser: what is loaded at once is its neighbours alone, and nothing names Node", async () => {
  const { outputs, files } = await bundle("./contract.ts");
  const loadedAtOnce = Object.values(outputs).find(({ entryPoint }) => entryPoint?.endsWith("contract.ts"))!;
  const sources = Object.keys(loadedAtOnce.inputs);
  assert.ok(sources.length > 5);
  for (const source of sources) assert.match(source, /(^|\/)src\/ledger\/[a-z-]+\.ts$/);
  const later = loadedAtOnce.imports.filter(({ kind }) => kind === "dynamic-import");
  assert.equal(later.length, 1, "ML-DSA is fetched when a key of that kind turns up");
  for (const source of Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs))) {
    assert.match(source, /(^|\/)(src\/ledger\/[a-z-]+\.ts|node_modules\/@noble\/[a-z-]+\/[\w/.-]+\.js)$/);
  }
  for (const { path, text } of files) assert.ok(!/["'`]node:/.test(text), `${path} names a module of Node`);
});

test("the check above can fail: signing needs Node", async () => {
  await assert.rejects(bundle("./keys.ts"), /node:crypto/);
});
