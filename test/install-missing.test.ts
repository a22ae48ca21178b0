import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const script = new URL("../scripts/install-missing.mjs", import.meta.url).pathname;
const wanted = {
  "": {},
  "node_modules/a": { integrity: "sha512-a" },
  "node_modules/b": { integrity: "b", optional: true },
};

/** Runs the script in a folder where npm installed these packages; npm itself cannot be found, so that a try to install fails. */
function start(installed: object): { readonly status: number | null; readonly said: string } {
  const root = mkdtempSync(join(tmpdir(), "taroko-install-"));
  for (const folder of ["scripts", "node_modules"]) mkdirSync(join(root, folder));
  copyFileSync(script, join(root, "scripts", "install-missing.mjs"));
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: wanted }));
  writeFileSync(join(root, "node_modules", ".package-lock.json"), JSON.stringify({ packages: installed }));
  const { status, stderr } = spawnSync(process.execPath, [join(root, "scripts", "install-missing.mjs")], {
    encoding: "utf8",
    env: { PATH: root },
  });
  rmSync(root, { recursive: true });
  return { status, said: stderr };
}

test("what npm ci has installed is not installed again", () => {
  assert.deepEqual(start({ "node_modules/a": { integrity: "sha512-a" } }), { status: 0, said: "" });
});

test("what is absent or another version is installed", () => {
  for (const installed of [{}, { "node_modules/a": { integrity: "sha512-other" } }]) {
    const { status, said } = start(installed);
    assert.equal(status, 1);
    assert.match(said, /^Installing what is missing/);
  }
});
