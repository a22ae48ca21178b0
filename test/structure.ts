import { globSync, readFileSync } from "node:fs";

/** One import of one source file, as written. */
export interface ImportLine {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly specifier: string;
}

export type ModuleMap = Readonly<Record<string, { readonly owns: string; readonly imports: readonly string[] }>>;

/** All imports and re-exports of the product's TypeScript files. */
export function readImports(files: readonly string[] = globSync("{src,countries,demo,web}/**/*.ts")): ImportLine[] {
  return files.flatMap((file) => importsOf(readFileSync(file, "utf8")).map((specifier) => ({ file, specifier })));
}

export function importsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
  return [...code.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"([^"]+)"/g)].map((match) => match[1]!);
}

/**
 * Compares the module map with the code, both ways.
 * @returns one line for each import that breaks the map, each entry the code does not use, and each cycle
 */
export function structureFindings(map: ModuleMap, imports: readonly ImportLine[]): string[] {
  const findings: string[] = [];
  const order = Object.keys(map);
  const used = new Map<string, Set<string>>(order.map((name) => [name, new Set()]));
  for (const { file, specifier } of imports) {
    const owner = /^src\/([a-z-]+)\//.exec(file)?.[1];
    const isTest = file.endsWith(".test.ts");
    if (owner && !map[owner] && file.includes("/"))
      findings.push(`${file}: module "${owner}" is not in docs/modules.json`);
    if (specifier.startsWith(".")) {
      const target = new URL(specifier, `file:///${file}`).pathname.slice(1);
      const room = (path: string): string =>
        /^(?:src\/[a-z-]+(?=\/)|src|countries\/[a-z-]+|demo|web|scripts|test)/.exec(path)?.[0] ?? path;
      if (room(target) !== room(file))
        findings.push(`${file}: reaches into another room by ${specifier}; use its door`);
      continue;
    }
    const door = /^#([a-z-]+)(?:\/([a-z-]+))?$/.exec(specifier);
    if (!door || !owner || isTest) continue;
    const name = door[1]!;
    if (door[2] && !["contract", "lists", "pages", "testing"].includes(door[2]))
      findings.push(`${file}: ${specifier} is not a door`);
    if (name === owner) findings.push(`${file}: imports its own door`);
    else if (!map[name]) findings.push(`${file}: ${specifier} is above the modules`);
    else {
      used.get(owner)?.add(name);
      if (!map[owner]?.imports.includes(name)) findings.push(`${file}: ${owner} may not import ${name}`);
    }
  }
  for (const [name, { imports: allowed }] of Object.entries(map)) {
    for (const other of allowed) {
      if (order.indexOf(other) >= order.indexOf(name))
        findings.push(`docs/modules.json: ${name} may not come before ${other}, which it imports`);
      if (!used.get(name)?.has(other))
        findings.push(`docs/modules.json: ${name} is said to import ${other} but does not`);
    }
  }
  return [...new Set(findings)];
}
