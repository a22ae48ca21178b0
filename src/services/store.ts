import type { Sql } from "#store";
import type { Case, CaseEvent } from "./case.ts";
import type { ServiceDefinition } from "./definition.ts";

/** A line of a list of cases, without opening the case. */
export interface CaseSummary {
  readonly id: string;
  readonly service: string;
  readonly number: string | null;
  readonly phase: string;
  readonly status: string;
  readonly principalName: string;
  readonly applicantName: string;
  readonly item: string | null;
  readonly submittedAt: Date | null;
  readonly dueAt: Date | null;
  readonly updatedAt: Date;
}

interface CaseRow {
  id: string;
  service: string;
  number: string | null;
  phase: string;
  status: string;
  summary: { principalName: string; applicantName: string; item: string | null };
  submitted_at: Date | null;
  due_at: Date | null;
  updated_at: Date;
}

export async function lockCase(tx: Sql, id: string): Promise<boolean> {
  return (await tx.run("select 1 from services.case where id = $1 for update", [id])) > 0;
}

/** The definition a case runs under and its events, oldest first. */
export async function readCase(
  sql: Sql,
  id: string,
): Promise<{ definition: ServiceDefinition; hash: string; events: CaseEvent[] } | undefined> {
  const row = await sql.one<{ definition: ServiceDefinition; definition_hash: string }>(
    "select definition, definition_hash from services.case where id = $1",
    [id],
  );
  if (!row) return undefined;
  const events = await sql.query<Omit<CaseEvent, "at" | "prevHash"> & { at: Date; prev_hash: string }>(
    "select id, seq, type, at, actor, input, hash, prev_hash from services.case_event where case_id = $1 order by seq",
    [id],
  );
  return {
    definition: row.definition,
    hash: row.definition_hash,
    events: events.map(
      ({ prev_hash, at, ...event }) => ({ ...event, at: at.toISOString(), prevHash: prev_hash }) as CaseEvent,
    ),
  };
}

export async function insertEvent(tx: Sql, caseId: string, event: CaseEvent, idempotencyKey: string): Promise<void> {
  await tx.run(
    "insert into services.case_event (case_id, seq, id, type, at, actor, input, hash, prev_hash, idempotency_key) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
    [
      caseId,
      event.seq,
      event.id,
      event.type,
      event.at,
      JSON.stringify(event.actor),
      JSON.stringify(event.input),
      event.hash,
      event.prevHash,
      idempotencyKey,
    ],
  );
}

export async function eventByKey(
  tx: Sql,
  caseId: string,
  idempotencyKey: string,
): Promise<{ seq: number; type: string } | undefined> {
  return tx.one("select seq, type from services.case_event where case_id = $1 and idempotency_key = $2", [
    caseId,
    idempotencyKey,
  ]);
}

/** Writes the list row of a case as its state says. */
export async function saveSummary(
  tx: Sql,
  definition: ServiceDefinition,
  state: Case,
  item: string | null,
  at: string,
): Promise<void> {
  const status = definition.phases.find((phase) => phase.id === state.phase)!.status;
  const summary = JSON.stringify({ principalName: state.principal.name, applicantName: state.applicant.name, item });
  await tx.run(
    `insert into services.case (id, service, agency, definition_hash, definition, phase, status, number, principal, applicant, submitted_at, due_at, summary, updated_at, seq)
     values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)
     on conflict (id) do update set phase = excluded.phase, status = excluded.status, number = excluded.number, submitted_at = excluded.submitted_at,
       due_at = excluded.due_at, summary = excluded.summary, updated_at = excluded.updated_at, seq = excluded.seq`,
    [
      state.id,
      definition.id,
      definition.metadata.agency,
      state.definition.hash,
      JSON.stringify(definition),
      state.phase,
      status,
      state.number,
      state.principal.person,
      state.applicant.person,
      state.submittedAt,
      state.dueAt,
      summary,
      at,
      state.seq,
    ],
  );
}

export async function draftOf(
  sql: Sql,
  service: string,
  principal: string,
  applicant: string,
): Promise<string | undefined> {
  const row = await sql.one<{ id: string }>(
    "select id from services.case where service = $1 and principal = $2 and applicant = $3 and status = 'draft'",
    [service, principal, applicant],
  );
  return row?.id;
}

/** The cases a person applied for or that are about the person, newest first. */
export async function casesOf(sql: Sql, person: string, limit: number = 50): Promise<CaseSummary[]> {
  const rows = await sql.query<CaseRow>(
    "select * from services.case where applicant = $1 or principal = $1 order by updated_at desc limit $2",
    [person, limit],
  );
  return rows.map(summary);
}

/** A case as far as forgetting a person must know it. */
export interface CaseOfPerson {
  readonly id: string;
  readonly number: string | null;
  /** False for a case in which the person only acted for somebody else. */
  readonly own: boolean;
  readonly closed: boolean;
}

/** All cases that a person applied for or that are about the person, locked until the transaction ends. */
export function lockCasesOf(tx: Sql, person: string): Promise<CaseOfPerson[]> {
  return tx.query<CaseOfPerson>(
    `select id, number, principal = $1 as own, status = 'closed' as closed from services.case
     where principal = $1 or applicant = $1 order by id for update`,
    [person],
  );
}

/** Destroys what opens the log's entries about steps of these cases. Answers how many steps. */
export function dropProofs(tx: Sql, cases: readonly string[]): Promise<number> {
  return tx.run("delete from services.case_proof where case_id = any($1)", [cases]);
}

/** An agency's queue: submitted cases, those due first at the top. */
export async function queueOf(
  sql: Sql,
  agency: string,
  options: {
    phases?: readonly string[];
    services?: readonly string[];
    search?: string;
    limit?: number;
    offset?: number;
  } = {},
): Promise<{ cases: CaseSummary[]; total: number }> {
  const where = `agency = $1 and status <> 'draft' and ($2::text[] is null or phase = any($2)) and ($3::text is null or number ilike $3 or summary->>'principalName' ilike $3) and ($4::text[] is null or service = any($4))`;
  const search = options.search ? `%${options.search.replaceAll(/[\\%_]/g, "\\$&")}%` : null;
  const parameters = [agency, options.phases ?? null, search, options.services ?? null];
  const rows = await sql.query<CaseRow>(
    `select * from services.case where ${where} order by (status = 'closed'), due_at nulls last, number limit $5 offset $6`,
    [...parameters, options.limit ?? 25, options.offset ?? 0],
  );
  const count = await sql.one<{ n: bigint }>(`select count(*) as n from services.case where ${where}`, parameters);
  return { cases: rows.map(summary), total: Number(count!.n) };
}

/** How many of an agency's cases stand in each phase; of some services only, where they are named. */
export async function phaseCounts(
  sql: Sql,
  agency: string,
  services?: readonly string[],
): Promise<Record<string, number>> {
  const rows = await sql.query<{ phase: string; n: bigint }>(
    "select phase, count(*) as n from services.case where agency = $1 and status <> 'draft' and ($2::text[] is null or service = any($2)) group by phase",
    [agency, services ?? null],
  );
  return Object.fromEntries(rows.map((row) => [row.phase, Number(row.n)]));
}

/** Cases standing in one phase, for jobs that carry them on after a crash. */
export async function casesInPhase(sql: Sql, phase: string): Promise<string[]> {
  return (
    await sql.query<{ id: string }>("select id from services.case where phase = $1 order by updated_at", [phase])
  ).map((row) => row.id);
}

/** The case with this number. */
export async function caseByNumber(sql: Sql, number: string): Promise<string | undefined> {
  return (await sql.one<{ id: string }>("select id from services.case where number = $1", [number]))?.id;
}

/** The next serial under a prefix; gaps are possible when a submission is rolled back. */
export async function nextSerial(tx: Sql, prefix: string): Promise<number> {
  const row = await tx.one<{ last: number }>(
    "insert into services.number (prefix, last) values ($1, 1) on conflict (prefix) do update set last = services.number.last + 1 returning last",
    [prefix],
  );
  return row!.last;
}

/** Where a step of a case stands in the log. */
export interface CaseProof {
  readonly seq: number;
  readonly staged: bigint;
  readonly salt: Uint8Array;
}

export async function saveProof(tx: Sql, caseId: string, proof: CaseProof): Promise<void> {
  await tx.run("insert into services.case_proof (case_id, seq, staged, salt) values ($1,$2,$3,$4)", [
    caseId,
    proof.seq,
    proof.staged,
    Buffer.from(proof.salt),
  ]);
}

export async function proofsOf(sql: Sql, caseId: string): Promise<CaseProof[]> {
  return sql.query<CaseProof>("select seq, staged, salt from services.case_proof where case_id = $1 order by seq", [
    caseId,
  ]);
}

function summary(row: CaseRow): CaseSummary {
  return {
    id: row.id,
    service: row.service,
    number: row.number,
    phase: row.phase,
    status: row.status,
    ...row.summary,
    submittedAt: row.submitted_at,
    dueAt: row.due_at,
    updatedAt: row.updated_at,
  };
}
