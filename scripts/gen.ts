/**
 * `npm run gen`: writes the documents that are made from code into git: the problem pages and docs/reference. Nothing in
 * them depends on time or machine, so a difference means that code and documents disagree. `--check` writes nothing and
 * fails on a difference.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { registers, taiwan } from "#countries/taiwan";
import { agencyOf } from "#flows";
import type { ProblemEntry, ProblemTable } from "#kernel";
import { entryKinds, entrySchema, exampleEntry, fieldMeanings, type EntryKind, type FieldRule } from "#ledger";
import { chargeEdges, deadlines, edges, endStates, publicCharge, type State } from "#payments";
import { openApiOf } from "#registries";
import { logKinds, problemTables } from "#sites";
import { nameOf } from "../demo/people.ts";
import { faultNames, faults } from "../demo/personas/faults.ts";
import { allPersonas } from "../demo/personas/people.ts";
import { dmnTckPage } from "./dmn-tck-page.ts";

const root = new URL("..", import.meta.url).pathname;
const generatedFolders = ["docs/problems", "docs/reference"];
const mark = "<!-- Written by `npm run gen`. Change the source named below, not this file. -->\n\n";

/** Every generated file: path from the root of the repository → content. */
export function generatedFiles(): Map<string, string> {
  return new Map([...problemPages(problemTables), ...referencePages(), personasGuide()]);
}

/** The guide to the personas, written by hand but for its two tables. */
function personasGuide(): [string, string] {
  const file = "docs/guides/personas.md";
  const people = allPersonas.map(({ key, note, card, low, ...name }) => [
    `\`${key}\``,
    nameOf(name),
    note.en,
    note["zh-Hant"],
    low ? "none (low level)" : card,
  ]);
  const failing = faultNames.map((name) => {
    const { title, noticed, seen } = faults[name];
    return [`\`${name}\``, title.en, title["zh-Hant"], noticed, seen];
  });
  const parts = {
    personas: table(["Id", "Name", "Shows", "中文", "Card"], people),
    faults: table(["Fault", "What goes wrong", "中文", "Who notices", "What is seen"], failing),
  };
  let text = readFileSync(`${root}${file}`, "utf8");
  for (const [name, content] of Object.entries(parts))
    text = text.replace(
      new RegExp(`<!-- ${name} -->[^]*<!-- /${name} -->`),
      () => `<!-- ${name} -->\n\n${content}\n<!-- /${name} -->`,
    );
  return [file, text];
}

/** One page for each problem code, and their index. A code that two modules use gets both meanings on its page. */
function problemPages(tables: Readonly<Record<string, ProblemTable>>): Map<string, string> {
  const byCode = new Map<string, { module: string; entry: ProblemEntry }[]>();
  for (const [module, entries] of Object.entries(tables)) {
    for (const [code, entry] of Object.entries(entries)) {
      byCode.set(code, [...(byCode.get(code) ?? []), { module, entry }]);
    }
  }
  const pages = new Map<string, string>();
  for (const [code, meanings] of byCode) {
    pages.set(
      `docs/problems/${code}.md`,
      `${mark}# ${code}\n\n${meanings.map(({ module, entry }) => problemSection(module, entry)).join("\n---\n\n")}\n[All problems](README.md)\n`,
    );
  }
  const index = Object.entries(tables).map(([module, entries]) => {
    const rows = Object.entries(entries)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([code, { status, title }]) => [`[${code}](${code}.md)`, String(status), title["zh-Hant"], title.en]);
    return `## ${module}\n\nSource: [src/${module}](../../src/${module}/index.ts)\n\n${table(["Code", "Status", "中文", "English"], rows)}`;
  });
  pages.set(
    "docs/problems/README.md",
    `${mark}# Problems\n\nEverything Taroko refuses, by module. The code is the last part of the RFC 9457 \`type\`; programs branch on it and on nothing else.\nOn a running portal the same text stands at \`/problems/<code>\`.\n\n${index.join("\n")}`,
  );
  return pages;
}

function problemSection(module: string, entry: ProblemEntry): string {
  return `**${entry.title["zh-Hant"]}**
${entry.action["zh-Hant"]}

**${entry.title.en}**
${entry.action.en}

- HTTP status: ${entry.status}
- Answered when: ${entry.when}
- Module: [${module}](../../src/${module}/index.ts)
`;
}

function referencePages(): Map<string, string> {
  return new Map([
    ["docs/reference/README.md", referenceIndex()],
    ["docs/reference/log-entries.md", logEntries()],
    ...entryKindNames.map((kind): [string, string] => [
      `docs/reference/log-entries/${kind}.json`,
      `${JSON.stringify(entrySchema(kind), null, 2)}\n`,
    ]),
    ["docs/reference/payment-states.md", paymentStates()],
    ["docs/reference/charge-states.md", chargeStates()],
    ["docs/reference/dmn-tck.md", `${mark}${dmnTckPage()}`],
    ["docs/reference/modules.md", modules()],
    ...registers.map(({ agency, declaration }): [string, string] => [
      registerFile(agency, declaration.service),
      `${JSON.stringify(openApiOf(declaration), null, 2)}\n`,
    ]),
  ]);
}

function registerFile(agency: string, service: string): string {
  return `docs/reference/registers/${agency}-${service}.json`;
}

function referenceIndex(): string {
  const rows = registers.map(({ agency, declaration }) => {
    const file = relative("docs/reference", registerFile(agency, declaration.service));
    const { memberClass, memberCode, name } = agencyOf(taiwan, agency);
    const path = [taiwan.instance, memberClass, memberCode, declaration.subsystem, declaration.service].join("/");
    return [`[${declaration.title.en}](${file})`, declaration.title["zh-Hant"], name.en, `\`${path}\``];
  });
  return `${mark}# Reference\n\nMade from code by [scripts/gen.ts](../../scripts/gen.ts).\n
- [Modules](modules.md)
- [What a log may hold](log-entries.md)
- [States of a payment](payment-states.md)
- [States of a fee's payment](charge-states.md)
- [DMN test cases passed](dmn-tck.md)
- [Problems](../problems/README.md)

## Registers of Taiwan's demonstration, as OpenAPI

${table(["Register", "中文", "Agency", "Service"], rows)}`;
}

function chargeStates(): string {
  const rows = chargeEdges.map(({ from, event, to }) => [`\`${from}\``, `\`${event}\``, `\`${to}\``]);
  const seen = Object.entries(publicCharge).map(([state, shown]) => [`\`${state}\``, shown]);
  return `${mark}# States of a fee's payment

One attempt to pay a fee, from [src/payments/fees/states.ts](../../src/payments/fees/states.ts). The
same edges stand in the database: an event without one cannot be written. How to use them: [take a fee](../guides/take-a-fee.md).

${table(["From", "Event", "To"], rows)}
## What people are told

${table(["State", "Told as"], seen)}`;
}

const entryKindNames = Object.keys(entryKinds) as EntryKind[];

function logEntries(): string {
  const index = entryKindNames.map((kind) => {
    const { title } = entryKinds[kind];
    return [`[\`${kind}\`](#${kind.replaceAll(".", "")})`, title["zh-Hant"], title.en];
  });
  const sections = entryKindNames.map((kind) => {
    const { title, fields } = entryKinds[kind];
    const rows = Object.entries<FieldRule>(fields).map(([field, rule]) => {
      const meaning = fieldMeanings[field as keyof typeof fieldMeanings];
      const holds = `${ruleText(rule)}${rule.optional ? "; may be left out" : ""}`;
      return [`\`${field}\``, meaning["zh-Hant"], meaning.en, holds];
    });
    return `## ${kind}\n\n${title["zh-Hant"]}。${title.en}. [JSON Schema](log-entries/${kind}.json)\n\n${table(["Field", "中文", "Means", "Holds"], rows)}\n\`\`\`json\n${exampleEntry(kind)}\n\`\`\`\n`;
  });
  const logs = Object.entries(logKinds).map(([site, kinds]) => [site, kinds.map((kind) => `\`${kind}\``).join(", ")]);
  return `${mark}# What a log may hold

The closed list of entry kinds. An entry is checked against it before it is written; anything else is refused, and so is a
kind that the log's site did not declare. Every entry also has \`v\` (1) and \`t\` (the kind), and is stored as canonical JSON
(RFC 8785). A **commitment** is HMAC-SHA-256 under 32 random bytes that stay outside the log: without them it says nothing,
with them anybody can check what it stands for. A **digest** is plain SHA-256 of something public. Examples are invented.
Source: [src/ledger/entries.ts](../../src/ledger/entries.ts) and its neighbours.

${table(["Kind", "中文", "English"], index)}
## Which log takes what

${table(["Site", "Kinds"], logs)}
Source: [src/sites/log-kinds.ts](../../src/sites/log-kinds.ts).

${sections.join("\n")}`;
}

function ruleText(rule: FieldRule): string {
  switch (rule.type) {
    case "digest":
      return "32 bytes in base64url";
    case "instant":
      return "RFC 3339 UTC, whole seconds";
    case "code":
      return `printable ASCII without spaces, at most ${rule.max} characters`;
    case "choice":
      return `one of ${rule.of.map((one) => `\`${one}\``).join(", ")}`;
  }
}

function paymentStates(): string {
  const isCorrection = (event: string): boolean => event.startsWith("corrected-to-");
  const drawn = edges
    .filter(({ event }) => !isCorrection(event))
    .map(({ from, event, to }) => `  ${nodeOf(from)} -->|${event}| ${nodeOf(to)}`);
  const ends = endStates.map((state) => `  ${nodeOf(state)}:::ends`);
  const corrections = edges
    .filter(({ event }) => isCorrection(event))
    .map(({ from, event, to }) => [`\`${from}\``, `\`${event}\``, `\`${to}\``]);
  const waits = Object.entries(deadlines).map(([state, { hours, event }]) => [
    `\`${state}\``,
    hours < 48 ? `${hours} hours` : `${hours / 24} days`,
    event ? `\`${event}\`` : "an incident calls whoever must act",
  ]);
  return `${mark}# States of a payment\n\nThe life of one payment instruction. States with a thick border are ends.\nSource: [src/payments/states.ts](../../src/payments/states.ts).\n
\`\`\`mermaid
flowchart LR
${[...drawn, ...ends].join("\n")}
  classDef ends stroke-width:4px
\`\`\`

## Corrections

These edges need a line of the bank's statement as evidence and two people. They are not drawn above.

${table(["From", "Event", "To"], corrections)}
## Ways out by time

Time decides only what it may; elsewhere it calls whoever must act, by an incident.
Source: [src/payments/deadlines.ts](../../src/payments/deadlines.ts).

${table(["State", "After", "What happens"], waits)}`;
}

/** A mermaid node; some state names mean something to mermaid, so ids get a prefix and the label carries the name. */
function nodeOf(state: State): string {
  return `s_${state.replaceAll("-", "_")}["${state}"]`;
}

function modules(): string {
  const map = JSON.parse(readFileSync(`${root}docs/modules.json`, "utf8")) as Record<
    string,
    { owns: string; imports: string[] }
  >;
  const rows = Object.entries(map).map(([name, { owns, imports }]) => [
    `[${name}](../../src/${name}/index.ts)`,
    owns,
    imports.join(", ") || "nothing",
  ]);
  return `${mark}# Modules\n\nIn order: a module imports only modules above it, and only through their door.\nSource: [docs/modules.json](../modules.json), compared with the code both ways by [test/architecture.test.ts](../../test/architecture.test.ts).\n\n${table(["Module", "Owns", "Imports"], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n");
}

/** Generated files that lie in the folders but that no source asks for any more. */
function leftovers(files: ReadonlyMap<string, string>): string[] {
  return generatedFolders.flatMap((folder) => globSync(`${folder}/**/*.{md,json}`)).filter((file) => !files.has(file));
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  process.chdir(root);
  const files = generatedFiles();
  const changed = [...files].filter(([file, content]) => readOrNothing(file) !== content);
  const stale = leftovers(files);
  if (process.argv.includes("--check")) {
    for (const file of [...changed.map(([name]) => name), ...stale]) console.error(`out of date: ${file}`);
    process.exitCode = changed.length + stale.length > 0 ? 1 : 0;
  } else {
    for (const [file, content] of changed) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    for (const file of stale) rmSync(file);
    console.log(`${files.size} generated files, ${changed.length} written, ${stale.length} removed`);
  }
}
