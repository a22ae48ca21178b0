import type { Clock } from "#kernel";
import { modelFamily, versionOn, type ModelFamily, type ModelVersion } from "#rules";
import { activatedTexts, keepRuleText, ruleChange } from "#services";
import type { Database, Sql } from "#store";
import type { Country } from "./country.ts";

/** The decision models in force and those to come: the country's own, and those activated at the portal's desk. */
export interface RuleBook {
  /** Every model by its id, as of the last look. */
  families(): ReadonlyMap<string, ModelFamily>;
  /** Takes up what was activated or taken back since, here or by another process of the portal. One indexed look-up when nothing was. */
  refresh(sql?: Sql): Promise<void>;
}

/**
 * Opens the rules and keeps the text of each version under its hash, so that whatever is decided by it can be replayed.
 * @throws `models-broken` when a model cannot be used, or its versions overlap or leave days without one
 */
export async function openRuleBook(o: {
  readonly database: Database;
  readonly clock: Clock;
  readonly country: Pick<Country, "models">;
}): Promise<RuleBook> {
  const { database, clock, country } = o;
  let change = await ruleChange(database);
  let families = await read(database);
  const at = clock.now();
  await database.transaction(async (tx) => {
    for (const { id, versions } of families.values())
      for (const { model, xml } of versions)
        await keepRuleText(tx, { hash: model.hash, model: id, version: model.version, xml }, at);
  });

  async function read(sql: Sql): Promise<ReadonlyMap<string, ModelFamily>> {
    const activated = await activatedTexts(sql);
    return new Map(
      Object.entries(country.models).map(([id, texts]) => {
        const own = modelFamily(id, texts);
        if (!own.ok) throw broken(id, own.error.inside ?? own.error.code);
        const hashes = new Set(own.value.versions.map(({ model }) => model.hash));
        // Once activated here and later shipped with the platform, a version is the same one.
        const more = activated.filter(({ model, hash }) => model === id && !hashes.has(hash)).map(({ xml }) => xml);
        if (more.length === 0) return [id, own.value];
        const all = modelFamily(id, [...texts, ...more]);
        if (!all.ok) throw broken(id, all.error.inside ?? all.error.code);
        return [id, all.value];
      }),
    );
  }

  return {
    families: () => families,
    refresh: async (sql = database) => {
      const last = await ruleChange(sql);
      if (last === change) return;
      families = await read(sql);
      change = last;
    },
  };
}

/** The version of a model by which a case of that day is judged. @throws `model-missing` when none is in force */
export function versionFor(rules: Pick<RuleBook, "families">, id: string, day: string): ModelVersion {
  const family = rules.families().get(id);
  const version = family && versionOn(family, day);
  if (!version)
    throw Object.assign(new Error(`no version of decision model "${id}" is in force on ${day}`), {
      code: "model-missing",
    });
  return version;
}

function broken(id: string, why: string): Error {
  return Object.assign(new Error(`decision model ${id} cannot be used: ${why}`), { code: "models-broken" });
}
