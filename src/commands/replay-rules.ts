import { replayCase } from "#flows";
import { caseByNumber } from "#services";
import { openDatabase } from "#store";

/** Judges a case anew and says whether it comes out the same; see `rules replay --help` for the answer. */
export async function replayRules(
  number: string,
  o: { readonly database: string; readonly json?: boolean },
): Promise<number> {
  const database = openDatabase(o.database, { max: 1, readOnly: true });
  try {
    const id = await caseByNumber(database, number);
    if (id === undefined) {
      console.error(`There is no case ${number}.`);
      return 2;
    }
    const replayed = await replayCase(database, id);
    if (!replayed.ok) {
      console.error(
        `The case cannot be judged anew: ${replayed.error.code} ${String(replayed.error.params?.["why"] ?? "")}`,
      );
      return 2;
    }
    const { same, model, engine, at, differences } = replayed.value;
    if (o.json) console.log(JSON.stringify(replayed.value));
    else {
      console.log(`${number}: ${same ? "the same result" : "another result"}`);
      console.log(`model ${model.id} ${model.version} (${model.hash}), as of ${at}`);
      console.log(`engine ${engine.was}${engine.was === engine.is ? "" : `, now ${engine.is}`}`);
      for (const { what, was, is } of differences) console.log(`${what}: ${was} → ${is}`);
    }
    return same ? 0 : 1;
  } catch (fault) {
    console.error(`The case cannot be judged anew: ${(fault as Error).message}`);
    return 2;
  } finally {
    await database.close();
  }
}
