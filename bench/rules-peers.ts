import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { compileExpression, plainVocabulary } from "../src/rules/feel/compile.ts";
import { Run } from "../src/rules/feel/run.ts";
import { FeelNumber, isNumber, type FeelValue } from "../src/rules/feel/value.ts";
import { printTable } from "./figures.ts";
import { rateOf } from "./rules.ts";

/** An interpreter of npm: evaluates an expression with the variable `a`. */
interface Peer {
  readonly name: string;
  readonly prepare: (source: string) => (a: number) => unknown;
}

const versions = { feelin: "8.2.0", "js-feel": "1.4.7" };

/** Expressions that every interpreter here can do. */
const expressions: readonly string[] = [
  "a * 0.25 + 100",
  'if a > 5 then "x" else "y"',
  "a in [1..10]",
  "a > 3 and a < 9 or a = 0",
  "sum(for i in [1, 2, 3, 4, 5] return i * a)",
  "some x in [1, 2, 3] satisfies x > 2",
  'substring("foobar", 3)',
];
/** Sums that are right in decimals and wrong in doubles. */
const exact: readonly string[] = ["0.1 + 0.2 = 0.3", "9007199254740993 - 9007199254740992 = 1", "1.1 * 1.1 = 1.21"];

/** The npm interpreters, installed into a folder that is gone afterwards; without a registry they are skipped. */
export async function benchFeelPeers(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "taroko-feel-"));
  try {
    const peers = await install(folder);
    if (peers.length === 0)
      console.log("The registry does not answer: no other interpreter was installed, ours alone.\n");
    const all = [ours, oursFromText, ...peers];
    const rows: (string | number)[][] = [];
    for (const source of expressions) {
      const expected = plain(await ours.prepare(source)(7));
      const row: (string | number)[] = [`\`${source.replaceAll("|", "\\|")}\``];
      for (const peer of all) row.push(await measured(peer, source, expected));
      rows.push(row);
    }
    for (const source of exact) {
      const row: (string | number)[] = [`\`${source}\``];
      for (const peer of all) row.push(String(await answer(peer, source)));
      rows.push(row);
    }
    printTable(["evaluations a second of processor time", ...all.map(({ name }) => name)], rows);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function answer(peer: Peer, source: string): Promise<unknown> {
  try {
    return plain(await peer.prepare(source)(7));
  } catch {
    return "cannot";
  }
}

async function measured(peer: Peer, source: string, expected: unknown): Promise<string | number> {
  const given = await answer(peer, source);
  if (given === "cannot") return "cannot";
  if (JSON.stringify(given) !== JSON.stringify(expected)) return `other answer: ${JSON.stringify(given)}`;
  const evaluate = peer.prepare(source);
  const first = evaluate(7);
  if (!(first instanceof Promise)) return Math.round(rateOf(evaluate, 150).cpu);
  // js-feel answers by promises; a hundred are waited for at a time
  let runs = 0;
  const before = process.cpuUsage();
  let used = 0;
  do {
    await Promise.all(Array.from({ length: 100 }, () => evaluate(7)));
    runs += 100;
    const { user, system } = process.cpuUsage(before);
    used = user + system;
  } while (used < 400_000);
  return Math.round((runs / used) * 1e6);
}

function plain(value: unknown): unknown {
  return isNumber(value as FeelValue) ? (value as { toNumber(): number }).toNumber() : value;
}

const scope = { names: ["a"], parent: undefined };

const ours: Peer = {
  name: "Taroko, compiled once",
  prepare: (source) => {
    const compiled = compileExpression(source, scope, plainVocabulary);
    return (a) => compiled({ values: [new FeelNumber(a)], parent: undefined, run: new Run() });
  },
};
const oursFromText: Peer = {
  name: "Taroko, text read each time",
  prepare: (source) => (a) =>
    compileExpression(
      source,
      scope,
      plainVocabulary,
    )({
      values: [new FeelNumber(a)],
      parent: undefined,
      run: new Run(),
    }),
};

async function install(folder: string): Promise<Peer[]> {
  await writeFile(join(folder, "package.json"), '{"private":true,"type":"module"}');
  const wanted = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
  try {
    await promisify(execFile)("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...wanted], {
      cwd: folder,
      timeout: 60_000,
    });
  } catch {
    return [];
  }
  const require = createRequire(pathToFileURL(join(folder, "package.json")));
  const feelin = (await import(pathToFileURL(require.resolve("feelin")).href)) as {
    evaluate(source: string, context: object): { value: unknown };
  };
  const { feel } = (
    require("js-feel") as () => { feel: { parse(source: string): { build(context: object): unknown } } }
  )();
  return [
    {
      name: `feelin ${versions.feelin}, text read each time`,
      prepare: (source) => (a) => feelin.evaluate(source, { a }).value,
    },
    {
      name: `js-feel ${versions["js-feel"]}, parsed once`,
      prepare: (source) => {
        const tree = feel.parse(source);
        return (a) => tree.build({ a });
      },
    },
  ];
}
