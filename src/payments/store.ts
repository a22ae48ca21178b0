/** The SQL of `payments`, over its own schema. Rows come back as the module's own types. */
import type { Sql } from "#store";
import type { Account, Purpose } from "./contract.ts";
import { edges, type State } from "./states.ts";

export interface Entitlement {
  readonly id: string;
  readonly caseRef: string;
  readonly payeeName: string;
  readonly account: Account;
  readonly amount: bigint;
  readonly currency: string;
  readonly purpose: Purpose;
  readonly decisionHash: string;
  readonly factsHash: string;
  readonly approvedBy: string;
  readonly grantedAt: Date;
}

export interface Instruction<In extends State = State> {
  /** The EndToEndId. */
  readonly id: string;
  readonly entitlement: string;
  readonly attempt: number;
  readonly uetr: string;
  readonly payeeName: string;
  readonly account: Account;
  readonly amount: bigint;
  /** Who approved this attempt first: the caseworker, or who renewed the account. */
  readonly approvedBy: string;
  readonly state: In;
  readonly file: string | null;
}

export interface EventRow {
  readonly seq: number;
  readonly event: string;
  readonly from: State;
  readonly to: State;
  readonly at: Date;
  readonly by: string;
  readonly detail: Readonly<Record<string, string>>;
}

const entitlementColumns = `id, case_ref as "caseRef", payee_name as "payeeName",
  json_build_object('institution', institution, 'number', account) as account, amount, currency,
  json_build_object('code', purpose_code, 'text', purpose_text) as purpose,
  decision_hash as "decisionHash", facts_hash as "factsHash", approved_by as "approvedBy", granted_at as "grantedAt"`;

const instructionColumns = `id, entitlement, attempt, uetr, payee_name as "payeeName",
  json_build_object('institution', institution, 'number', account) as account, amount, approved_by as "approvedBy", state, file`;

/** Makes the graph of states.ts known to the foreign key of the events. Edges of the past stay: history refers to them. */
export async function saveEdges(sql: Sql): Promise<void> {
  await sql.run(
    `insert into payments.edge (from_state, event, to_state)
     select * from unnest($1::text[], $2::text[], $3::text[]) on conflict do nothing`,
    [edges.map((edge) => edge.from), edges.map((edge) => edge.event), edges.map((edge) => edge.to)],
  );
}

/** Answers false, and stores nothing, when the id or the case and decision are there already. */
export async function insertEntitlement(tx: Sql, row: Entitlement): Promise<boolean> {
  const inserted = await tx.run(
    `insert into payments.entitlement (id, case_ref, payee_name, institution, account, amount, currency,
       purpose_code, purpose_text, decision_hash, facts_hash, approved_by, granted_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
    [
      row.id,
      row.caseRef,
      row.payeeName,
      row.account.institution,
      row.account.number,
      row.amount,
      row.currency,
      row.purpose.code,
      row.purpose.text,
      row.decisionHash,
      row.factsHash,
      row.approvedBy,
      row.grantedAt,
    ],
  );
  return inserted === 1;
}

/** Entitlements are named by UUIDs in their one canonical spelling. */
export function isEntitlementId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

export async function entitlementById(sql: Sql, id: string): Promise<Entitlement | undefined> {
  if (!isEntitlementId(id)) return undefined;
  return sql.one(`select ${entitlementColumns} from payments.entitlement where id = $1`, [id]);
}

export function entitlementOfDecision(
  sql: Sql,
  caseRef: string,
  decisionHash: string,
): Promise<Entitlement | undefined> {
  return sql.one(`select ${entitlementColumns} from payments.entitlement where case_ref = $1 and decision_hash = $2`, [
    caseRef,
    decisionHash,
  ]);
}

export function latestEntitlement(sql: Sql, caseRef: string): Promise<Entitlement | undefined> {
  return sql.one(
    `select ${entitlementColumns} from payments.entitlement where case_ref = $1 order by granted_at desc, id desc limit 1`,
    [caseRef],
  );
}

export async function insertInstruction(tx: Sql, row: Instruction<"none">): Promise<void> {
  await tx.run(
    `insert into payments.instruction (id, entitlement, attempt, uetr, payee_name, institution, account, amount, approved_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      row.id,
      row.entitlement,
      row.attempt,
      row.uetr,
      row.payeeName,
      row.account.institution,
      row.account.number,
      row.amount,
      row.approvedBy,
    ],
  );
}

/** The newest attempt of an entitlement, locked until the transaction ends. */
export function lockLatestInstruction(tx: Sql, entitlement: string): Promise<Instruction | undefined> {
  return tx.one(
    `select ${instructionColumns} from payments.instruction where entitlement = $1 order by attempt desc limit 1 for update`,
    [entitlement],
  );
}

export function lockInstruction(tx: Sql, id: string): Promise<Instruction | undefined> {
  return tx.one(`select ${instructionColumns} from payments.instruction where id = $1 for update`, [id]);
}

export function instructionsOf(sql: Sql, entitlement: string): Promise<Instruction[]> {
  return sql.query(
    `select ${instructionColumns} from payments.instruction where entitlement = $1 order by attempt desc`,
    [entitlement],
  );
}

/** Instructions in one state, oldest first, locked; those that another process holds are passed over. */
export function lockInState<In extends State>(tx: Sql, state: In, limit: number): Promise<Instruction<In>[]> {
  return tx.query(
    `select ${instructionColumns} from payments.instruction where state = $1 order by id limit $2 for update skip locked`,
    [state, limit],
  );
}

export function instructionsInState(sql: Sql, state: State, limit: number): Promise<Instruction[]> {
  return sql.query(`select ${instructionColumns} from payments.instruction where state = $1 order by id limit $2`, [
    state,
    limit,
  ]);
}

/** All lines of a file, locked in one order so that two reports cannot wait for each other. */
export function lockInstructionsOfFile(tx: Sql, file: string): Promise<Instruction[]> {
  return tx.query(`select ${instructionColumns} from payments.instruction where file = $1 order by id for update`, [
    file,
  ]);
}

/** Instructions whose last event is older than `before`. */
export function lockStale<In extends State>(
  tx: Sql,
  state: In,
  before: Date,
  limit: number,
): Promise<Instruction<In>[]> {
  return tx.query(
    `select ${instructionColumns} from payments.instruction i
      where state = $1
        and (select max(at) from payments.instruction_event e where e.instruction = i.id) < $2
      order by id limit $3 for update skip locked`,
    [state, before, limit],
  );
}

export async function assignFile(tx: Sql, instructions: readonly string[], file: string): Promise<void> {
  await tx.run("update payments.instruction set file = $2 where id = any($1)", [instructions, file]);
}

/** The database checks that the instruction stands in `from` and that the graph has this edge. */
export async function insertEvent(tx: Sql, instruction: string, row: Omit<EventRow, "seq">): Promise<void> {
  await tx.run(
    `insert into payments.instruction_event (instruction, seq, from_state, event, to_state, at, by, detail)
     select $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6, $7
       from payments.instruction_event where instruction = $1`,
    [instruction, row.from, row.event, row.to, row.at, row.by, JSON.stringify(row.detail)],
  );
}

export function eventsOf(sql: Sql, instruction: string): Promise<EventRow[]> {
  return sql.query(
    `select seq, event, from_state as "from", to_state as "to", at, by, detail
       from payments.instruction_event where instruction = $1 order by seq`,
    [instruction],
  );
}

/** A bank file without its content. */
export interface FileSummary {
  /** The MsgId. */
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly lines: number;
  readonly total: bigint;
  readonly executionDate: string;
  readonly writtenAt: Date;
  readonly sentAt: Date | null;
  readonly receipt: string | null;
  readonly attempts: number;
}

const fileColumns = `id, name, sha256, lines, total, execution_date::text as "executionDate", written_at as "writtenAt",
  sent_at as "sentAt", receipt, attempts`;

export function fileSummary(sql: Sql, id: string): Promise<FileSummary | undefined> {
  return sql.one(`select ${fileColumns} from payments.file where id = $1`, [id]);
}

export async function nextFileNumber(tx: Sql): Promise<bigint> {
  const row = await tx.one<{ number: bigint }>("select nextval('payments.file_number') as number");
  return row!.number;
}

export async function insertFile(
  tx: Sql,
  file: Pick<FileSummary, "id" | "name" | "sha256" | "lines" | "total" | "executionDate" | "writtenAt"> & {
    number: bigint;
    xml: string;
  },
): Promise<void> {
  await tx.run(
    `insert into payments.file (id, number, name, xml, sha256, lines, total, execution_date, written_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      file.id,
      file.number,
      file.name,
      file.xml,
      file.sha256,
      file.lines,
      file.total,
      file.executionDate,
      file.writtenAt,
    ],
  );
}

/** The content of a stored file. */
export function fileContent(sql: Sql, id: string): Promise<{ name: string; xml: string; sha256: string } | undefined> {
  return sql.one("select name, xml, sha256 from payments.file where id = $1", [id]);
}

export async function unsentFiles(sql: Sql): Promise<string[]> {
  return (await sql.query<{ id: string }>("select id from payments.file where sent_at is null order by number")).map(
    (row) => row.id,
  );
}

/** Locks a file; `undefined` if another process holds it. */
export function lockFile(
  tx: Sql,
  id: string,
  wait: "wait" | "pass-over",
): Promise<(FileSummary & { xml: string }) | undefined> {
  return tx.one(
    `select ${fileColumns}, xml from payments.file where id = $1 for update ${wait === "wait" ? "" : "skip locked"}`,
    [id],
  );
}

export async function noteAttempt(sql: Sql, id: string): Promise<void> {
  await sql.run("update payments.file set attempts = attempts + 1 where id = $1 and sent_at is null", [id]);
}

export async function noteFault(sql: Sql, id: string, fault: string): Promise<void> {
  await sql.run("update payments.file set last_fault = $2 where id = $1 and sent_at is null", [id, fault]);
}

export async function markSent(tx: Sql, id: string, receipt: string, at: Date): Promise<void> {
  await tx.run("update payments.file set receipt = $2, sent_at = $3, last_fault = null where id = $1", [
    id,
    receipt,
    at,
  ]);
}

export async function entitlementsById(sql: Sql, ids: readonly string[]): Promise<Map<string, Entitlement>> {
  const rows = await sql.query<Entitlement>(
    `select ${entitlementColumns} from payments.entitlement where id = any($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The binding that each instruction's last second approval stands on. */
export async function releaseBindings(sql: Sql, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql.query<{ id: string; binding: string }>(
    `select distinct on (instruction) instruction as id, detail ->> 'binding' as binding
       from payments.instruction_event
      where instruction = any($1) and event = 'second-approved' order by instruction, seq desc`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.binding]));
}

export interface StatusFile {
  readonly sha256: string;
  readonly name: string;
  readonly content: Uint8Array;
  /** MsgId of the file it reports on, if that is ours. */
  readonly file: string | null;
  readonly outcome: "applied" | "status-invalid" | "status-unmatched";
  /** For the operator: why it is in quarantine. */
  readonly reason: string | null;
  readonly receivedAt: Date;
}

export interface StatusLine {
  readonly instruction: string | null;
  readonly endToEndId: string | null;
  readonly code: string;
  readonly reason: string | null;
  readonly outcome: "applied" | "noted" | "repeated" | "contradiction" | "unmatched" | "amount-differs" | "unmapped";
}

export function statusFile(sql: Sql, sha256: string): Promise<Omit<StatusFile, "content"> | undefined> {
  return sql.one(
    `select sha256, name, file, outcome, reason, received_at as "receivedAt" from payments.status_file where sha256 = $1`,
    [sha256],
  );
}

/** Answers false, and stores nothing, when these bytes are there already. */
export async function insertStatusFile(tx: Sql, row: StatusFile): Promise<boolean> {
  const inserted = await tx.run(
    `insert into payments.status_file (sha256, name, content, file, outcome, reason, received_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [row.sha256, row.name, Buffer.from(row.content), row.file, row.outcome, row.reason, row.receivedAt],
  );
  return inserted === 1;
}

export async function insertStatusLines(tx: Sql, statusFile: string, lines: readonly StatusLine[]): Promise<void> {
  const column = <Key extends keyof StatusLine>(key: Key): StatusLine[Key][] => lines.map((line) => line[key]);
  await tx.run(
    `insert into payments.status_line (status_file, n, instruction, end_to_end_id, code, reason, outcome)
     select $1, n, instruction, end_to_end_id, code, reason, outcome
       from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
         with ordinality as line (instruction, end_to_end_id, code, reason, outcome, n)`,
    [statusFile, column("instruction"), column("endToEndId"), column("code"), column("reason"), column("outcome")],
  );
}

export function statusLinesOf(sql: Sql, statusFile: string): Promise<StatusLine[]> {
  return sql.query(
    `select instruction, end_to_end_id as "endToEndId", code, reason, outcome
       from payments.status_line where status_file = $1 order by n`,
    [statusFile],
  );
}

export interface QuarantineEntry {
  readonly statusFile: string;
  readonly name: string;
  readonly receivedAt: Date;
  /** Why a person must look. */
  readonly why: "status-invalid" | "status-unmatched" | "contradiction" | "unmatched" | "amount-differs" | "unmapped";
  readonly instruction: string | null;
  readonly code: string | null;
  readonly reason: string | null;
}

export function quarantineEntries(sql: Sql, limit: number): Promise<QuarantineEntry[]> {
  return sql.query(
    `select sha256 as "statusFile", name, received_at as "receivedAt", outcome as why,
            null as instruction, null as code, reason
       from payments.status_file where outcome <> 'applied'
     union all
     select f.sha256, f.name, f.received_at, l.outcome, l.instruction, l.code, l.reason
       from payments.status_line l join payments.status_file f on f.sha256 = l.status_file
       left join lateral (${openContradictions("l.instruction")}) contradictions on true
      where l.outcome in ('contradiction', 'unmatched', 'amount-differs', 'unmapped')
        and (l.instruction is null or contradictions.open)
     order by "receivedAt", "statusFile" limit $1`,
    [limit],
  );
}

/** Questions are counted and stored one after the other, so that many at once cannot pass the limit together. */
export async function lockOwnerChecks(tx: Sql): Promise<void> {
  await tx.query("lock table payments.owner_check in share row exclusive mode");
}

export async function ownerCheckCounts(
  tx: Sql,
  person: string,
  account: Account,
  day: string,
): Promise<{ person: number; account: number }> {
  const row = await tx.one<{ person: number; account: number }>(
    `select (select count(*)::int from payments.owner_check where person = $1 and day = $4) as person,
            (select count(*)::int from payments.owner_check where institution = $2 and account = $3 and day = $4) as account`,
    [person, account.institution, account.number, day],
  );
  return row!;
}

export async function insertOwnerCheck(
  tx: Sql,
  row: { id: string; person: string; account: Account; day: string; askedAt: Date },
): Promise<void> {
  await tx.run(
    `insert into payments.owner_check (id, person, institution, account, day, asked_at) values ($1, $2, $3, $4, $5, $6)`,
    [row.id, row.person, row.account.institution, row.account.number, row.day, row.askedAt],
  );
}

export async function setOwnerResult(sql: Sql, id: string, result: string): Promise<void> {
  await sql.run("update payments.owner_check set result = $2 where id = $1", [id, result]);
}

/** How many lines of reports have denied what we know of an instruction. */
function contradictionCount(instruction: string): string {
  return `select count(*)::int from payments.status_line c
    where c.instruction = ${instruction} and c.outcome in ('contradiction', 'amount-differs', 'unmapped')`;
}

/** A correction notes how many such lines it has seen (`detail.seen`); any line beyond that is open. */
function openContradictions(instruction: string): string {
  return `select (${contradictionCount(instruction)}) >
      coalesce((select max((e.detail ->> 'seen')::int) from payments.instruction_event e where e.instruction = ${instruction}), 0) as open`;
}

/** Whether reports contradict this instruction's state and no correction has settled it. */
export async function isContradicted(sql: Sql, instruction: string): Promise<boolean> {
  return (await sql.one<{ open: boolean }>(openContradictions("$1"), [instruction]))!.open;
}

export async function countContradictions(sql: Sql, instruction: string): Promise<number> {
  return (await sql.one<{ count: number }>(contradictionCount("$1"), [instruction]))!.count;
}
