import type { AnchoredBy, AnchoredVerdict, Placed } from "#ledger";
import { verifyReceipt, type Receipt, type Verdict } from "#ledger/contract";
import { messageOf } from "./answer.ts";
import { readNamed, readPlace } from "./read-place.ts";

export interface VerifyFileOptions {
  readonly policy: string;
  /** Where the log's files are, to learn from time stamps among them when at the latest the entry was recorded. */
  readonly anchors?: string;
  /** PEM file with the roots of time-stamp authorities to trust. */
  readonly anchorRoots?: string;
  /** For a person's whole list: the log's files, to read every entry with the person's key. */
  readonly log?: string;
  readonly json?: boolean;
}

/**
 * `taroko verify`: checks a receipt against a policy, and when it was recorded against time stamps, and says why.
 * @returns the exit status: 0 verified, 1 not verified, 2 could not be checked
 */
export async function verifyFile(path: string, options: VerifyFileOptions): Promise<0 | 1 | 2> {
  let receipt: Receipt;
  let policy: string;
  try {
    receipt = receiptIn(path, await readNamed(path));
  } catch (cause) {
    console.error(messageOf(cause));
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
  // Read only when wanted: checking a receipt alone needs none of it.
  if ("list" in receipt) {
    const { isListFile, verifyListFile } = await import("./verify-list-file.ts");
    const file: unknown = receipt;
    if (isListFile(file)) return verifyListFile(file, policy, options);
  }
  const verdict = await verifyReceipt(receipt, policy);
  if (verdict.ok && options.anchors !== undefined) {
    let anchored: AnchoredVerdict;
    try {
      anchored = await checkAnchors(verdict, options.anchors, options.anchorRoots);
    } catch (cause) {
      console.error(`The time stamps at ${options.anchors} could not be checked: ${messageOf(cause)}`);
      return 2;
    }
    if (options.json) console.log(JSON.stringify(anchored.ok ? { ...verdict, ...anchored } : anchored, null, 2));
    else if (anchored.ok) print(verdict, anchored.anchored);
    else console.log(`NOT verified: time: ${anchored.reason}`);
    return anchored.ok ? 0 : 1;
  }
  if (options.json) console.log(JSON.stringify(verdict, null, 2));
  else if (verdict.ok) print(verdict, []);
  else console.log(`NOT verified: ${verdict.step}: ${verdict.reason}`);
  return verdict.ok ? 0 : 1;
}

/** @throws with words where the file holds no JSON object; none of its content is told */
function receiptIn(path: string, bytes: Buffer): Receipt {
  if (bytes.subarray(0, 2).toString("latin1") === "PK") {
    throw new Error(`${path} is no receipt but a container. Check it with: npx taroko evidence verify ${path}`);
  }
  let read: unknown;
  try {
    read = JSON.parse(bytes.toString("utf8"));
  } catch {
    read = undefined;
  }
  if (typeof read === "object" && read !== null && !Array.isArray(read)) return read as Receipt;
  throw new Error(`${path} is no receipt: a receipt is the JSON file that "Who used my data" and the record download.`);
}

async function checkAnchors(placed: Placed, place: string, roots: string | undefined): Promise<AnchoredVerdict> {
  if (roots === undefined) throw new Error("name the authorities' root certificates with --anchor-roots");
  // Read only when wanted: checking a receipt alone needs none of it.
  const { logFilesAt, openTimeStampAnchor, verifyAnchored } = await import("#ledger");
  const stamps = openTimeStampAnchor({ name: "any", url: "", roots: (await readNamed(roots)).toString("utf8") });
  return verifyAnchored(placed, logFilesAt(place), stamps);
}

function print(verdict: Extract<Verdict, { ok: true }>, anchored: readonly AnchoredBy[]): void {
  console.log("verified");
  console.log(`  log        ${verdict.origin}`);
  console.log(`  position   ${verdict.index} of ${verdict.size}`);
  for (const witness of verdict.witnesses)
    console.log(`  witness    ${witness.name}, ${new Date(witness.time * 1000).toISOString()}`);
  for (const { name, by, at, size } of anchored)
    console.log(`  recorded   at the latest ${at.toISOString()}, says ${by} (${name}, of ${size} entries)`);
  console.log(`  entry      ${JSON.stringify(verdict.entry)}`);
}
