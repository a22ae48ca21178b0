import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };
const file = "CheckpointAnchor.sol";

/** Compiles the contract. @throws with the compiler's words, warnings too */
export function compile(): {
  readonly abi: readonly { readonly type: string; readonly name: string }[];
  readonly bytecode: `0x${string}`;
} {
  const content = readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode.object"] } };
  const settings = { optimizer: { enabled: true, runs: 200 }, evmVersion: "paris", outputSelection };
  const output = JSON.parse(
    solc.compile(JSON.stringify({ language: "Solidity", sources: { [file]: { content } }, settings })),
  ) as {
    errors?: { formattedMessage: string }[];
    contracts: Record<string, Record<string, { abi: never[]; evm: { bytecode: { object: string } } }>>;
  };
  if (output.errors?.length) throw new Error(output.errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const { abi, evm } = output.contracts[file]!["CheckpointAnchor"]!;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}
