import { readdirSync, readFileSync } from "node:fs";

/**
 * The decision models in `rules/`: `<id>.dmn`, and each later version beside it as `<id>.<first day>.dmn`. The name only gathers the
 * versions of one model; from which day one is in force, the model itself says.
 */
export function readModels(): Readonly<Record<string, readonly string[]>> {
  const folder = new URL("./rules/", import.meta.url);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".dmn"))
    .toSorted();
  const models = Map.groupBy(files, (name) => name.split(".")[0]!);
  return Object.fromEntries(
    [...models].map(([id, names]) => [id, names.map((name) => readFileSync(new URL(name, folder), "utf8"))]),
  );
}
