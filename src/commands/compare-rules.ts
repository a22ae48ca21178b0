import { readFileSync } from "node:fs";
import { compareModels, loadModel, type ModelChange } from "#rules";
import type { ChangedCase } from "#services";

/** Prints what is not the same in two versions, and over a portal's cases who would get what; see `rules compare --help`. */
export async function compareRules(
  before: string,
  after: string,
  o: { readonly database?: string; readonly country: string; readonly json?: boolean },
): Promise<number> {
  try {
    const xml = readFileSync(after, "utf8");
    const changes = compareModels(readFileSync(before, "utf8"), xml);
    const loaded = loadModel(xml);
    if (!changes.ok || !loaded.ok) {
      const refused = changes.ok ? loaded : changes;
      console.error(`They cannot be compared: ${refused.ok ? "" : (refused.error.inside ?? refused.error.code)}`);
      return 2;
    }
    const print = (line: string) => (o.json ? undefined : console.log(line));
    for (const change of changes.value) print(changeLine(change));
    if (o.database === undefined) {
      if (o.json) console.log(JSON.stringify({ changes: changes.value }));
      return changes.value.length > 0 ? 1 : 0;
    }
    // Read only when wanted: two files are compared without the rest of the portal.
    const { tryCases } = await import("./try-rule.ts");
    const tally = await tryCases(o.database, o.country, loaded.value, (one) => print(caseLine(one)));
    if (o.json)
      console.log(
        JSON.stringify({
          changes: changes.value,
          cases: { ...tally, before: `${tally.before}`, after: `${tally.after}` },
        }),
      );
    print(
      `${tally.done} cases: ${tally.changed} would change (${tally.gained} newly entitled, ${tally.lost} no longer, ${tally.unclear} not to be judged). Sum ${tally.before} → ${tally.after}.`,
    );
    return changes.value.length > 0 || tally.changed > 0 ? 1 : 0;
  } catch (fault) {
    console.error(`They cannot be compared: ${(fault as Error).message}`);
    return 2;
  }
}

function changeLine({ what, element, row, column, before, after }: ModelChange): string {
  const place = [element, row === undefined ? "" : `row ${row}`, column?.en ?? ""].filter(Boolean).join(", ");
  return `${what} ${place}: ${before ?? "(none)"} → ${after ?? "(none)"}`;
}

function caseLine({ number, before, after, why }: ChangedCase): string {
  const amount = (outcome: ChangedCase["before"]) => (outcome ? `${outcome.amount}` : "?");
  return `${number}: ${amount(before)} → ${amount(after)} (${why.map(({ label }) => label.en).join("; ")})`;
}
