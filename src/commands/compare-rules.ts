import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { counted, emptyTally, servicesBy, tryCase, type Country, type Tally } from "#flows";
import { compareModels, loadModel, type DecisionModel, type ModelChange } from "#rules";
import { pastCases, type ChangedCase } from "#services";
import { openDatabase } from "#store";

const casesAtATime = 200;

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

async function tryCases(
  url: string,
  module: string,
  model: DecisionModel,
  told: (one: ChangedCase) => void,
): Promise<Tally> {
  const { country } = (await import(pathToFileURL(resolve(module)).href)) as { readonly country: Country };
  const database = openDatabase(url, { max: 1, readOnly: true });
  try {
    const services = servicesBy({ country }, model.id).map(({ id }) => id);
    let tally = emptyTally;
    for (let at: string | null = null; ;) {
      const cases = await pastCases(database, services, at, casesAtATime);
      for (const one of cases) {
        const tried = tryCase(country, model, one);
        tally = counted(tally, tried);
        if (tried.changed) told(tried.changed);
      }
      at = cases.at(-1)?.id ?? null;
      if (cases.length < casesAtATime) return tally;
    }
  } finally {
    await database.close();
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
