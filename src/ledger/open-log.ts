import { err, ok, toBase64, type Refusal, type Result } from "#kernel";
import { groupCommit, type Sql } from "#store";
import { checkAnchorNames } from "./anchor.ts";
import { createAnchorKeeper } from "./anchor-heads.ts";
import { createBacklogGauge } from "./back-pressure.ts";
import { validOrigin } from "./checkpoint.ts";
import { checkEntry, entryInstant, type EntryKind, type LogEntry } from "./entries.ts";
import { createPublisher, targetOf } from "./keep-published.ts";
import { logVkey } from "./keys.ts";
import type { KeyedEntry, Log, LogOptions, Progress, Stage } from "./log.ts";
import type { LogContext } from "./log-context.ts";
import { mlDsaVkey } from "./ml-dsa-key.ts";
import { logKeyType, mlDsaKeyType, parseVkey, witnessKeyType, type KeyType, type VerifierKey } from "./note.ts";
import { forgetPerson } from "./persons/forget.ts";
import { proveList } from "./persons/prove-list.ts";
import { openIndex } from "./persons/store.ts";
import { labelBytes, subjectSalts, traceOf, type PersonsContext } from "./persons/trace.ts";
import { vrfPublicKey } from "./persons/vrf.ts";
import type { LedgerProblem } from "./problems.ts";
import { folderTarget } from "./publish-folder.ts";
import { publishTo } from "./publish.ts";
import { entriesAt, readFile, receiptAt } from "./read-log.ts";
import { createRunner } from "./run-log.ts";
import { isSignedBy, signHead } from "./sign-head.ts";
import * as heads from "./head-store.ts";
import * as staging from "./staged-store.ts";
import * as store from "./store.ts";
import { emptyEdge, rootOf } from "./tree.ts";
import type { Receipt } from "./verify-receipt.ts";
import { quorumGap } from "./watch-quorum.ts";

const anchorEveryMs = 10 * 60_000;
/** So many entries added at the same time go into one transaction at most. */
const addLimit = 512;
const lookLimit = 4096;

async function keyOfType(vkey: string, ...types: readonly KeyType[]): Promise<VerifierKey> {
  const parsed = await parseVkey(vkey);
  if (parsed.ok && types.includes(parsed.value.type)) return parsed.value;
  const reason = parsed.ok ? `the key of ${parsed.value.name} is of the wrong type` : parsed.reason;
  throw Object.assign(new Error(reason), { code: "ledger-key-invalid" });
}

function bytesOf(entry: LogEntry, kinds: ReadonlySet<EntryKind> | undefined): Uint8Array {
  const checked = checkEntry(entry, kinds);
  if (checked.ok) return checked.value;
  const { code, params } = checked.error;
  const { kind, field } = params ?? {};
  const where = kind === undefined ? "" : ` (${kind}${field === undefined ? "" : `.${field}`})`;
  throw Object.assign(new Error(`${code}${where}`, { cause: checked.error }), { code: "entry-refused" });
}

/**
 * Opens a log, creating it at its first opening (then the empty tree is signed at once, so that witnesses can start
 * from zero). Nothing runs until `start`.
 * @throws `ledger-origin-invalid`, `ledger-key-invalid`, `ledger-quorum-invalid`, `ledger-anchor-name`; `ledger-not-durable` if the database
 * may lose commits; `ledger-key-changed` if this log's heads are signed with another key than the one given;
 * `ledger-person-key-changed` if its labels were made with another `personSecret`
 */
export async function openLog(options: LogOptions): Promise<Log> {
  const { database, origin, key, mlDsaKey, clock, witnesses = [], anchors = [], onAlarm = () => undefined } = options;
  checkAnchorNames(anchors);
  if (!validOrigin(origin) || [key, mlDsaKey].some((given) => given && given.name !== origin)) {
    throw Object.assign(new Error("a log's origin must be a key name, and its key's"), {
      code: "ledger-origin-invalid",
    });
  }
  const { quorum = witnesses.length } = options;
  if (quorum > witnesses.length) {
    throw Object.assign(new Error("the quorum is larger than the witnesses"), { code: "ledger-quorum-invalid" });
  }
  await store.prepare(database);
  const off = await store.settingsOff(database);
  if (off.length > 0) throw Object.assign(new Error(`${off.join(", ")} is off`), { code: "ledger-not-durable" });
  const vkey = logVkey(key);
  const context: { -readonly [Member in keyof LogContext]: LogContext[Member] } = {
    database,
    clock,
    key,
    ...(mlDsaKey ? { mlDsaKey } : {}),
    origin,
    vkey,
    verifier: await keyOfType(vkey, logKeyType),
    log: await store.findOrCreateLog(database, origin, rootOf(emptyEdge)),
    witnesses: await Promise.all(
      witnesses.map(async (witness) => {
        const keys = [await keyOfType(witness.vkey, witnessKeyType, mlDsaKeyType)];
        if (witness.mlDsaVkey !== undefined) keys.push(await keyOfType(witness.mlDsaVkey, mlDsaKeyType));
        return { ...witness, keys };
      }),
    ),
    quorum,
    anchors: anchors.map(({ name }) => name),
    alarm: (alarm) => onAlarm({ ...alarm, origin }),
  };
  const { log } = context;
  const persons: PersonsContext | undefined = options.personSecret && { log, secret: options.personSecret };
  if (persons) {
    const vrf = vrfPublicKey(persons.secret);
    if (!(await openIndex(database, log, vrf)).equals(vrf)) {
      throw Object.assign(new Error(`the labels of ${origin} are made with another secret`), {
        code: "ledger-person-key-changed",
      });
    }
    context.persons = persons;
  }
  const head = await heads.newestHead(database, log);
  if (head && !(await isSignedBy(head.note, context.verifier))) {
    throw Object.assign(new Error(`the heads of ${origin} are signed with another key`), {
      code: "ledger-key-changed",
    });
  }
  const tree = await store.treeOf(database, log);
  if (tree.published === null) await signHead(context);
  if (tree.frozen !== null) context.alarm({ kind: "frozen", detail: tree.frozen });
  const { publish, quorumPatienceMs } = options;
  const target = publish && targetOf(publish);
  const anchoring = createAnchorKeeper(context, anchors, options.anchorEveryMs ?? anchorEveryMs);
  const runner = createRunner(context, {
    anchoring: (progress) => anchoring.steps(progress),
    ...(target ? { publisher: (progress) => createPublisher(context, target, publish.contact, progress) } : {}),
    ...(quorumPatienceMs === undefined ? {} : { quorumPatienceMs }),
  });
  const kinds = options.kinds && new Set(options.kinds);
  const isBehind = createBacklogGauge(log, options.backlogLimit);

  // Those who wait all look when the bell rings: one question for all of them.
  const look = groupCommit((ids: readonly bigint[]) => staging.progressOf(database, log, ids), lookLimit);

  async function progressOf(staged: bigint): Promise<Progress> {
    const { idx, published, witnessed } = await look(staged);
    if (idx === null) return { stage: "staged" };
    const stage = idx < (witnessed ?? 0n) ? "witnessed" : idx < (published ?? 0n) ? "published" : "integrated";
    return { stage, index: idx };
  }

  /** How many entries have come to a stage; one question for all who ask at the same time. */
  const reach = groupCommit(async (stages: readonly Stage[]) => {
    const { published, witnessed } = await store.treeOf(database, log);
    return stages.map((stage) => (stage === "witnessed" ? witnessed : published) ?? 0n);
  }, lookLimit);

  async function receiptOf(index: bigint): Promise<Receipt | undefined> {
    const found = await receiptAt(database, log, index);
    return found && { v: 1, entry: toBase64(found.entry), proof: found.proof };
  }

  function personsOrThrow(): PersonsContext {
    if (persons) return persons;
    throw Object.assign(new Error("this log keeps no index of persons"), { code: "ledger-no-persons" });
  }

  /** An entry about a person belongs on their list, or the list would not be whole. */
  function labelOf(entry: LogEntry, label: string | undefined): Uint8Array | undefined {
    if (entry.t === "index.root" || entry.t === "person.forgotten") {
      throw Object.assign(new Error("only the log itself says this"), { code: "entry-refused" });
    }
    const bytes = label === undefined ? undefined : labelBytes(label);
    const about = "sub" in entry && entry.sub !== undefined;
    if (!persons || (about && bytes) || (!about && label === undefined)) return bytes;
    throw Object.assign(new Error("an entry about a person needs its label, and no other one has it"), {
      code: "entry-refused",
    });
  }

  const stagedEntry = ({ entry, idem, label }: KeyedEntry): staging.StagedEntry => ({
    entry: bytesOf(entry, kinds),
    idem,
    label: labelOf(entry, label),
  });

  async function refuseIfBehind(sql: Sql): Promise<void> {
    if (!(await isBehind(sql))) return;
    const refusal: Refusal<LedgerProblem> = { code: "log-busy" };
    throw Object.assign(new Error("the log is busy", { cause: refusal }), { code: refusal.code });
  }

  const addTogether = groupCommit(async (group: readonly staging.StagedEntry[]): Promise<Result<bigint, unknown>[]> => {
    try {
      return (await staging.stageAll(database, log, group)).map(ok);
    } catch (fault) {
      // A group that fails is tried again one by one. An entry without a key could be durable already and come twice.
      if (group.every(({ idem }) => idem !== undefined)) throw fault;
      return group.map(() => err(fault));
    }
  }, addLimit);

  const order: readonly Stage[] = ["staged", "integrated", "published", "witnessed"];
  return {
    origin,
    vkey,
    ...(mlDsaKey ? { mlDsaVkey: mlDsaVkey(mlDsaKey) } : {}),
    append: async (tx, entry, { idem, canWait = false, label } = {}) => {
      const bytes = bytesOf(entry, kinds);
      const listed = labelOf(entry, label);
      if (canWait) await refuseIfBehind(tx);
      return staging.stage(tx, log, { entry: bytes, idem, label: listed });
    },
    add: async (entry, { idem, canWait = false, label } = {}) => {
      const staged = { entry: bytesOf(entry, kinds), idem, label: labelOf(entry, label) };
      if (canWait) await refuseIfBehind(database);
      const added = await addTogether(staged);
      if (added.ok) return added.value;
      throw added.error;
    },
    appendChange: async (tx, topic, entry) => {
      const bytes = bytesOf(entry, kinds);
      return (await store.setStanding(tx, log, topic, entry.dig))
        ? staging.stage(tx, log, { entry: bytes })
        : undefined;
    },
    appendAll: async (tx, entries) => staging.stageAll(tx, log, entries.map(stagedEntry)),
    staging: (entries) => staging.stagingPart(log, entries.map(stagedEntry)),
    trace: async (sql, about, nonce) => traceOf(personsOrThrow(), sql, about, nonce),
    subjectSalts: async (about, entries) => {
      const parsed = entries.map((entry) => JSON.parse(entry) as { readonly [member: string]: unknown });
      return subjectSalts(personsOrThrow(), database, about, parsed);
    },
    personList: async (about) => proveList(context, about),
    forget: async (tx, subject, basis) => {
      const at = entryInstant(clock.now());
      return forgetPerson(
        tx,
        personsOrThrow(),
        subject,
        bytesOf({ v: 1, t: "person.forgotten", at, basis }, undefined),
      );
    },
    wait: async (staged, stage, timeoutMs) => {
      const until = performance.now() + timeoutMs;
      let index: bigint | undefined;
      for (;;) {
        const seen = runner.progress.count();
        const placed = runner.placed(staged);
        if (typeof placed === "bigint") index = placed;
        if (typeof placed === "bigint" && stage === "integrated") return { stage, index: placed };
        const left = until - performance.now();
        // Who knows the entry's place need not ask for it until the heads have come so far.
        const early = placed === "later" || (index !== undefined && index >= (await reach(stage)));
        if (!early || left <= 0) {
          const now = await progressOf(staged);
          if (order.indexOf(now.stage) >= order.indexOf(stage) || left <= 0) return now;
          index = now.index;
        }
        runner.hurry();
        // Another process may do the work, and its bell is not heard here.
        await runner.progress.heard(Math.min(Math.max(left, 1), placed === "later" ? 250 : 25), seen);
      }
    },
    receipt: async (staged) => {
      const { idx } = await look(staged);
      const receipt = idx === null ? undefined : await receiptOf(idx);
      if (!receipt) runner.hurry(); // whoever asks too early asks again
      return receipt;
    },
    receiptAt: receiptOf,
    read: (path) => readFile(database, log, path),
    publishTo: (folder) => publishTo(context, folderTarget(folder)),
    size: () => store.sizeOf(database, log),
    status: async () => {
      const tree = await store.treeOf(database, log);
      const checkpoint = await readFile(database, log, "checkpoint");
      const names = context.witnesses.map(({ name }) => name);
      const states = await heads.witnessStates(database, log, names);
      const gap = await quorumGap(database, context);
      return {
        size: tree.size,
        root: toBase64(tree.root),
        checkpoint: new TextDecoder().decode(checkpoint?.body),
        witnesses: states.map(({ witness, size, at }) => ({ name: witness, size, at: new Date(Number(at) * 1000) })),
        ...(gap ? { unwitnessed: gap } : {}),
        anchors: await anchoring.states(),
        ...(tree.frozen === null ? {} : { frozen: tree.frozen }),
      };
    },
    entries: (from, count) => entriesAt(database, log, from, count),
    start: () => runner.start(),
    stop: () => runner.stop(),
  };
}
