import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { toBase64 } from "#kernel";
import * as contract from "#ledger/contract";
import { cosign, generateLogKey, generateWitnessKey, logVkey, signAsLog, witnessVkey } from "./keys.ts";
import { emptyEdge, extend, rootOf } from "./tree.ts";

const guide = readFileSync(new URL("../../docs/guides/use-the-checking-library.md", import.meta.url), "utf8");
const [, example = ""] = /```ts\n([^]*?)```/.exec(guide) ?? [];

/** Runs the guide's example with these inputs; answers what it reports. */
async function run(receiptText: string, policyText: string): Promise<string> {
  const [first = "", ...rest] = example.split("\n");
  const names = /^import \{ (.*) \} from "#ledger\/contract";$/.exec(first)?.[1] ?? "";
  assert.notEqual(names, "", "the example begins with its import");
  const body = `async function example() {\n${rest.join("\n")}\n}`;
  const reported: string[] = [];
  // oxlint-disable-next-line no-new-func, no-implied-eval -- it is our own guide's text
  const make = new Function(
    "contract",
    "receiptText",
    "policyText",
    "report",
    `const { ${names} } = contract; ${body}; return example();`,
  );
  await (make as (...given: unknown[]) => Promise<void>)(contract, receiptText, policyText, (line: string) =>
    reported.push(line),
  );
  return reported.join("\n");
}

const key = generateLogKey("log.example/agency");
const witness = generateWitnessKey("audit");
const entry = Buffer.from('{"t":"sample"}');
const text = contract.formatCheckpoint(key.name, 1n, rootOf(extend(emptyEdge, [entry]).edge));
const note = contract.formatNote(text, [signAsLog(key, text), cosign(witness, text, 1_700_000_000n)]);
const receipt = { v: 1, entry: toBase64(entry), proof: contract.formatTlogProof(0n, [], note) };
const policy = contract.formatPolicy({
  logs: [logVkey(key)],
  witnesses: [{ name: "audit", vkey: witnessVkey(witness) }],
  quorum: 1,
});

test("the guide's example reports a good receipt, and where a bad one fails", async () => {
  assert.equal(
    await run(JSON.stringify(receipt), policy),
    "entry 0 of 1 in log.example/agency, seen by audit 2023-11-14T22:13:20.000Z",
  );
  const other = { ...receipt, entry: toBase64(Buffer.from("{}")) };
  assert.equal(
    await run(JSON.stringify(other), policy),
    "failed at inclusion, root-differs: the proof leads to another root",
  );
  await assert.rejects(run(JSON.stringify(receipt), "quorum nobody"), /nobody is not defined above/);
});
