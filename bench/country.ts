import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCountry, type RunningCountry } from "#demo";

/** A demonstration country of its own for a benchmark; gone afterwards. */
export async function withCountry(port: number, work: (country: RunningCountry) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "taroko-bench-"));
  const country = await runCountry({ folder: join(folder, "data"), port });
  try {
    await work(country);
  } finally {
    await country.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
