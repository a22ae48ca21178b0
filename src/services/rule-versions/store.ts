import type { Sql } from "#store";

/** The text of one version of a decision model. To this module it is opaque; `flows` reads it. */
export interface RuleText {
  readonly hash: string;
  readonly model: string;
  readonly version: string;
  readonly xml: string;
}

/** How a changed model stands on its way into force. */
export type RuleDraftState = "draft" | "active" | "withdrawn" | "discarded";

/** Who did something, and when. */
export interface RuleAct {
  readonly person: string;
  readonly name: string;
  readonly at: Date;
}

/** A changed model, from its upload until it is in force or laid aside. */
export interface RuleDraft {
  readonly id: string;
  readonly model: string;
  /** Key of the agency whose model it is. */
  readonly agency: string;
  readonly version: string;
  readonly hash: string;
  /** First day in force, ISO 8601 date. */
  readonly from: string;
  readonly note: string;
  readonly state: RuleDraftState;
  readonly drafted: RuleAct;
  readonly activated?: RuleAct;
  /** Withdrawn or discarded. */
  readonly ended?: RuleAct;
}

interface DraftRow {
  id: string;
  model: string;
  agency: string;
  version: string;
  hash: string;
  valid_from: string;
  note: string;
  state: RuleDraftState;
  drafted_by: string;
  drafted_name: string;
  drafted_at: Date;
  activated_by: string | null;
  activated_name: string | null;
  activated_at: Date | null;
  ended_by: string | null;
  ended_name: string | null;
  ended_at: Date | null;
}

const draftColumns = `id, model, agency, version, hash, to_char(valid_from, 'YYYY-MM-DD') as valid_from, note, state,
  drafted_by, drafted_name, drafted_at, activated_by, activated_name, activated_at, ended_by, ended_name, ended_at`;

/** Keeps a text under its hash; what is kept already stays as it is. */
export async function keepRuleText(tx: Sql, text: RuleText, at: Date): Promise<void> {
  await tx.run(
    "insert into services.rule_text (hash, model, version, xml, kept_at) values ($1,$2,$3,$4,$5) on conflict do nothing",
    [text.hash, text.model, text.version, text.xml, at],
  );
}

/** The text that has this hash, as long as the database lives. */
export function ruleText(sql: Sql, hash: string): Promise<RuleText | undefined> {
  return sql.one<RuleText>("select hash, model, version, xml from services.rule_text where hash = $1", [hash]);
}

/** The same for everybody to read: a text that is or was in force, not a draft that never came so far. */
export function publicRuleText(sql: Sql, hash: string): Promise<RuleText | undefined> {
  return sql.one<RuleText>(
    `select hash, model, version, xml from services.rule_text t where hash = $1
       and (not exists (select 1 from services.rule_draft d where d.hash = t.hash)
         or exists (select 1 from services.rule_draft d where d.hash = t.hash and d.state = 'active'))`,
    [hash],
  );
}

/** A number that grows whenever a version comes into force or is taken back. */
export async function ruleChange(sql: Sql): Promise<bigint> {
  const row = await sql.one<{ last: bigint }>(
    "select coalesce(max(change), 0)::bigint as last from services.rule_draft where state in ('active', 'withdrawn')",
  );
  return row!.last;
}

/** The versions that were activated here, each with its text. */
export function activatedTexts(sql: Sql): Promise<RuleText[]> {
  return sql.query<RuleText>(
    `select t.hash, t.model, t.version, t.xml from services.rule_draft d join services.rule_text t using (hash)
     where d.state = 'active' order by d.valid_from`,
  );
}

export async function insertRuleDraft(tx: Sql, draft: RuleDraft): Promise<void> {
  await tx.run(
    `insert into services.rule_draft (id, model, agency, version, hash, valid_from, note, state, drafted_by, drafted_name, drafted_at)
     values ($1,$2,$3,$4,$5,$6,$7,'draft',$8,$9,$10)`,
    [
      draft.id,
      draft.model,
      draft.agency,
      draft.version,
      draft.hash,
      draft.from,
      draft.note,
      draft.drafted.person,
      draft.drafted.name,
      draft.drafted.at,
    ],
  );
}

/** A draft; locked until the transaction ends where it is to be changed. */
export async function ruleDraft(sql: Sql, id: string, lock: boolean = false): Promise<RuleDraft | undefined> {
  const row = await sql.one<DraftRow>(
    `select ${draftColumns} from services.rule_draft where id = $1${lock ? " for update" : ""}`,
    [id],
  );
  return row && draftOfRow(row);
}

/** Lets nobody else change a draft until the transaction ends. Readers are not held up. */
export async function lockRuleDrafts(tx: Sql): Promise<void> {
  await tx.run("lock table services.rule_draft in share row exclusive mode");
}

/** An agency's drafts, newest first. */
export async function ruleDraftsOf(
  sql: Sql,
  agency: string,
  o: { readonly limit: number; readonly offset: number },
): Promise<{ drafts: RuleDraft[]; total: number }> {
  const rows = await sql.query<DraftRow>(
    `select ${draftColumns} from services.rule_draft where agency = $1 order by drafted_at desc, id limit $2 offset $3`,
    [agency, o.limit, o.offset],
  );
  const count = await sql.one<{ n: number }>("select count(*)::int as n from services.rule_draft where agency = $1", [
    agency,
  ]);
  return { drafts: rows.map(draftOfRow), total: count!.n };
}

export async function markActivated(tx: Sql, id: string, act: RuleAct): Promise<void> {
  await tx.run(
    `update services.rule_draft set state = 'active', activated_by = $2, activated_name = $3, activated_at = $4,
       change = nextval('services.rule_change') where id = $1`,
    [id, act.person, act.name, act.at],
  );
}

export async function markEnded(tx: Sql, id: string, state: "withdrawn" | "discarded", act: RuleAct): Promise<void> {
  await tx.run(
    `update services.rule_draft set state = $2, ended_by = $3, ended_name = $4, ended_at = $5,
       change = nextval('services.rule_change') where id = $1`,
    [id, state, act.person, act.name, act.at],
  );
}

function draftOfRow(row: DraftRow): RuleDraft {
  const act = (person: string | null, name: string | null, at: Date | null): RuleAct | undefined =>
    person === null || name === null || at === null ? undefined : { person, name, at };
  const activated = act(row.activated_by, row.activated_name, row.activated_at);
  const ended = act(row.ended_by, row.ended_name, row.ended_at);
  return {
    id: row.id,
    model: row.model,
    agency: row.agency,
    version: row.version,
    hash: row.hash,
    from: row.valid_from,
    note: row.note,
    state: row.state,
    drafted: { person: row.drafted_by, name: row.drafted_name, at: row.drafted_at },
    ...(activated && { activated }),
    ...(ended && { ended }),
  };
}
