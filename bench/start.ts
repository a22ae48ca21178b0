import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { benchFolder } from "./country.ts";
import { median, printTable } from "./figures.ts";

const port = "8700";

/** Aim: installed checkout to finished story under 15 s on two cores; the story itself under 3. */
export async function benchStart(): Promise<void> {
  const rows: (string | number)[][] = [];
  const figures = { first: [] as number[], story: [] as number[], second: [] as number[] };
  for (let run = 0; run < 3; run += 1) {
    const folder = benchFolder();
    const play = (): { total: number; seconds: number } => {
      const from = performance.now();
      const done = spawnSync(
        process.execPath,
        ["src/cli.ts", "up", "--once", "--json", "--port", port, "--data", join(folder, "data")],
        { encoding: "utf8" },
      );
      if (done.status !== 0) throw new Error(`the story failed: ${done.stdout}${done.stderr}`);
      return {
        total: (performance.now() - from) / 1000,
        seconds: (JSON.parse(done.stdout) as { seconds: number }).seconds,
      };
    };
    const first = play();
    const second = play();
    figures.first.push(first.total);
    figures.story.push(first.seconds);
    figures.second.push(second.total);
    rows.push([run + 1, first.total, first.seconds, second.total]);
    rmSync(folder, { recursive: true, force: true });
  }
  rows.push(["median", median(figures.first), median(figures.story), median(figures.second)]);
  printTable(
    [
      "run",
      "first start to story done and stopped, s",
      "of which the story, s",
      "second start, story verified again, s",
    ],
    rows,
  );
}
