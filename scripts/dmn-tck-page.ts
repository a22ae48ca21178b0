import { runTck, tckLevels, tckRoot, type FolderReport } from "../src/rules/tck.ts";

/** docs/reference/dmn-tck.md: what this engine does with the TCK's cases, folder by folder. Without the head mark. */
export function dmnTckPage(reports: readonly FolderReport[] = runTck(tckRoot)): string {
  const sum = (of: readonly FolderReport[], value: (report: FolderReport) => number): number =>
    of.reduce((all, report) => all + value(report), 0);
  const line = (name: string, of: readonly FolderReport[]): string => {
    const cases = sum(of, (report) => report.cases.length);
    const passed = sum(of, (report) => report.passed);
    return `| ${name} | ${passed} | ${cases} | ${cases - passed || ""} | ${sum(of, ({ results }) => results)} | ${sum(of, ({ errorResults }) => errorResults) || ""} |`;
  };
  const head = (first: string): string =>
    `| ${first} | Passed | Cases | Failed | Results | of these errors |\n| --- | --- | --- | --- | --- | --- |`;
  const levels = tckLevels.map((level) => ({ level, of: reports.filter((report) => report.level === level) }));
  const failures = reports.flatMap(({ folder, cases }) =>
    cases.flatMap(({ id, failure }) => (failure === undefined ? [] : [`- \`${folder}\` ${id}: ${failure}`])),
  );
  return `# The DMN Technology Compatibility Kit

The public test cases of DMN engines, [github.com/dmn-tck/tck](https://github.com/dmn-tck/tck): here level 2 whole and every second
folder of level 3. Every case runs in each test run under the name its publisher gave it; all results of a case must be right.
An **error** result is expected to be null and counts only if the engine also said why. Run any folder of cases with
\`node src/rules/tck.ts FOLDER\`. Sources: [src/rules/tck.ts](../../src/rules/tck.ts),
[the cases](../../src/rules/vectors/dmn-tck/README.md).

Methods of \`java.lang\` that models call (\`0076\`) are computed by a closed table,
[src/rules/feel/external.ts](../../src/rules/feel/external.ts); no code from outside a model is run. Other external functions are null with a report.

${head("Level")}
${[...levels.map(({ level, of }) => line(level, of)), line("**together**", reports)].join("\n")}

## Failures

${failures.length === 0 ? "None." : failures.join("\n")}

${levels
  .map(
    ({ level, of }) =>
      `## ${level}\n\n${head("Folder")}\n${of.map((report) => line(report.folder, [report])).join("\n")}\n`,
  )
  .join("\n")}`;
}
