// Runs before every script, under whatever Node the machine has (20 or later): installs exactly what package-lock.json
// says when node_modules is missing or belongs to another lock file. Plain JavaScript, because the pinned Node may not be here yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const stampFile = new URL("node_modules/.taroko-lock", root);
const want = createHash("sha256")
  .update(readFileSync(new URL("package-lock.json", root)))
  .digest("hex");
const have = existsSync(stampFile) ? readFileSync(stampFile, "utf8") : "";

// Whoever ran npm ci has all there is: npm's own list of what it installed says so.
if (have !== want && installed()) writeFileSync(stampFile, want);
else if (have !== want) {
  console.error("Installing what is missing (npm ci) …");
  const windows = process.platform === "win32";
  const done = spawnSync(windows ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: windows,
  });
  if (done.status !== 0) {
    console.error("npm ci failed. Is the package registry reachable? Run `npm ci` to see why.");
    process.exit(1);
  }
  writeFileSync(stampFile, want);
}

function installed() {
  const read = (path) => JSON.parse(readFileSync(new URL(path, root), "utf8")).packages;
  if (!existsSync(new URL("node_modules/.package-lock.json", root))) return false;
  const here = read("node_modules/.package-lock.json");
  const wanted = Object.entries(read("package-lock.json")).filter(([path]) => path !== "");
  const known = new Map(wanted);
  return (
    wanted.every(([path, { optional }]) => optional || path in here) &&
    Object.entries(here).every(([path, { integrity }]) => known.get(path)?.integrity === integrity)
  );
}
