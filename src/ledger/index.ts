/**
 * The ledger: records that nobody can rewrite, hide or backdate unnoticed, their keeper included.
 *
 * A **log** is an append-only Merkle tree in the open C2SP formats (signed note, tlog-checkpoint, tlog-tiles). Its way:
 * a module *stages* an entry in its own transaction, so the change and its evidence commit together; one sequencer
 * *integrates* staged entries in batches and writes the tiles as immutable rows; the log *signs* the grown tree, never
 * one that contradicts what it signed before; independent **witnesses** *cosign* it after checking that it contains
 * everything they saw. From then on a **receipt** (entry, tlog-proof) proves to anyone, offline, that the entry stands
 * in the one log that everybody sees. `verifyReceipt` needs no server and runs in a browser.
 *
 * What an entry may hold is a closed list (`entries.ts`): public codes, and commitments under salts that stay outside.
 * Destroying a salt makes the entry unlinkable and leaves every proof valid.
 *
 * If wanted, **anchors** outside (`anchor.ts`; `anchors/` for RFC 3161) remember the witnessed heads and their time:
 * `anchor-heads.ts` asks them, `anchor-files.ts` and `anchor-publish.ts` hand their records out, and `anchored-by.ts` lets
 * an auditor prove by them when at the latest an entry was recorded.
 *
 * The files, from the outside in: `contract.ts` and its neighbours check (no imports, WebCrypto only); `tree.ts` and
 * `prove.ts` compute; `integrate.ts`, `sign-head.ts`, `ask-witness.ts` are the three steps of a log, `run-log.ts` repeats
 * them and `log.ts` is what callers hold; `read-log.ts`, `routes.ts` and `publish.ts` serve; `witness.ts` is the other party and `monitor.ts`
 * the outsider who reads the files (`follow-log.ts`, `verified-tree.ts`) and pairs both ends of each exchange
 * (`pair-entries.ts`); `recover-log.ts` rebuilds a database that was set back. It owns the PostgreSQL schema `ledger`.
 */
export { commitSync, subjectCommitmentSync } from "./commit-sync.ts";
export {
  formatPolicy,
  parsePolicy,
  verifyReceipt,
  type Json,
  type Policy,
  type Receipt,
  type Verdict,
} from "./contract.ts";
export { entrySchema, exampleEntry, fieldMeanings } from "./describe-entries.ts";
export { type Anchor, type AnchorHead, type AnchorRecord, type AnchorVerdict } from "./anchor.ts";
export { type AnchorState } from "./anchor-heads.ts";
export { listedAnchors, type AnchorsListed } from "./listed-anchors.ts";
export { verifyAnchored, type AnchoredBy, type AnchoredVerdict, type Placed } from "./anchored-by.ts";
export {
  checkTimeStampToken,
  openTimeStampAnchor,
  timeStampToken,
  type TimeStampAuthority,
} from "./anchors/rfc3161.ts";
export {
  checkEntry,
  entryInstant,
  entryKinds,
  type CaseEvent,
  type ConfigurationAccepted,
  type ConsentGranted,
  type ConsentWithdrawn,
  type EntryKind,
  type ExchangeCall,
  type LogEntry,
  type RightChanged,
} from "./entries.ts";
export {
  type CertificateIssued,
  type ConfigurationIssued,
  type CredentialChanged,
  type DocumentPublished,
  type GatewayEnrolled,
  type InvitationMade,
  type KeyRevoked,
  type LedgerPolicy,
  type MandateChanged,
  type MemberRegistered,
  type OfficerChanged,
} from "./entries-of-administration.ts";
export { type BankFileSent, type PaymentCorrected, type PaymentReleased } from "./entries-of-payments.ts";
export { type Digest, type FieldRule, type Instant } from "./entry-fields.ts";
export {
  exploreLog,
  type Explored,
  type ExploredLog,
  type Explorer,
  type ProofStep,
  type ProvenEntry,
  type TreeNode,
} from "./explore-log.ts";
export { type LogFinding } from "./follow-log.ts";
export { keepFiles, type KeptFiles } from "./kept-files.ts";
export {
  generateLogKey,
  generateWitnessKey,
  importLogKey,
  importWitnessKey,
  logVkey,
  witnessVkey,
  type LogKey,
  type SoftwareKey,
  type WitnessKey,
} from "./keys.ts";
export { filesOf, type PublishOptions } from "./keep-published.ts";
export { type BucketOptions } from "./publish-bucket.ts";
export { logFilesAt, type ReadLogFile } from "./log-files.ts";
export { type Alarm, type WitnessEndpoint } from "./log-context.ts";
export { type KeyedEntry, type Log, type LogOptions, type LogStatus, type Progress, type Stage } from "./log.ts";
export { type StagingPart } from "./staged-store.ts";
export { openMonitor, type Finding, type Monitor, type MonitorOptions, type MonitorReport } from "./monitor.ts";
export { generateMlDsaKey, importMlDsaKey, mlDsaVkey, type MlDsaKey, type SoftwareMlDsaKey } from "./ml-dsa-key.ts";
export { openLog } from "./open-log.ts";
export { ledgerProblems, type LedgerProblem } from "./problems.ts";
export { scanLog, type ScannedLog } from "./persons/scan-log.ts";
export { type About, type Trace } from "./persons/trace.ts";
export { type ListVerdict, type PersonList } from "./persons/verify-list.ts";
export { type LogFile } from "./read-log.ts";
export { recoverLog, type Recovered, type RecoverOptions } from "./recover-log.ts";
export { logRoutes } from "./routes.ts";
export { openWitness, type Witness, type WitnessedLog, type WitnessOptions } from "./witness.ts";
