import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isContext, isList, isNumber, kindOf, parseNumber, type FeelValue } from "./feel/value.ts";
import { equal } from "./feel/operate.ts";
import { literalText } from "./feel/text.ts";
import { loadModel, type DecisionModel } from "./load-model.ts";
import { readTckFile, type TckCase } from "./tck-case.ts";
import { readXml } from "./xml-tree.ts";

/** The cases of the DMN Technology Compatibility Kit that lie beside the code, with two folders, one for each compliance level. */
export const tckRoot: URL = new URL("./vectors/dmn-tck/", import.meta.url);
export const tckLevels = ["compliance-level-2", "compliance-level-3"] as const;

/** What became of one folder of cases. */
export interface FolderReport {
  readonly level: string;
  readonly folder: string;
  readonly passed: number;
  readonly results: number;
  /** Results that are expected to be null with a report. */
  readonly errorResults: number;
  readonly cases: readonly { readonly id: string; readonly failure: string | undefined }[];
}

/** Runs every folder of both levels under `root`, which is laid out like `TestCases` of the kit. */
export function runTck(root: URL): FolderReport[] {
  return tckLevels.flatMap((level) =>
    folders(new URL(`${level}/`, root)).map((folder) => runFolder(new URL(`${level}/${folder}/`, root), level, folder)),
  );
}

function folders(place: URL): string[] {
  return readdirSync(place, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Runs the test files of one folder; a model that several of them or imports need is compiled once. */
export function runFolder(place: URL, level: string, folder: string): FolderReport {
  const files = readdirSync(place).sort();
  const models = files
    .filter((file) => file.endsWith(".dmn"))
    .map((file) => ({ file, xml: readFileSync(new URL(file, place), "utf8") }));
  const loaded = new Map<string, ReturnType<typeof loadModel>>();
  const model = (name: string) => {
    const main = models.find(({ file }) => file === name);
    const imports = models.filter((one) => one !== main).map(({ xml }) => xml);
    const known = loaded.get(name) ?? loadModel(main?.xml ?? "", { imports });
    loaded.set(name, known);
    return known;
  };
  const all = files
    .filter((file) => file.endsWith(".xml"))
    .flatMap((file) => {
      const xml = readXml(readFileSync(new URL(file, place), "utf8"));
      if (!xml.ok) return [{ id: file, failure: "the test file cannot be read", results: [] }];
      const { model: name, cases } = readTckFile(xml.value);
      return cases.map((one) => {
        const read = model(name);
        const failure = read.ok ? runCase(read.value, one) : `${read.error.code}: ${read.error.inside ?? ""}`;
        return { id: one.id, failure, results: one.results };
      });
    });
  const results = all.flatMap((one) => one.results);
  return {
    level,
    folder,
    cases: all.map(({ id, failure }) => ({ id, failure })),
    passed: all.filter(({ failure }) => failure === undefined).length,
    results: results.length,
    errorResults: results.filter(({ error }) => error).length,
  };
}

/** Runs one case; undefined when it passes, else what went wrong. All its results must be right. */
export function runCase(model: DecisionModel, one: TckCase): string | undefined {
  for (const { name, address, expected, error } of one.results) {
    const {
      value: whole,
      messages,
      outputs,
    } = model.evaluate(one.invocable ?? address, one.inputs, {
      now: "2026-01-01T00:00:00Z",
    });
    // a service of several outputs gives a context of them, a case names one at a time
    const several = one.type === "decisionService" && outputs > 1 && whole !== null && isContext(whole);
    const value = several ? (whole.get(name) ?? null) : whole;
    if (!sameResult(value, expected)) {
      const said = messages.map(({ code, text }) => `${code}: ${text}`).join("; ");
      return `${name}: expected ${literalText(expected)}, got ${literalText(value)} (${said})`;
    }
    if (error && messages.length === 0) return `${name}: null without a report`;
  }
  return undefined;
}

/** Expectations are rounded to between 8 and 15 digits, so numbers are compared with a tolerance; the rest exactly, zones included. */
export function sameResult(actual: FeelValue, expected: FeelValue): boolean {
  if (isNumber(actual) && isNumber(expected)) {
    const scale = expected.abs().greaterThan(1) ? expected.abs() : parseNumber("1")!;
    return actual.minus(expected).abs().lessThanOrEqualTo(scale.times("1e-8"));
  }
  if (isList(actual) && isList(expected)) {
    return actual.length === expected.length && actual.every((item, index) => sameResult(item, expected[index]!));
  }
  if (isContext(actual) && isContext(expected)) {
    return (
      actual.size === expected.size &&
      [...expected].every(([key, item]) => actual.has(key) && sameResult(actual.get(key)!, item))
    );
  }
  if (kindOf(actual).includes("time") && !kindOf(actual).includes("duration")) {
    return (
      literalText(actual) === literalText(expected) ||
      (kindOf(actual) === kindOf(expected) && equal(actual, expected) === true && zone(actual) === zone(expected))
    );
  }
  return equal(actual, expected) === true;
}

function zone(value: FeelValue): string {
  return /(?:Z|[+-]\d\d:\d\d|@.*)?$/.exec(literalText(value))![0];
}

/** `node src/rules/tck.ts FOLDER` runs the cases of a folder laid out like the kit's `TestCases`, and says what failed. */
if (import.meta.main) {
  const given = process.argv[2];
  const reports = runTck(given === undefined ? tckRoot : pathToFileURL(`${resolve(given)}/`));
  for (const { folder, passed, cases } of reports) {
    console.log(`${folder}: ${passed}/${cases.length}`);
    for (const { id, failure } of cases) if (failure !== undefined) console.log(`  ${id}: ${failure}`);
  }
  const sum = (of: (report: FolderReport) => number) => reports.reduce((all, report) => all + of(report), 0);
  console.log(`${sum(({ passed }) => passed)} of ${sum(({ cases }) => cases.length)} cases`);
}
