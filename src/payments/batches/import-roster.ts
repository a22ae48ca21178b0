import { createHash, type Hash } from "node:crypto";
import { canonicalJson, err, ok, uuidV7, type Result } from "#kernel";
import type { Sql } from "#store";
import { sha256Hex } from "../binding.ts";
import { endToEndId } from "../grant.ts";
import { today, type Payments } from "../open.ts";
import { isPayableText } from "../payable-text.ts";
import { programmeById } from "../programmes.ts";
import type { PaymentsRefusal } from "../problems.ts";
import { readHead, readRow, type RosterHead, type RosterRow, type RowRules } from "./roster-row.ts";
import { splitRows, type TextChunk } from "./split-rows.ts";
import { stateAfter, type PaymentEvent, type State } from "../states.ts";
import {
  beginRoster,
  forgetRoster,
  grantRows,
  insertRefusals,
  lockRoster,
  saveCheckpoint,
  type RefusedRow,
  type Roster,
} from "./store-rosters.ts";

export interface RosterImport {
  /** The open programme that pays. It must have a purpose of its own. */
  readonly programme: string;
  /** The file's name as people know it. With programme and decision it says which roster is read on after a kill. */
  readonly name: string;
  /** The act that orders these payments, as it is cited. One reference is paid once by one decision. */
  readonly decision: string;
  /** The human who answers for the list: the first approval of every payment in it. */
  readonly importedBy: string;
  /** True when the payees' accounts were confirmed by their banks before: then they need not wait as new ones do. */
  readonly ownersChecked?: boolean;
  /** Bytes of the whole file, where they are known: for the time that is left. */
  readonly size?: number;
  /** Rows of one transaction; default 2,000. */
  readonly chunk?: number;
  /** So many refused rows stop the import: it is the wrong file. Default 100,000. */
  readonly mostRefusals?: number;
  /** Called after each chunk is durable. */
  readonly onProgress?: (roster: Roster) => unknown;
}

export type RosterRefusal = PaymentsRefusal<
  | "programme-unknown"
  | "roster-invalid"
  | "roster-head"
  | "roster-encoding"
  | "roster-differs"
  | "roster-busy"
  | "roster-hopeless"
>;

/**
 * Reads a list of payees and makes a payment of each good row, approved once by who imports it. CSV (RFC 4180, UTF-8, first
 * line names the columns reference, name, institution, account, amount and perhaps currency, programme) or JSON lines with
 * these names. Each row is checked as `grantEntitlement` checks; a bad one is kept with its code (`rosterRefusals`) and the
 * others go on.
 *
 * Constant memory. Killed at any moment and called again with the same file, it goes on after the last durable chunk; a
 * file that is read to its end answers its first receipt. Another content under the same name is refused.
 */
export async function importRoster(
  payments: Payments,
  source: AsyncIterable<Uint8Array>,
  wanted: RosterImport,
): Promise<Result<Roster, RosterRefusal>> {
  const programme = await programmeById(payments, wanted.programme);
  if (!programme) return err({ code: "programme-unknown" });
  const { purpose } = programme;
  const texts = [wanted.name, wanted.decision, wanted.importedBy];
  if (!purpose || !texts.every((text) => isPayableText(text, 200))) return err({ code: "roster-invalid" });

  const now = payments.clock.now();
  const { name, decision, importedBy, ownersChecked = false, size } = wanted;
  const begun = await beginRoster(
    payments.database,
    {
      id: uuidV7(now),
      programme: programme.id,
      name,
      decision,
      decisionHash: sha256Hex(canonicalJson({ programme: programme.id, decision })),
      ownersChecked,
      importedBy,
      size: size === undefined ? null : BigInt(size),
    },
    now,
  );
  if (begun.importedBy !== importedBy || begun.ownersChecked !== ownersChecked) return err({ code: "roster-differs" });
  if (begun.state === "stopped") return err({ code: "roster-hopeless", params: { refused: String(begun.refused) } });

  const hash = createHash("sha256");
  const rest = await afterPrefix(source, Number(begun.bytes), hash);
  if (!rest || hash.copy().digest("hex") !== begun.sha256) return err({ code: "roster-differs" });
  const rules = { payments, programme: { ...programme, purpose }, day: today(payments) };
  const read = await readOn({ ...wanted, mostRefusals: wanted.mostRefusals ?? 100_000 }, begun, rest, hash, rules);
  if (!read.ok && (read.error.code === "roster-head" || read.error.code === "roster-encoding"))
    await forgetRoster(payments.database, begun.id);
  return read;
}

/** Passes over what was read before, hashing it. `undefined` when the source is shorter. */
async function afterPrefix(
  source: AsyncIterable<Uint8Array>,
  bytes: number,
  hash: Hash,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const pieces = source[Symbol.asyncIterator]();
  let left = bytes;
  let first: Uint8Array | undefined;
  while (left > 0) {
    const piece = await pieces.next();
    if (piece.done) return undefined;
    hash.update(piece.value.subarray(0, left));
    if (piece.value.length > left) first = piece.value.subarray(left);
    left -= Math.min(left, piece.value.length);
  }
  return (async function* () {
    if (first) yield first;
    yield* { [Symbol.asyncIterator]: () => pieces };
  })();
}

/**
 * Reads and checks a chunk while two before it are being stored: their rows are written at the same time, their checkpoints
 * one after the other.
 */
async function readOn(
  wanted: RosterImport & { readonly mostRefusals: number },
  begun: Roster,
  source: AsyncIterable<Uint8Array>,
  hash: Hash,
  rules: Omit<RowRules, "head">,
): Promise<Result<Roster, RosterRefusal>> {
  const { payments } = rules;
  let head = headOf(begun);
  /** The last chunk under way, and the one before it. */
  let [storing, before]: Promise<Result<Roster, RosterRefusal>>[] = [
    Promise.resolve(ok(begun)),
    Promise.resolve(ok(begun)),
  ];
  let references: ReadonlySet<string> = new Set();
  let line = begun.lines;
  const first = Number(begun.bytes);
  try {
    for await (const chunk of splitRows(source, wanted.chunk ?? 2_000, (bytes) => hash.update(bytes))) {
      let lines = chunk.lines;
      let headText: string | undefined;
      if (!head) {
        // The first lines say what the file is; nothing of a wrong one is taken.
        const foreign = lines.findIndex(({ fault }) => fault === "row-encoding");
        if (foreign !== -1) return err({ code: "roster-encoding", params: { line: foreign + 1 } });
        head = readHead(lines[0]?.text ?? "");
        if (!head) return err({ code: "roster-head" });
        headText = head === "jsonl" ? "jsonl" : lines[0]!.text!;
        if (head !== "jsonl") {
          lines = lines.slice(1);
          line += 1n;
        }
      }
      const read = readChunk(lines, line, { ...rules, head });
      line += BigInt(lines.length);
      // A reference that comes again so soon must find the first one there, and not wait for it in the database.
      const again = read.rows.some(({ reference }) => references.has(reference));
      const passed = await (again ? storing : before)!;
      if (!passed.ok) return passed;
      references = new Set(read.rows.map(({ reference }) => reference));
      const checkpoint = {
        bytes: BigInt(first + chunk.end),
        sha256: hash.copy().digest("hex"),
        lines: line,
        ...(headText !== undefined && { head: headText }),
      };
      before = storing;
      storing = storeChunk(wanted, rules, begun, before!, read, checkpoint);
      // A fault is answered where it is awaited; until then it must not end the process.
      storing.catch(() => undefined);
    }
  } finally {
    // A source that breaks off ends here once what it gave is durable.
    await storing!.catch(() => undefined);
  }
  const last = await storing!;
  if (!last.ok || last.value.state === "read") return last;
  if (last.value.head === null) return err({ code: "roster-head" });
  const done = { ...last.value, state: "read" as const };
  await saveCheckpoint(payments.database, done, payments.clock.now());
  await wanted.onProgress?.(done);
  return ok(done);
}

function headOf({ head }: Roster): RosterHead | undefined {
  return head === null ? undefined : readHead(head === "jsonl" ? "{" : head);
}

interface ReadChunk {
  readonly rows: readonly RosterRow[];
  readonly lineOf: readonly bigint[];
  readonly refused: readonly RefusedRow[];
}

function readChunk(lines: TextChunk["lines"], before: bigint, rules: RowRules): ReadChunk {
  const rows: RosterRow[] = [];
  const lineOf: bigint[] = [];
  const refused: RefusedRow[] = [];
  for (const [index, { text, fault }] of lines.entries()) {
    const line = before + BigInt(index + 1);
    if (fault) refused.push({ line, code: fault, reference: null });
    else if (text!.trim() !== "") {
      const row = readRow(text!, rules);
      if (row.ok) {
        rows.push(row.value);
        lineOf.push(line);
      } else refused.push({ line, code: row.error.code, reference: row.error.reference ?? null });
    }
  }
  return { rows, lineOf, refused };
}

async function storeChunk(
  wanted: RosterImport & { readonly mostRefusals: number },
  { payments, programme }: Omit<RowRules, "head">,
  begun: Roster,
  storing: Promise<Result<Roster, RosterRefusal>>,
  { rows, lineOf, refused }: ReadChunk,
  checkpoint: Pick<Roster, "bytes" | "sha256" | "lines"> & Partial<Pick<Roster, "head">>,
): Promise<Result<Roster, RosterRefusal>> {
  const now = payments.clock.now();
  const entitlements = rows.map(() => uuidV7(now));
  const stored = await payments.database
    .transaction<Result<Roster, RosterRefusal>>(async (tx) => {
      const repeated = await grantRows(tx, rows, entitlements, {
        programme: programme.id,
        currency: payments.banking.currency.code,
        purposeCode: programme.purpose.code,
        purposeText: programme.purpose.text,
        decisionHash: begun.decisionHash,
        approvedBy: begun.importedBy,
        at: now,
        events: firstEvents,
      });
      const chunkBefore = await storing;
      if (!chunkBefore.ok) throw new NotStored(chunkBefore.error);
      const before = chunkBefore.value;
      const there = await lockRoster(tx, before.id);
      if (there?.bytes !== before.bytes || there.state !== "reading") throw new NotStored({ code: "roster-busy" });
      const all: RefusedRow[] = [...refused];
      let total = 0n;
      for (const [index, id] of entitlements.entries()) {
        const { reference, amount } = rows[index]!;
        if (repeated.has(id)) all.push({ line: lineOf[index]!, code: "row-repeated", reference });
        else total += amount;
      }
      if (all.length > 0) await insertRefusals(tx, before.id, all);
      const fresh = entitlements.filter((id) => !repeated.has(id));
      await announceDrafts(payments, tx, fresh, before.importedBy);
      const roster: Roster = {
        ...before,
        ...checkpoint,
        rows: before.rows + BigInt(rows.length + refused.length),
        accepted: before.accepted + BigInt(fresh.length),
        refused: before.refused + BigInt(all.length),
        total: before.total + total,
        updatedAt: now,
      };
      await saveCheckpoint(tx, roster, now);
      return ok(roster);
    })
    .catch((fault: unknown) => {
      if (fault instanceof NotStored) return err(fault.refusal);
      throw fault;
    });
  if (!stored.ok) return stored;
  await wanted.onProgress?.(stored.value);
  return stored.value.refused > wanted.mostRefusals ? giveUp(payments, stored.value) : stored;
}

/** Undoes a chunk that cannot follow the one before it. */
class NotStored extends Error {
  readonly refusal: RosterRefusal;

  constructor(refusal: RosterRefusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/** What brings a payment from nothing to its first approval. */
const firstEvents: readonly (readonly [State, PaymentEvent, State])[] = (() => {
  let from: State = "none";
  return (["instruction-drafted", "checks-passed", "first-approved"] as const).map((event) => {
    const to: State = stateAfter(from, event)!;
    const step = [from, event, to] as const;
    from = to;
    return step;
  });
})();

async function announceDrafts(payments: Payments, tx: Sql, entitlements: readonly string[], by: string): Promise<void> {
  const at = payments.clock.now();
  const events = entitlements.flatMap((entitlement) =>
    firstEvents.map(([from, event, to]) => ({
      instruction: endToEndId(entitlement, 1),
      entitlement,
      event,
      from,
      to,
      at,
      by,
    })),
  );
  if (events.length > 0) await payments.announceAll(tx, events);
}

/** Ends an import that refuses too much. What was taken before stays, and waits to be released or cancelled. */
async function giveUp(payments: Payments, roster: Roster): Promise<Result<never, RosterRefusal>> {
  const stopped = { ...roster, state: "stopped", stoppedFor: "roster-hopeless" } as const;
  await saveCheckpoint(payments.database, stopped, payments.clock.now());
  return err({ code: "roster-hopeless", params: { refused: String(roster.refused) } });
}
