import { createHash } from "node:crypto";
import type { Localised } from "#kernel";
import type { Log, LogEntry } from "#ledger";
import type { Sql } from "#store";
import type { ActingParty } from "../contract.ts";
import type { ClientMetadata, ClientState } from "./contract.ts";

/** What the library hands over to be kept: JSON, whose members are its own affair. */
export type Payload = Record<string, unknown>;

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

/** What a person allowed a client, and for whom. */
export interface GrantRow {
  readonly id: Buffer;
  readonly person_id: string;
  readonly client_id: string;
  readonly scopes: string[];
  readonly party_id: string | null;
  readonly party: Omit<ActingParty, "personId" | "name"> | null;
  readonly mandate: string | null;
  /** The level at which the person agreed. */
  readonly acr: string;
  readonly at: Date;
  readonly expires_at: Date;
}

/** What somebody released to a relying party, as those concerned see it. */
export interface ReleaseRow {
  readonly id: Buffer;
  readonly name: Localised;
  readonly owner: string;
  readonly environment: ClientRow["environment"];
  readonly scopes: string[];
  readonly at: Date;
  /** Who did it, and for whom if not for themself. */
  readonly person_id: string;
  readonly person: string;
  readonly party: string | null;
  /** Whether tokens of it still open something. */
  readonly live: boolean;
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

/** A sign-out of which a client has still to hear. */
export interface LogoutRow {
  readonly id: string;
  readonly client_id: string;
  readonly person_id: string;
  readonly sid: string;
  readonly tries: number;
}

/** How a handed-out value is kept: by its hash only. */
export function kept(value: string): Buffer {
  return createHash("sha256").update(value, "utf8").digest();
}

/** How many of a client's failures are kept. */
const failuresKept = 50;
/** What is over is hidden, but kept this long for the library's own clock tolerance. Seconds. */
const tolerance = 15;

/** All SQL of the provider. */
export interface ProviderStore {
  transaction<Value>(work: (store: ProviderStore) => Promise<Value>): Promise<Value>;
  put(row: {
    model: string;
    id: string;
    payload: Payload;
    expiresAt: Date | null;
    sessionId: string | null;
  }): Promise<void>;
  /** Refuses (answers false) what is there already. */
  putOnce(row: { model: string; id: string; payload: Payload; expiresAt: Date | null }): Promise<boolean>;
  /** A provider's session is found only in the portal session it stands on, and while that one lives. */
  find(model: string, id: string, at: Date, sessionId?: string | null): Promise<Payload | undefined>;
  findByUid(uid: string, at: Date): Promise<Payload | undefined>;
  /** Answers false if somebody else was first. */
  consume(model: string, id: string, at: Date): Promise<boolean>;
  destroy(model: string, id: string): Promise<void>;
  revokeGrant(grantId: Buffer, at: Date): Promise<void>;
  /** Lets the provider's session of an interaction stand on the portal session that took the old one's place. */
  moveSession(interactionId: string, personId: string, sessionId: string): Promise<boolean>;
  /** Which clients a portal session was used at: what to tell them when it ends. */
  clientsOfSession(sessionId: string): Promise<{ clientId: string; sid: string; grantId: string | undefined }[]>;
  dropSessions(sessionId: string): Promise<void>;
  putGrant(row: Omit<GrantRow, "party"> & { readonly party: object | null }): Promise<void>;
  grant(id: Buffer): Promise<GrantRow | undefined>;
  liveGrants(which: { mandate: string } | { personId: string } | { clientId: string }): Promise<Buffer[]>;
  /** What a person released, newest first. */
  releases(personId: string, limit: number): Promise<ReleaseRow[]>;
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
  putLogout(row: LogoutRow & { readonly nextAt: Date }): Promise<void>;
  /** Takes what is due, and puts it off until `until`, so that no other process sends it too. */
  takeLogouts(at: Date, until: Date): Promise<LogoutRow[]>;
  putOffLogout(id: string, until: Date): Promise<void>;
  dropLogout(id: string): Promise<void>;
  forgetExpired(at: Date): Promise<number>;
}

const clientColumns =
  "id, environment, profile, status, manager_id, owner, metadata, created_at, changed_at, expires_at";
const sessionLives = `exists (select from identity.session s join identity.person p on p.id = s.person_id
  where s.id = o.session_id and s.ended_at is null and s.expires_at > $2 and p.status = 'active')`;

/** The times in which whoever decided held the role for it. */
const approverTerms = `select from identity.office_term t join identity.office o on o.id = t.office_id
  where o.person_id = d.officer_id and t.role = 'client-approver'`;

/** The payload without the values that open something in themselves; `find` knows the first from its caller. */
function withoutSecrets(payload: Payload): Payload {
  const { session } = payload;
  const known = typeof session === "object" && session !== null ? { session: { ...session, cookie: undefined } } : {};
  return { ...payload, ...known, jti: undefined };
}

/** A grant is worth nothing once one of the two people is not active any more. */
const grantLives = `not exists (select from identity.oidc_grant g
    join identity.person p on p.id in (g.person_id, g.party_id) and p.status <> 'active' where g.id = o.id)`;

type Kept = { payload: Payload; consumed_at: Date | null } | undefined;

function opened(row: Kept): Payload | undefined {
  if (!row) return undefined;
  return row.consumed_at ? { ...row.payload, consumed: Math.floor(row.consumed_at.getTime() / 1000) } : row.payload;
}

export function providerStore(sql: Sql): ProviderStore {
  return {
    transaction: (work) => sql.transaction((tx) => work(providerStore(tx))),

    async put({ model, id, payload, expiresAt, sessionId }) {
      const grantId = typeof payload["grantId"] === "string" ? kept(payload["grantId"]) : null;
      const uid = model === "Session" ? payload["uid"] : null;
      await sql.run(
        {
          name: "identity.oidc-put",
          text: `insert into identity.oidc (model, id, payload, grant_id, uid, session_id, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id,
           uid = excluded.uid, session_id = coalesce(excluded.session_id, identity.oidc.session_id),
           expires_at = excluded.expires_at`,
        },
        [model, kept(id), JSON.stringify(withoutSecrets(payload)), grantId, uid, sessionId, expiresAt],
      );
    },
    putOnce: async ({ model, id, payload, expiresAt }) =>
      (await sql.run(
        {
          name: "identity.oidc-put-once",
          text: `insert into identity.oidc (model, id, payload, expires_at) values ($1, $2, $3, $4)
         on conflict (model, id) do nothing`,
        },
        [model, kept(id), JSON.stringify(withoutSecrets(payload)), expiresAt],
      )) === 1,
    async find(model, id, at, sessionId) {
      const limit = new Date(at.getTime() - tolerance * 1000);
      const lives = model === "Grant" ? ` and ${grantLives}` : "";
      const bound = sessionId === undefined ? lives : ` and o.session_id = $4 and ${sessionLives}`;
      const found = opened(
        await sql.one<NonNullable<Kept>>(
          {
            name: `identity.oidc${sessionId !== undefined ? "-of-session" : lives ? "-grant-kept" : ""}`,
            text: `select o.payload, o.consumed_at from identity.oidc o where o.model = $1 and o.id = $3
             and (o.expires_at is null or o.expires_at > $2)${bound}`,
          },
          [model, limit, kept(id), ...(sessionId === undefined ? [] : [sessionId])],
        ),
      );
      return found && { ...found, jti: id };
    },
    findByUid: async (uid, at) =>
      opened(
        await sql.one<NonNullable<Kept>>(
          {
            name: "identity.oidc-by-uid",
            text: `select o.payload, o.consumed_at from identity.oidc o
           where o.model = 'Session' and o.uid = $1 and (o.expires_at is null or o.expires_at > $2) and ${sessionLives}`,
          },
          [uid, at],
        ),
      ),
    consume: async (model, id, at) =>
      (await sql.run(
        {
          name: "identity.oidc-consume",
          text: "update identity.oidc set consumed_at = $3 where model = $1 and id = $2 and consumed_at is null",
        },
        [model, kept(id), at],
      )) === 1,
    async destroy(model, id) {
      await sql.run({ name: "identity.oidc-destroy", text: "delete from identity.oidc where model = $1 and id = $2" }, [
        model,
        kept(id),
      ]);
    },
    async revokeGrant(grantId, at) {
      await sql.run("delete from identity.oidc where grant_id = $1 or (model = 'Grant' and id = $1)", [grantId]);
      await sql.run("update identity.oidc_grant set revoked_at = $2 where id = $1 and revoked_at is null", [
        grantId,
        at,
      ]);
    },
    moveSession: async (interactionId, personId, sessionId) =>
      (await sql.run(
        {
          name: "identity.oidc-move",
          text: `update identity.oidc s set session_id = $3 from identity.oidc i
         where i.model = 'Interaction' and i.id = $1 and s.model = 'Session' and s.uid = i.payload->'session'->>'uid'
           and s.payload->>'accountId' = $2 and s.session_id <> $3`,
        },
        [kept(interactionId), personId, sessionId],
      )) > 0,
    async clientsOfSession(sessionId) {
      const rows = await sql.query<{ client: string; sid: string | null; grant_id: string | null }>(
        `select a.key as client, a.value->>'sid' as sid, a.value->>'grantId' as grant_id
         from identity.oidc o, jsonb_each(coalesce(o.payload->'authorizations', '{}')) a
         where o.model = 'Session' and o.session_id = $1`,
        [sessionId],
      );
      return rows.flatMap(({ client, sid, grant_id }) =>
        sid ? [{ clientId: client, sid, grantId: grant_id ?? undefined }] : [],
      );
    },
    async dropSessions(sessionId) {
      await sql.run("delete from identity.oidc where session_id = $1", [sessionId]);
    },

    async putGrant(row) {
      await sql.run(
        {
          name: "identity.oidc-grant-put",
          text: `insert into identity.oidc_grant (id, person_id, client_id, scopes, party_id, party, mandate, acr, at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        },
        [
          row.id,
          row.person_id,
          row.client_id,
          row.scopes,
          row.party_id,
          row.party ? JSON.stringify(row.party) : null,
          row.mandate,
          row.acr,
          row.at,
          row.expires_at,
        ],
      );
    },
    grant: (id) =>
      sql.one(
        {
          name: "identity.oidc-grant",
          text: `select id, person_id, client_id, scopes, party_id, party, mandate, acr, at, expires_at
         from identity.oidc_grant where id = $1 and revoked_at is null`,
        },
        [id],
      ),
    async liveGrants(which) {
      const [column, value] =
        "mandate" in which
          ? ["mandate = $1", which.mandate]
          : "personId" in which
            ? ["(person_id = $1 or party_id = $1)", which.personId]
            : ["client_id = $1", which.clientId];
      const rows = await sql.query<{ id: Buffer }>(
        `select id from identity.oidc_grant where ${column} and revoked_at is null`,
        [value],
      );
      return rows.map(({ id }) => id);
    },

    releases: (personId, limit) =>
      sql.query(
        `select g.id, c.metadata->'name' as name, c.owner, c.environment, g.scopes, g.at, q.name as party,
           p.name as person, g.person_id, g.revoked_at is null and g.expires_at > now() as live
         from identity.oidc_grant g join identity.oidc_client c on c.id = g.client_id
           join identity.person p on p.id = g.person_id left join identity.person q on q.id = g.party_id
         where g.person_id = $1 or g.party_id = $1 order by g.at desc limit $2`,
        [personId, limit],
      ),
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
    failures: (clientId) =>
      sql.query(
        `select id, client_id, endpoint, error, detail, checks, at from identity.oidc_failure
         where client_id = $1 order by at desc, id desc`,
        [clientId],
      ),

    async putLogout(row) {
      await sql.run(
        "insert into identity.oidc_logout (id, client_id, person_id, sid, tries, next_at) values ($1, $2, $3, $4, $5, $6)",
        [row.id, row.client_id, row.person_id, row.sid, row.tries, row.nextAt],
      );
    },
    takeLogouts: (at, until) =>
      sql.query(
        `update identity.oidc_logout set tries = tries + 1, next_at = $2 where id in
           (select id from identity.oidc_logout where next_at <= $1 order by next_at limit 20 for update skip locked)
         returning id, client_id, person_id, sid, tries`,
        [at, until],
      ),
    async putOffLogout(id, until) {
      await sql.run("update identity.oidc_logout set next_at = $2 where id = $1", [id, until]);
    },
    async dropLogout(id) {
      await sql.run("delete from identity.oidc_logout where id = $1", [id]);
    },

    async forgetExpired(at) {
      const limit = new Date(at.getTime() - tolerance * 1000);
      const artifacts = await sql.run(
        `delete from identity.oidc where (model, id) in
           (select model, id from identity.oidc where expires_at <= $1 limit 1000)`,
        [limit],
      );
      // A grant that is over still tells the person, for a year and a month, to whom they gave what.
      const grants = await sql.run(
        "delete from identity.oidc_grant where coalesce(revoked_at, expires_at) <= $1::timestamptz - interval '400 days'",
        [at],
      );
      return artifacts + grants;
    },
  };
}
