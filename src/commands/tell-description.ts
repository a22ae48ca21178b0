import { readFileSync } from "node:fs";
import { compareDescriptions, compileContract, endpointsOf, readDescription, type Description } from "#exchange";
import { messageOf } from "./answer.ts";

export interface OpenapiOptions {
  /** The description that is in use now. */
  readonly against?: string;
  readonly json?: boolean;
}

/**
 * `taroko openapi`: what a description would publish, what of it cannot be checked, and what it would change.
 * @returns the exit status: 0 usable, 1 not usable or only in part, 2 a file could not be read
 */
export function tellDescription(file: string, { against, json = false }: OpenapiOptions): 0 | 1 | 2 {
  try {
    const now = opened(file);
    const before = against === undefined ? undefined : opened(against);
    const compiled = compileContract(now.document);
    const findings = compiled.ok ? compiled.value.findings : [compiled.error];
    const endpoints = endpointsOf(now);
    const change = before && compareDescriptions(before, now);
    if (json) console.log(JSON.stringify({ version: now.version, endpoints, findings, ...(change ? { change } : {}) }));
    else {
      for (const { method, path } of endpoints) console.log(`${method.padEnd(7)} ${path}`);
      for (const name of ["added", "removed", "changed"] as const)
        for (const one of change?.[name] ?? []) console.log(`${name.padEnd(7)} ${one}`);
      for (const { code, at } of findings) console.log(`not checked: ${code} at ${at || "the top"}`);
    }
    return findings.length === 0 ? 0 : 1;
  } catch (fault) {
    console.error(messageOf(fault));
    return fault instanceof Unusable ? 1 : 2;
  }
}

class Unusable extends Error {}

function opened(file: string): Description {
  const read = readDescription(readFileSync(file, "utf8"));
  if (!read.ok) throw new Unusable(`${file} cannot be used: ${read.error.code} at ${read.error.at || "the top"}`);
  return read.value;
}
