/**
 * `npm test [-- pattern …]`: all tests, or those whose path contains a pattern. One embedded PostgreSQL serves them all;
 * each test file gets databases of its own. Browser tests run where a Chromium is found.
 */
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { startPostgres } from "#store";
import { findChromium } from "../test/browser/chromium.ts";

const root = new URL("..", import.meta.url).pathname;
process.chdir(root);
const patterns = process.argv.slice(2);
const files = globSync([
  "src/**/*.test.ts",
  "countries/**/*.test.ts",
  "demo/**/*.test.ts",
  "web/**/*.test.ts",
  "test/**/*.test.ts",
]).filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)));
if (files.length === 0) {
  console.error(`No test file matches ${patterns.join(" ")}`);
  process.exit(1);
}

const chromium = findChromium();
if (chromium) console.log(`Browser tests use ${chromium}.`);
else if (process.env["TAROKO_BROWSER"] === "required") {
  console.error(
    "Browser tests are required and no Chromium was found. Install the package chromium, or set CHROMIUM to its path.",
  );
  process.exit(1);
} else
  console.log(
    "No Chromium found: browser tests are skipped. Install the package chromium, or set CHROMIUM to its path.",
  );

const folder = mkdtempSync(join(tmpdir(), "taroko-test-"));
chmodSync(folder, 0o755);
const url = process.env["DATABASE_URL"];
const server = await startPostgres({ folder: join(folder, "postgres"), url });
const adminUrl = await server.database("postgres");
const run = spawn(process.execPath, ["--test", "--test-concurrency=2", "--test-timeout=300000", ...files], {
  stdio: "inherit",
  // Each file is a process of its own: what one has compiled, the others need not.
  env: { ...process.env, TAROKO_TEST_POSTGRES: adminUrl, NODE_COMPILE_CACHE: join(folder, "compiled") },
});
const code = await new Promise<number>((done) => run.once("exit", (status) => done(status ?? 1)));
await server.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(code);
