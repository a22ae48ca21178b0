import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCountry, type RunningCountry } from "#demo";

/** A demonstration country of its own for a benchmark; gone afterwards. */
export async function withCountry(port: number, work: (country: RunningCountry) => Promise<void>): Promise<void> {
  const folder = benchFolder();
  const country = await runCountry({ folder: join(folder, "data"), port });
  try {
    await work(country);
  } finally {
    await country.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A temporary folder that the database's own user may pass through, when we are root. */
export function benchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "taroko-bench-"));
  chmodSync(folder, 0o755);
  return folder;
}
