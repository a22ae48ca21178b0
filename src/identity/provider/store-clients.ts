import type { Log, LogEntry } from "#ledger";
import type { Sql } from "#store";
import type { ClientMetadata, ClientState } from "./contract.ts";

/** A relying party as stored. */
export interface ClientRow {
  readonly id: string;
  readonly environment: "sandbox" | "production";
  readonly profile: "fapi" | "plain";
  readonly status: ClientState;
  readonly manager_id: string;
  readonly owner: string;
  readonly metadata: ClientMetadata;
  readonly created_at: Date;
  readonly changed_at: Date;
  readonly expires_at: Date | null;
}

/** What a client did wrong, for its managers. */
export interface FailureRow {
  readonly id: string;
  readonly client_id: string;
  readonly endpoint: string;
  readonly error: string;
  readonly detail: string;
  readonly checks: readonly { readonly what: string; readonly ok: boolean; readonly found: string }[];
  readonly at: Date;
}

/** Failed requests of one kind that name a client and that nothing proves to be its own: how many, and the last. */
export interface CountedFailureRow extends Omit<FailureRow, "id"> {
  readonly times: number;
}

/** What an officer may have done with a client. */
export type ClientActName = "approved" | "refused" | "renewal-refused" | "stopped";

export interface ClientActRow {
  readonly id: string;
  readonly what: ClientActName;
  readonly reason: string;
  readonly at: Date;
  readonly officer_id: string;
  readonly officer: string;
  /** Who looked at a stop after the one who stopped. */
  readonly seen_by: string | null;
  readonly seen_at: Date | null;
}

/** How many of a client's failures are kept. */
const failuresKept = 50;

/** All SQL about relying parties. */
export interface ClientStore {
  client(id: string): Promise<ClientRow | undefined>;
  resourceServer(audience: string, environment: ClientRow["environment"]): Promise<ClientRow | undefined>;
  /** The client, locked until the transaction ends. */
  lockClient(id: string): Promise<ClientRow | undefined>;
  putClient(row: ClientRow): Promise<void>;
  /** Stages an entry in the transaction of this store. */
  append(log: Log, entry: LogEntry): Promise<bigint>;
  clientsOf(personId: string): Promise<ClientRow[]>;
  clientsWith(status: ClientState, environment: ClientRow["environment"]): Promise<ClientRow[]>;
  putDecision(row: { clientId: string; officerId: string; approved: boolean; at: Date }): Promise<boolean>;
  /** Those of officers who still hold the role. */
  decisions(clientId: string, at: Date): Promise<{ officerId: string; approved: boolean; at: Date }[]>;
  dropDecisions(clientId: string): Promise<void>;
  putFailure(row: FailureRow): Promise<void>;
  failures(clientId: string): Promise<FailureRow[]>;
  /** Counts one that nothing proves to be the client's own. */
  countFailure(row: Omit<FailureRow, "id">): Promise<void>;
  countedFailures(clientId: string): Promise<CountedFailureRow[]>;
  putAct(row: {
    id: string;
    clientId: string;
    what: ClientActName;
    reason: string;
    officerId: string;
    at: Date;
  }): Promise<void>;
  /** What officers did with a client, newest first. */
  acts(clientId: string): Promise<ClientActRow[]>;
  /** Another officer than the one who stopped it looked at a stop; false if there is none for them to look at. */
  seeStop(clientId: string, officerId: string, at: Date): Promise<boolean>;
}

const clientColumns =
  "id, environment, profile, status, manager_id, owner, metadata, created_at, changed_at, expires_at";
/** The times in which whoever decided held the role for it. */
const approverTerms = `select from identity.office_term t join identity.office o on o.id = t.office_id
  where o.person_id = d.officer_id and t.role = 'client-approver'`;

export function clientStore(sql: Sql): ClientStore {
  return {
    client: (id) =>
      sql.one(
        { name: "identity.oidc-client", text: `select ${clientColumns} from identity.oidc_client where id = $1` },
        [id],
      ),
    resourceServer: (audience, environment) =>
      sql.one(
        {
          name: "identity.oidc-resource-server",
          text: `select ${clientColumns} from identity.oidc_client
         where status = 'active' and metadata->'resource'->>'audience' = $1 and environment = $2`,
        },
        [audience, environment],
      ),
    lockClient: (id) => sql.one(`select ${clientColumns} from identity.oidc_client where id = $1 for update`, [id]),
    append: (log, entry) => log.append(sql, entry),
    async putClient(row) {
      await sql.run(
        `insert into identity.oidc_client (${clientColumns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (id) do update set profile = excluded.profile, status = excluded.status, metadata = excluded.metadata,
           changed_at = excluded.changed_at, expires_at = excluded.expires_at`,
        [
          row.id,
          row.environment,
          row.profile,
          row.status,
          row.manager_id,
          row.owner,
          JSON.stringify(row.metadata),
          row.created_at,
          row.changed_at,
          row.expires_at,
        ],
      );
    },
    clientsOf: (personId) =>
      sql.query(
        `select ${clientColumns} from identity.oidc_client where manager_id = $1 and status <> 'deleted' order by created_at`,
        [personId],
      ),
    clientsWith: (status, environment) =>
      sql.query(
        `select ${clientColumns} from identity.oidc_client where status = $1 and environment = $2 order by owner, id`,
        [status, environment],
      ),
    putDecision: async ({ clientId, officerId, approved, at }) =>
      (await sql.run(
        `insert into identity.oidc_client_decision (client_id, officer_id, approved, at) values ($1, $2, $3, $4)
         on conflict do nothing`,
        [clientId, officerId, approved, at],
      )) === 1,
    decisions: (clientId, at) =>
      sql.query(
        `select d.officer_id as "officerId", d.approved, d.at from identity.oidc_client_decision d
         where d.client_id = $1 and (not exists (${approverTerms}) or exists (${approverTerms}
           and o.ended_at is null and t.from_at <= $2 and t.until_at > $2)) order by d.at`,
        [clientId, at],
      ),
    async dropDecisions(clientId) {
      await sql.run("delete from identity.oidc_client_decision where client_id = $1", [clientId]);
    },

    async putFailure(row) {
      await sql.run(
        `insert into identity.oidc_failure (id, client_id, endpoint, error, detail, checks, at)
         select $1, id, $3, $4, $5, $6, $7 from identity.oidc_client where id = $2`,
        [row.id, row.client_id, row.endpoint, row.error, row.detail, JSON.stringify(row.checks), row.at],
      );
      await sql.run(
        `delete from identity.oidc_failure where client_id = $1 and id not in
           (select id from identity.oidc_failure where client_id = $1 order by at desc, id desc limit ${failuresKept})`,
        [row.client_id],
      );
    },
    async countFailure({ client_id, endpoint, error, detail, checks, at }) {
      await sql.run(
        `insert into identity.oidc_failure_count (client_id, endpoint, error, times, detail, checks, at)
         select id, $2, $3, 1, $4, $5, $6 from identity.oidc_client where id = $1
         on conflict (client_id, endpoint, error) do update set times = identity.oidc_failure_count.times + 1,
           detail = excluded.detail, checks = excluded.checks, at = excluded.at`,
        [client_id, endpoint, error, detail, JSON.stringify(checks), at],
      );
    },
    countedFailures: (clientId) =>
      sql.query(
        `select client_id, endpoint, error, times::float8 as times, detail, checks, at from identity.oidc_failure_count
         where client_id = $1 order by at desc`,
        [clientId],
      ),
    async putAct(row) {
      await sql.run(
        `insert into identity.oidc_client_act (id, client_id, what, reason, officer_id, at) values ($1, $2, $3, $4, $5, $6)`,
        [row.id, row.clientId, row.what, row.reason, row.officerId, row.at],
      );
    },
    acts: (clientId) =>
      sql.query(
        `select a.id, a.what, a.reason, a.at, a.officer_id, p.name as officer, q.name as seen_by, a.seen_at
         from identity.oidc_client_act a join identity.person p on p.id = a.officer_id
           left join identity.person q on q.id = a.seen_by
         where a.client_id = $1 order by a.at desc, a.id desc`,
        [clientId],
      ),
    seeStop: async (clientId, officerId, at) =>
      (await sql.run(
        `update identity.oidc_client_act set seen_by = $2, seen_at = $3
         where client_id = $1 and what = 'stopped' and seen_at is null and officer_id <> $2`,
        [clientId, officerId, at],
      )) > 0,
    failures: (clientId) =>
      sql.query(
        `select id, client_id, endpoint, error, detail, checks, at from identity.oidc_failure
         where client_id = $1 order by at desc, id desc`,
        [clientId],
      ),
  };
}
