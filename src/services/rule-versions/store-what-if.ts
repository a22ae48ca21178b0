import type { JsonValue, Localised } from "#kernel";
import type { Sql } from "#store";
import type { CaseEvent } from "../case.ts";
import type { ServiceDefinition } from "../definition.ts";

/** How far a draft was tried out over past cases, and what came out so far. Sums in whole units of the currency. */
export interface WhatIf {
  readonly draft: string;
  readonly state: "running" | "done" | "failed";
  readonly total: number;
  readonly done: number;
  /** Cases that would come out otherwise; of them, those that would get something for the first time, and nothing any more. */
  readonly changed: number;
  readonly gained: number;
  readonly lost: number;
  /** Cases that one of the two versions cannot judge. */
  readonly unclear: number;
  readonly before: bigint;
  readonly after: bigint;
  /** How many cases differ by how much: difference of the amount → cases. */
  readonly plot: Readonly<Record<string, number>>;
  readonly startedAt: Date;
  readonly endedAt?: Date;
}

/** One outcome of a case; `null` where the version cannot judge it. */
export interface Outcome {
  readonly eligible: boolean;
  readonly amount: bigint;
}

/** A case that would come out otherwise. */
export interface ChangedCase {
  readonly caseId: string;
  readonly number: string;
  readonly submittedAt: Date;
  readonly before: Outcome | null;
  readonly after: Outcome | null;
  /** Lines of the reasons that are not the same, old and new. */
  readonly why: readonly {
    readonly label: Localised;
    readonly before: Localised | null;
    readonly after: Localised | null;
  }[];
}

interface WhatIfRow {
  draft: string;
  state: WhatIf["state"];
  at_case: string | null;
  total: number;
  done: number;
  changed: number;
  gained: number;
  lost: number;
  unclear: number;
  before_sum: string;
  after_sum: string;
  plot: Record<string, number>;
  started_at: Date;
  ended_at: Date | null;
}

/** A submitted case as a what-if needs it: the definition it runs under and its events. */
export interface PastCase {
  readonly id: string;
  readonly definition: ServiceDefinition;
  readonly definitionHash: string;
  readonly events: readonly CaseEvent[];
}

const decided = "service = any($1) and number is not null";

/** How many cases of these services were ever submitted. */
export async function countPastCases(sql: Sql, services: readonly string[]): Promise<number> {
  return (await sql.one<{ n: number }>(`select count(*)::int as n from services.case where ${decided}`, [services]))!.n;
}

/** The next submitted cases in the order of their ids, which is that of their beginning; definitions are shared objects. */
export async function pastCases(
  sql: Sql,
  services: readonly string[],
  after: string | null,
  limit: number,
): Promise<PastCase[]> {
  const cases = await sql.query<{ id: string; definition_hash: string }>(
    `select id, definition_hash from services.case where ${decided} and ($2::uuid is null or id > $2) order by id limit $3`,
    [services, after, limit],
  );
  const ids = cases.map(({ id }) => id);
  // A definition is large and the same for nearly all cases: it is read once for all that share it.
  const definitions = await sql.query<{ definition_hash: string; definition: ServiceDefinition }>(
    "select definition_hash, definition from services.case where id = any($1)",
    [[...new Map(cases.map((one) => [one.definition_hash, one.id])).values()]],
  );
  const events = await sql.query<Omit<CaseEvent, "at" | "prevHash"> & { at: Date; prev_hash: string; case_id: string }>(
    // What a ruling rests on is large, and judged anew here.
    `select case_id, id, seq, type, at, actor, input #- '{ruling,basis}' as input, hash, prev_hash from services.case_event
     where case_id = any($1) and type in ('started', 'consented', 'facts-added', 'answered', 'submitted') order by case_id, seq`,
    [ids],
  );
  const byHash = new Map(definitions.map((one) => [one.definition_hash, one.definition]));
  const byCase = Map.groupBy(events, (event) => event.case_id);
  return cases.map(({ id, definition_hash }) => ({
    id,
    definition: byHash.get(definition_hash)!,
    definitionHash: definition_hash,
    events: (byCase.get(id) ?? []).map(
      ({ case_id: _case, prev_hash, at, ...event }) =>
        ({ ...event, at: at.toISOString(), prevHash: prev_hash }) as CaseEvent,
    ),
  }));
}

/** What rulings by one version of a model rest on, newest first; `before` is the last one of the page before. */
export function rulingsBy(
  sql: Sql,
  hash: string,
  before: { readonly at: Date; readonly caseId: string } | undefined,
  limit: number,
): Promise<{ caseId: string; at: Date; explanation: JsonValue }[]> {
  return sql.query(
    `select case_id as "caseId", at, input #> '{ruling,basis,explanation}' as explanation from services.case_event
     where type = 'submitted' and input #>> '{ruling,model,hash}' = $1 and input #> '{ruling,basis}' is not null
       and ($2::timestamptz is null or (at, case_id) < ($2, $3::uuid)) order by at desc, case_id desc limit $4`,
    [hash, before?.at ?? null, before?.caseId ?? null, limit],
  );
}

/** Begins a trial of a draft, once. */
export async function startWhatIf(tx: Sql, draft: string, total: number, at: Date): Promise<void> {
  await tx.run(
    "insert into services.what_if (draft, state, total, started_at) values ($1, 'running', $2, $3) on conflict do nothing",
    [draft, total, at],
  );
}

export async function whatIfOf(sql: Sql, draft: string): Promise<WhatIf | undefined> {
  const row = await sql.one<WhatIfRow>("select * from services.what_if where draft = $1", [draft]);
  return row && whatIfOfRow(row);
}

/** The trial to be carried on next, locked; others take another. `at`: the last case that was tried. */
export async function runningWhatIf(tx: Sql): Promise<{ run: WhatIf; at: string | null } | undefined> {
  const row = await tx.one<WhatIfRow>(
    "select * from services.what_if where state = 'running' order by started_at limit 1 for update skip locked",
  );
  return row && { run: whatIfOfRow(row), at: row.at_case };
}

/** Writes how far a trial came, with the cases of this step that would come out otherwise. */
export async function stepWhatIf(
  tx: Sql,
  run: WhatIf,
  at: string | null,
  changed: readonly ChangedCase[],
): Promise<void> {
  await tx.run(
    `update services.what_if set state = $2, at_case = coalesce($3, at_case), total = $4, done = $5, changed = $6, gained = $7, lost = $8,
       unclear = $9, before_sum = $10, after_sum = $11, plot = $12, ended_at = $13 where draft = $1`,
    [
      run.draft,
      run.state,
      at,
      run.total,
      run.done,
      run.changed,
      run.gained,
      run.lost,
      run.unclear,
      run.before.toString(),
      run.after.toString(),
      JSON.stringify(run.plot),
      run.endedAt ?? null,
    ],
  );
  if (changed.length === 0) return;
  await tx.run(
    `insert into services.what_if_case (draft, case_id, number, submitted_at, before_eligible, before_amount, after_eligible, after_amount, why)
     select $1, x.id, x.number, x.at, x.be, x.ba, x.ae, x.aa, x.why
     from jsonb_to_recordset($2::jsonb) as x (id uuid, number text, at timestamptz, be boolean, ba numeric, ae boolean, aa numeric, why jsonb)`,
    [
      run.draft,
      JSON.stringify(
        changed.map((one) => ({
          id: one.caseId,
          number: one.number,
          at: one.submittedAt,
          be: one.before?.eligible ?? null,
          ba: one.before ? one.before.amount.toString() : null,
          ae: one.after?.eligible ?? null,
          aa: one.after ? one.after.amount.toString() : null,
          why: one.why,
        })),
      ),
    ],
  );
}

/** The cases that would come out otherwise, by number. */
export async function changedCases(
  sql: Sql,
  draft: string,
  o: { readonly limit: number; readonly offset: number },
): Promise<ChangedCase[]> {
  const rows = await sql.query<{
    case_id: string;
    number: string;
    submitted_at: Date;
    before_eligible: boolean | null;
    before_amount: string | null;
    after_eligible: boolean | null;
    after_amount: string | null;
    why: JsonValue;
  }>(
    `select case_id, number, submitted_at, before_eligible, before_amount::text, after_eligible, after_amount::text, why
     from services.what_if_case where draft = $1 order by number limit $2 offset $3`,
    [draft, o.limit, o.offset],
  );
  const outcome = (eligible: boolean | null, amount: string | null): Outcome | null =>
    eligible === null ? null : { eligible, amount: BigInt(amount ?? 0) };
  return rows.map((row) => ({
    caseId: row.case_id,
    number: row.number,
    submittedAt: row.submitted_at,
    before: outcome(row.before_eligible, row.before_amount),
    after: outcome(row.after_eligible, row.after_amount),
    why: row.why as unknown as ChangedCase["why"],
  }));
}

function whatIfOfRow(row: WhatIfRow): WhatIf {
  return {
    draft: row.draft,
    state: row.state,
    total: row.total,
    done: row.done,
    changed: row.changed,
    gained: row.gained,
    lost: row.lost,
    unclear: row.unclear,
    before: BigInt(row.before_sum),
    after: BigInt(row.after_sum),
    plot: row.plot,
    startedAt: row.started_at,
    ...(row.ended_at && { endedAt: row.ended_at }),
  };
}
