/** `npm run check`: format, lint, types, unused code, structure. Runs all, says which failed. */
import { spawnSync } from "node:child_process";

process.chdir(new URL("..", import.meta.url).pathname);
const steps: [name: string, command: string, ...rest: string[]][] = [
  ["format", "oxfmt", "--check", "."],
  ["lint", "oxlint", "--type-aware", "--deny-warnings"],
  ["types", "tsc", "-p", "."],
  ["unused code", "knip", "--no-progress"],
  ["structure", "node", "--test", "--test-reporter=dot", "test/architecture.test.ts"],
];
const failed: string[] = [];
for (const [name, command, ...rest] of steps) {
  const started = performance.now();
  const run = spawnSync(`node_modules/.bin/${command}`, rest, { stdio: "inherit" });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${run.status === 0 ? "✓" : "✗"} ${name} (${seconds} s)`);
  if (run.status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exit(1);
}
