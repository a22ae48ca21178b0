import { createHash } from "node:crypto";
import type { Localised } from "#kernel";
import type { Sql } from "#store";
import type { ActingParty } from "../contract.ts";
import { clientStore, type ClientRow, type ClientStore } from "./store-clients.ts";

export type { ClientActRow, ClientRow, CountedFailureRow, FailureRow } from "./store-clients.ts";

/** What the library hands over to be kept: JSON, whose members are its own affair. */
export type Payload = Record<string, unknown>;

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

/** Rows that one statement forgets. */
const portion = 5000;
/** What is over is hidden, but kept this long for the library's own clock tolerance. Seconds. */
const tolerance = 15;

/** What was asked for, with what will be asked for next. */
export interface FoundWithNext {
  readonly found: Payload;
  readonly session: { readonly uid: string; readonly payload: Payload | undefined };
  readonly grant: { readonly id: string; readonly payload: Payload | undefined };
}

/** Whose grants. A person's are those they gave, and those given over their matters. */
export type GrantsNamed = { readonly mandate: string } | { readonly personId: string } | { readonly clientId: string };

function grantsNamed(which: GrantsNamed): readonly [condition: string, value: string] {
  if ("mandate" in which) return ["g.mandate = $1", which.mandate];
  return "personId" in which
    ? ["(g.person_id = $1 or g.party_id = $1)", which.personId]
    : ["g.client_id = $1", which.clientId];
}

/** All SQL of the provider. */
export interface ProviderStore extends ClientStore {
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
  findByUid(uid: string, at: Date, sessionId?: string): Promise<Payload | undefined>;
  /**
   * An interaction or a code together with what the library asks for next: the provider's session and the grant on which it
   * stands, as {@link findByUid} and {@link find} would give them.
   */
  findWithNext(model: string, id: string, at: Date, sessionId?: string): Promise<FoundWithNext | undefined>;
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
  /** Ends grants, with the artifacts that stand on them. Answers how many were live. */
  revokeGrants(which: GrantsNamed, at: Date): Promise<number>;
  /** At which clients the provider's sessions of live people stand on a grant given since an instant. */
  sessionsOnGrants(which: GrantsNamed, since: Date): Promise<{ clientId: string; personId: string; sid: string }[]>;
  /** Takes portal sessions that ended while clients had something of them. */
  takeEnded(limit: number): Promise<{ id: string; personId: string }[]>;
  /** Approved clients whose year is over and that people still have sessions or grants at. */
  overdueClients(at: Date, since: Date): Promise<string[]>;
  /** What a person released, newest first. */
  releases(personId: string, limit: number): Promise<ReleaseRow[]>;
  putLogout(row: LogoutRow & { readonly nextAt: Date }): Promise<void>;
  /** Takes what is due, and puts it off until `until`, so that no other process sends it too. */
  takeLogouts(at: Date, until: Date): Promise<LogoutRow[]>;
  putOffLogout(id: string, until: Date): Promise<void>;
  dropLogout(id: string): Promise<void>;
  forgetExpired(at: Date): Promise<number>;
}

const sessionLives = `exists (select from identity.session s join identity.person p on p.id = s.person_id
  where s.id = o.session_id and s.ended_at is null and s.expires_at > $2 and p.status = 'active')`;

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
    ...clientStore(sql),
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
    findByUid: async (uid, at, sessionId) =>
      opened(
        await sql.one<NonNullable<Kept>>(
          {
            name: "identity.oidc-by-uid",
            text: `select o.payload, o.consumed_at from identity.oidc o
           where o.model = 'Session' and o.uid = $1 and (o.expires_at is null or o.expires_at > $2)
             and ($3::uuid is null or o.session_id = $3) and ${sessionLives}`,
          },
          [uid, at, sessionId ?? null],
        ),
      ),
    async findWithNext(model, id, at, sessionId) {
      const limit = new Date(at.getTime() - tolerance * 1000);
      const row = await sql.one<
        NonNullable<Kept> & { uid: string | null; session: Payload | null; grant: Payload | null }
      >(
        {
          name: "identity.oidc-with-next",
          text: `select q.payload, q.consumed_at, q.uid, o.payload as session, r.payload as grant
           from (select i.payload, i.consumed_at, i.grant_id, coalesce(i.payload->'session'->>'uid', i.payload->>'sessionUid') as uid from identity.oidc i
               where i.model = $1 and i.id = $3 and (i.expires_at is null or i.expires_at > $4)) q
             left join identity.oidc o on o.model = 'Session' and o.uid = q.uid
               and (o.expires_at is null or o.expires_at > $2) and ($5::uuid is null or o.session_id = $5) and ${sessionLives}
             left join lateral (select o.payload from identity.oidc o where o.model = 'Grant' and o.id = q.grant_id
               and (o.expires_at is null or o.expires_at > $4) and ${grantLives}) r on true`,
        },
        [model, at, kept(id), limit, sessionId ?? null],
      );
      const found = opened(row);
      if (!row || !found) return undefined;
      const grantId = typeof found["grantId"] === "string" ? found["grantId"] : "";
      return {
        found: { ...found, jti: id },
        session: { uid: row.uid ?? "", payload: row.session ?? undefined },
        grant: { id: grantId, payload: row.grant ? { ...row.grant, jti: grantId } : undefined },
      };
    },
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
    async revokeGrants(which, at) {
      const [condition, value] = grantsNamed(which);
      const rows = await sql.query<{ id: Buffer }>(
        `update identity.oidc_grant g set revoked_at = $2 where ${condition} and g.revoked_at is null returning g.id`,
        [value, at],
      );
      const ids = rows.map(({ id }) => id);
      if (ids.length > 0)
        await sql.run("delete from identity.oidc where grant_id = any($1) or (model = 'Grant' and id = any($1))", [
          ids,
        ]);
      return ids.length;
    },
    sessionsOnGrants: (which, since) => {
      const [condition, value] = grantsNamed(which);
      return sql.query(
        `select distinct g.client_id as "clientId", g.person_id as "personId", a.value->>'sid' as sid
         from identity.oidc_grant g join identity.session s on s.person_id = g.person_id
           join identity.oidc o on o.session_id = s.id and o.model = 'Session',
           jsonb_each(coalesce(o.payload->'authorizations', '{}')) a
         where ${condition} and g.revoked_at is null and g.at > $2 and a.key = g.client_id and a.value->>'sid' is not null
           and sha256(convert_to(a.value->>'grantId', 'UTF8')) = g.id`,
        [value, since],
      );
    },
    takeEnded: (limit) =>
      sql.query(
        `delete from identity.oidc_ended where session_id in
           (select session_id from identity.oidc_ended limit $1 for update skip locked)
         returning session_id as id, person_id as "personId"`,
        [limit],
      ),
    async overdueClients(at, since) {
      const rows = await sql.query<{ id: string }>(
        `select c.id from identity.oidc_client c where c.environment = 'production' and c.status = 'active'
           and c.expires_at <= $1 and exists (select from identity.oidc_grant g
             where g.client_id = c.id and g.revoked_at is null and g.at > $2)`,
        [at, since],
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
      let forgotten = 0;
      // In portions, so that no statement holds many rows for long; until nothing is left, however much came in.
      for (;;) {
        const gone = await sql.run(
          `delete from identity.oidc where ctid = any(array(
             select ctid from identity.oidc where expires_at <= $1 limit ${portion}))`,
          [limit],
        );
        forgotten += gone;
        if (gone < portion) break;
      }
      // A grant that is over still tells the person, for a year and a month, to whom they gave what.
      const grants = await sql.run(
        "delete from identity.oidc_grant where coalesce(revoked_at, expires_at) <= $1::timestamptz - interval '400 days'",
        [at],
      );
      return forgotten + grants;
    },
  };
}
