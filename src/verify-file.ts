import { readFile } from "node:fs/promises";
import { verifyReceipt, type Receipt } from "#ledger/contract";
import { messageOf, readPlace } from "./read-place.ts";

/**
 * `taroko verify`: checks a receipt against a policy and says why.
 * @returns the exit status: 0 verified, 1 not verified, 2 could not be checked
 */
export async function verifyFile(path: string, options: { policy: string; json?: boolean }): Promise<0 | 1 | 2> {
  let receipt: Receipt;
  let policy: string;
  try {
    receipt = JSON.parse(await readFile(path, "utf8")) as Receipt;
  } catch (cause) {
    console.error(`${path} is not a receipt: ${messageOf(cause)}`);
    return 2;
  }
  try {
    policy = await readPlace(options.policy);
  } catch (cause) {
    console.error(
      `No policy at ${options.policy} (${messageOf(cause)}). Name one with --policy, for example a policy.txt you saved earlier.`,
    );
    return 2;
  }
  const verdict = await verifyReceipt(receipt, policy);
  if (options.json) console.log(JSON.stringify(verdict, null, 2));
  else if (verdict.ok) {
    console.log("verified");
    console.log(`  log        ${verdict.origin}`);
    console.log(`  position   ${verdict.index} of ${verdict.size}`);
    for (const witness of verdict.witnesses)
      console.log(`  witness    ${witness.name}, ${new Date(witness.time * 1000).toISOString()}`);
    console.log(`  entry      ${JSON.stringify(verdict.entry)}`);
  } else console.log(`NOT verified: ${verdict.step}: ${verdict.reason}`);
  return verdict.ok ? 0 : 1;
}
