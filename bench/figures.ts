/** The value below which a share of the samples lies; nearest rank. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Times `work` once for each of `count` runs, after `warm` runs that do not count; milliseconds. */
export async function sample(count: number, warm: number, work: (run: number) => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let run = -warm; run < count; run += 1) {
    const from = performance.now();
    await work(run);
    if (run >= 0) samples.push(performance.now() - from);
  }
  return samples;
}

/** Prints rows as a Markdown table, so that it can be pasted into a note. */
export function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const text = (cell: string | number): string =>
    typeof cell === "number" ? cell.toLocaleString("en-US", { maximumFractionDigits: 2 }) : cell;
  console.log(`| ${head.join(" | ")} |`);
  console.log(`|${head.map(() => "---").join("|")}|`);
  for (const row of rows) console.log(`| ${row.map(text).join(" | ")} |`);
}
