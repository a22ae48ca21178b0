import type { Sql } from "#store";
import type { PolicyRequest } from "./judge.ts";
import type { PolicyRule } from "./policy-set.ts";

/** A request as it is kept: times as text. */
export type KeptRequest = Omit<PolicyRequest, "proof"> & {
  readonly proof: { readonly acr: PolicyRequest["proof"]["acr"]; readonly authTime: string };
};

/** A decision as stored. */
export interface DecisionRow {
  id: string;
  at: Date;
  person_id: string;
  action: string;
  resource_type: string;
  resource_id: string;
  request: KeptRequest;
  allowed: boolean;
  reason: string | null;
  policies: string[];
  version: string;
}

/** All SQL about policies and decisions. */
export interface PolicyStore {
  putSet(set: { version: string; schema: string; rules: readonly PolicyRule[]; at: Date }): Promise<void>;
  set(version: string): Promise<{ rules: PolicyRule[]; first_used_at: Date } | undefined>;
  sets(): Promise<{ version: string; first_used_at: Date; decisions: number }[]>;
  put(row: DecisionRow): Promise<void>;
  decision(id: string): Promise<DecisionRow | undefined>;
  /** Newest first, older than `before`. */
  about(o: { person: string; before: Date; limit: number }): Promise<DecisionRow[]>;
  /** Oldest first from `since`, after the row with this id. */
  since(o: { since: Date; after: string; limit: number }): Promise<DecisionRow[]>;
  /** Whom a person ever acted for, and who ever acted for them, by a register or a mandate. */
  relatedTo(person: string): Promise<string[]>;
  forget(person: string): Promise<number>;
}

export function policyStore(sql: Sql): PolicyStore {
  return {
    async putSet({ version, schema, rules, at }) {
      await sql.run(
        `insert into identity.policy_set (version, schema, rules, first_used_at) values ($1, $2, $3, $4)
         on conflict (version) do nothing`,
        [version, schema, JSON.stringify(rules), at],
      );
    },
    set: (version) => sql.one("select rules, first_used_at from identity.policy_set where version = $1", [version]),
    sets: () =>
      sql.query(
        `select s.version, s.first_used_at, count(d.id)::int as decisions
         from identity.policy_set s left join identity.decision d on d.version = s.version
         group by s.version order by s.first_used_at desc`,
      ),
    async put(row) {
      await sql.run(
        `insert into identity.decision
           (id, at, person_id, action, resource_type, resource_id, request, allowed, reason, policies, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        [
          row.id,
          row.at,
          row.person_id,
          row.action,
          row.resource_type,
          row.resource_id,
          JSON.stringify(row.request),
          row.allowed,
          row.reason,
          row.policies,
          row.version,
        ],
      );
    },
    decision: (id) => sql.one<DecisionRow>("select * from identity.decision where id = $1", [id]),
    about: ({ person, before, limit }) =>
      sql.query<DecisionRow>(
        "select * from identity.decision where person_id = $1 and at < $2 order by at desc, id desc limit $3",
        [person, before, limit],
      ),
    since: ({ since, after, limit }) =>
      sql.query<DecisionRow>("select * from identity.decision where at >= $1 and id > $2 order by id limit $3", [
        since,
        after,
        limit,
      ]),
    async relatedTo(person) {
      const rows = await sql.query<{ id: string }>(
        `select principal_id as id from identity.auth_event
           where person_id = $1 and what = 'party' and ok and principal_id is not null
         union select person_id from identity.auth_event
           where principal_id = $1 and what = 'party' and ok and person_id is not null`,
        [person],
      );
      return rows.map(({ id }) => id);
    },
    forget: (person) => sql.run("delete from identity.decision where person_id = $1", [person]),
  };
}
