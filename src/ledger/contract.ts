/**
 * The checking side of the ledger: everything needed to verify notes, checkpoints, cosignatures, proofs, policies and
 * receipts, in a browser or anywhere else with WebCrypto. It imports nothing but its own neighbours, and they import
 * nothing, so these files can be lifted out and used as they are; only who meets an ML-DSA key needs one package, and
 * loads it then. Formats: C2SP (https://c2sp.org).
 *
 * Nothing here throws on bad input: readers answer `{ ok: false, code, reason }`, of which the code stays.
 */
export { type Bytes, type Check, type Parsed, type Refused } from "./bytes.ts";
export {
  formatCheckpoint,
  parseCheckpoint,
  parseCheckpointText,
  type Checkpoint,
  type SignedCheckpoint,
} from "./checkpoint.ts";
export { commit, subjectCommitment } from "./commitment.ts";
export { leafHash, nodeHash, verifyConsistency, verifyInclusion } from "./merkle-proof.ts";
export {
  formatNote,
  parseNote,
  parseSignatureLine,
  parseVkey,
  verifyNote,
  type Note,
  type SignatureLine,
  type Signer,
  type VerifierKey,
} from "./note.ts";
export { type KeyType, type VerifyMlDsa44 } from "./signature-kind.ts";
export { formatPolicy, parsePolicy, type Policy } from "./policy.ts";
export { receiptCodes, type ReceiptCode, type RefusalCode } from "./refusal-codes.ts";
export { verifySubtreeConsistency, verifySubtreeInclusion } from "./subtree-proof.ts";
export { parseTilePath, partialTiles, tileOf, tilePath, type TileName } from "./tile-path.ts";
export { formatTlogProof, parseTlogProof, type TlogProof } from "./tlog-proof.ts";
export { verifyReceipt, type Json, type Receipt, type Verdict } from "./verify-receipt.ts";
