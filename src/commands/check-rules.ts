import { readFileSync } from "node:fs";
import { analyseModel, type Finding } from "#rules";

/** Prints what is to be mended in each file; see `rules check --help` for the answer. */
export function checkRules(files: readonly string[], { json }: { readonly json?: boolean }): number {
  const checked = files.map((file): { file: string; findings?: readonly Finding[]; fault?: string } => {
    try {
      const found = analyseModel(readFileSync(file, "utf8"));
      return found.ok
        ? { file, findings: found.value }
        : { file, fault: `${found.error.code}${found.error.inside ? `: ${found.error.inside}` : ""}` };
    } catch (fault) {
      return {
        file,
        fault: (fault as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (fault as Error).message,
      };
    }
  });
  if (json) console.log(JSON.stringify(checked));
  else
    for (const { file, findings, fault } of checked) {
      if (fault !== undefined) console.error(`${file} cannot be read: ${fault}`);
      for (const { severity, table, text } of findings ?? [])
        console.log(`${file}: ${severity}${table === undefined ? "" : ` in ${table}`}: ${text.en}`);
      if (findings) console.log(`${file}: ${count(findings, "error")} errors, ${count(findings, "warning")} warnings`);
    }
  if (checked.some(({ fault }) => fault !== undefined)) return 2;
  return checked.some(({ findings }) => findings?.some(({ severity }) => severity !== "note")) ? 1 : 0;
}

function count(findings: readonly Finding[], wanted: Finding["severity"]): number {
  return findings.filter(({ severity }) => severity === wanted).length;
}
