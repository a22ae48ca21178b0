import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { counted, emptyTally, servicesBy, tryCase, type Country, type Tally } from "#flows";
import type { DecisionModel } from "#rules";
import { pastCases, type ChangedCase } from "#services";
import { openDatabase } from "#store";

const casesAtATime = 200;

/** Tries a changed model over the cases of a portal, which is only read, and tells each that would come out otherwise. */
export async function tryCases(
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
