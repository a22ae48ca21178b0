import type { Log, LogEntry } from "#ledger";
import type { Prepared, Sql } from "#store";
import type { Acr, ActingParty, IdentityEvent, PersonStatus } from "./contract.ts";
import type { Opening } from "./log-act.ts";
import {
  enter,
  sessionColumns,
  sessionStatement,
  sessionTables,
  type EnteredRow,
  type EnteringRow,
} from "./sessions/store.ts";

/** Person, as stored. */
export interface PersonRow {
  id: string;
  name: string;
  status: PersonStatus;
  national_id_enc: Buffer;
}

/** What was entered into the log, and what opens it. */
export interface LoggedAct {
  /** The id that the log gave at staging. */
  readonly staged: bigint;
  readonly kind: string;
  readonly personId: string;
  readonly opening: Opening;
}

/** A session joined with the names a page needs; one indexed read. */
export interface SessionRow {
  id: string;
  person_id: string;
  name: string;
  office_id: string | null;
  agency: string | null;
  roles: string[] | null;
  teams: string[] | null;
  office_only: boolean;
  acr: Acr;
  amr: string[];
  csrf: string;
  can_sign: boolean;
  acting_person_id: string | null;
  acting_name: string | null;
  acting: Omit<ActingParty, "personId" | "name"> | null;
  auth_time: Date;
  key_since: Date | null;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
  device: string | null;
  network: string | null;
}

/** One line of the record of identity events, as written. */
export interface EventRow {
  id: string;
  person_id: string | null;
  principal_id: string | null;
  credential_id: string | null;
  what: IdentityEvent["what"];
  acr: Acr | null;
  ok: boolean;
  reason: string | null;
  address: string | null;
  agent_hash: Buffer | null;
  /** The way of signing in, where it was one. */
  method?: string | null;
  /** SHA-256 of the issuer's answer about the certificate. */
  evidence_hash?: Buffer | null;
  at: Date;
}

/** An open attempt to sign in. */
export interface ChallengeRow {
  readonly challenge: string;
  readonly next: string;
  readonly authenticator: string;
  readonly state: Buffer | null;
  readonly expires_at: Date;
}

const putChallengeStatement: Prepared = {
  name: "identity.challenge",
  text: `insert into identity.challenge (browser_hash, challenge, next, authenticator, state, expires_at)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (browser_hash) do update
      set challenge = excluded.challenge, next = excluded.next, authenticator = excluded.authenticator,
        state = excluded.state, expires_at = excluded.expires_at`,
};
const takeChallengeStatement: Prepared = {
  name: "identity.challenge-taken",
  text: `delete from identity.challenge where browser_hash = $1
    returning challenge, next, authenticator, state, expires_at`,
};

/** All SQL of this module. Every statement is one row's worth of truth; verbs decide, this keeps. */
export interface IdentityStore {
  transaction<Value>(work: (store: IdentityStore) => Promise<Value>): Promise<Value>;
  putPerson(row: { id: string; sealed: Buffer; index: Buffer; name: string; at: Date }): Promise<PersonRow>;
  personByIndex(index: Buffer): Promise<PersonRow | undefined>;
  person(id: string): Promise<PersonRow | undefined>;
  setPersonStatus(id: string, status: PersonStatus): Promise<boolean>;
  /** Stages an entry in the transaction of this store. */
  append(log: Log, entry: LogEntry): Promise<bigint>;
  putLoggedAct(act: LoggedAct): Promise<void>;
  /** Destroys what opens entries to a person. Answers how many entries. */
  dropLoggedActs(personId: string): Promise<number>;
  putCredential(row: {
    id: string;
    personId: string;
    kind: string;
    fingerprint: Uint8Array;
    issuerFingerprint: Uint8Array;
    serial: string;
    notAfter: Date;
    sealedCertificate?: Buffer;
    at: Date;
  }): Promise<string>;
  putEvent(row: EventRow): Promise<void>;
  /** Newest first, older than `before`. */
  events(
    personId: string,
    limit: number,
    before?: Date,
  ): Promise<(EventRow & { actor: string; principal: string | null; new_device: boolean })[]>;
  personByCredential(kind: string, fingerprint: Uint8Array): Promise<PersonRow | undefined>;
  putChallenge(row: {
    browserHash: Buffer;
    challenge: string;
    next: string;
    authenticator: string;
    state: Buffer | null;
    expiresAt: Date;
  }): Promise<void>;
  /** The open attempt of a browser, left where it is. */
  challenge(browserHash: Buffer): Promise<ChallengeRow | undefined>;
  /** Deletes the open attempt and answers it: of two who take it, one gets it. */
  takeChallenge(browserHash: Buffer): Promise<ChallengeRow | undefined>;
  putSession(row: {
    id: string;
    tokenHash: Buffer;
    personId: string;
    credentialId: string;
    acr: Acr;
    amr: readonly string[];
    csrf: string;
    sealedCertificate: Buffer | null;
    agentHash: Buffer | null;
    device?: string | undefined;
    network?: string | undefined;
    /** The one office that the session is good for, and the roles it goes without. */
    office?: { readonly id: string; readonly withheld: readonly string[] } | undefined;
    at: Date;
    expiresAt: Date;
  }): Promise<void>;
  /** All rows of a sign-in at once. */
  enter(row: EnteringRow): Promise<EnteredRow>;
  session(tokenHash: Buffer, at: Date): Promise<SessionRow | undefined>;
  sessionsOf(personId: string, at: Date): Promise<SessionRow[]>;
  touchSession(id: string, at: Date): Promise<void>;
  endSession(id: string, at: Date): Promise<boolean>;
  endSessionByToken(tokenHash: Buffer, at: Date): Promise<boolean>;
  /** For whom a session acts from now on; for whom it acted until now is kept. */
  setActing(id: string, party: ActingParty | undefined, at: Date): Promise<boolean>;
  /** Keeps for whom somebody acts from now on, and what confirmed it. */
  putActing(row: {
    id: string;
    sessionId: string;
    representative: string;
    party: ActingParty;
    at: Date;
  }): Promise<void>;
  /** Whether a given mandate is in force, and stays so until the transaction ends. */
  mandateStands(id: string): Promise<boolean>;
  /** What relying parties have of one session belongs to another of the same person from now on. */
  moveClients(from: string, to: string): Promise<void>;
  sealedCertificate(sessionId: string): Promise<Buffer | undefined>;
  putSignatureRequest(row: { id: string; sessionId: string; sealed: Buffer; expiresAt: Date }): Promise<void>;
  takeSignatureRequest(id: string, sessionId: string): Promise<{ sealed: Buffer; expires_at: Date } | undefined>;
  advanceListNumber(issuerFingerprint: Uint8Array, number: bigint): Promise<boolean>;
  forgetExpired(at: Date): Promise<number>;
}

export function identityStore(sql: Sql): IdentityStore {
  return {
    transaction: (work) => sql.transaction((tx) => work(identityStore(tx))),

    async putPerson({ id, sealed, index, name, at }) {
      const row = await sql.one<PersonRow>(
        `insert into identity.person (id, national_id_enc, national_id_bidx, name, created_at) values ($1, $2, $3, $4, $5)
         on conflict (national_id_bidx) do update set name = excluded.name, verified_at = $5
         returning id, name, status, national_id_enc`,
        [id, sealed, index, name, at],
      );
      return row!;
    },
    personByIndex: (index) =>
      sql.one("select id, name, status, national_id_enc from identity.person where national_id_bidx = $1", [index]),
    person: (id) =>
      sql.one(
        {
          name: "identity.person",
          text: "select id, name, status, national_id_enc from identity.person where id = $1",
        },
        [id],
      ),
    setPersonStatus: async (id, status) =>
      (await sql.run("update identity.person set status = $2 where id = $1", [id, status])) === 1,

    append: (log, entry) => log.append(sql, entry),
    async putLoggedAct({ staged, kind, personId, opening }) {
      await sql.run("insert into identity.logged_act (staged, kind, person_id, opening) values ($1, $2, $3, $4)", [
        staged,
        kind,
        personId,
        JSON.stringify(opening),
      ]);
    },
    async dropLoggedActs(personId) {
      const own = await sql.run("delete from identity.logged_act where person_id = $1", [personId]);
      // Of an act for somebody else the principal keeps what opens the entry to them; the record names both.
      const others = await sql.run(
        "update identity.logged_act set opening = opening - 'rep' - 'rec' where opening->'rep'->>'value' = $1",
        [personId],
      );
      return own + others;
    },

    async putCredential(row) {
      const {
        id,
        personId,
        kind,
        fingerprint,
        issuerFingerprint,
        serial,
        notAfter,
        sealedCertificate = null,
        at,
      } = row;
      const kept = await sql.one<{ id: string }>(
        `insert into identity.credential
           (id, person_id, kind, fingerprint, issuer_fingerprint, serial, not_after, certificate_enc, bound_at, good_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
         on conflict (kind, fingerprint) do update
           set person_id = excluded.person_id, certificate_enc = excluded.certificate_enc, good_at = excluded.good_at
         returning id`,
        [id, personId, kind, fingerprint, issuerFingerprint, serial, notAfter, sealedCertificate, at],
      );
      return kept!.id;
    },

    async putEvent(row) {
      await sql.run(
        `insert into identity.auth_event
           (id, person_id, principal_id, credential_id, what, acr, ok, reason, address, agent_hash, at, method,
            evidence_hash, new_device)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $5 = 'sign-in' and $7
           and exists (select 1 from identity.auth_event e where e.person_id = $2 and e.what = 'sign-in' and e.ok)
           and not exists (select 1 from identity.auth_event e
             where e.person_id = $2 and e.what = 'sign-in' and e.ok and e.agent_hash is not distinct from $10))`,
        [
          row.id,
          row.person_id,
          row.principal_id,
          row.credential_id,
          row.what,
          row.acr,
          row.ok,
          row.reason,
          row.address,
          row.agent_hash,
          row.at,
          row.method ?? null,
          row.evidence_hash ?? null,
        ],
      );
    },
    events: (personId, limit, before = new Date(8.64e15)) =>
      sql.query(
        `select e.*, p.name as actor, q.name as principal from identity.auth_event e
         join identity.person p on p.id = e.person_id left join identity.person q on q.id = e.principal_id
         where (e.person_id = $1 or e.principal_id = $1) and e.at < $3 order by e.at desc, e.id desc limit $2`,
        [personId, limit, before],
      ),

    personByCredential: (kind, fingerprint) =>
      sql.one(
        `select p.id, p.name, p.status, p.national_id_enc from identity.credential c
         join identity.person p on p.id = c.person_id where c.kind = $1 and c.fingerprint = $2`,
        [kind, fingerprint],
      ),
    async putChallenge({ browserHash, challenge, next, authenticator, state, expiresAt }) {
      await sql.run(putChallengeStatement, [browserHash, challenge, next, authenticator, state, expiresAt]);
    },
    challenge: (browserHash) =>
      sql.one(
        "select challenge, next, authenticator, state, expires_at from identity.challenge where browser_hash = $1",
        [browserHash],
      ),
    takeChallenge: (browserHash) => sql.one(takeChallengeStatement, [browserHash]),

    async putSession(row) {
      await sql.run(
        `insert into identity.session (id, token_hash, person_id, credential_id, acr, amr, csrf, signing_certificate_enc,
           agent_hash, auth_time, created_at, last_seen_at, expires_at, device, network, office_id, office_only,
           withheld_roles)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10, $11, $12, $13, $14, $14::uuid is not null, $15)`,
        [
          row.id,
          row.tokenHash,
          row.personId,
          row.credentialId,
          row.acr,
          row.amr,
          row.csrf,
          row.sealedCertificate,
          row.agentHash,
          row.at,
          row.expiresAt,
          row.device ?? null,
          row.network ?? null,
          row.office?.id ?? null,
          [...(row.office?.withheld ?? [])],
        ],
      );
    },
    enter: (row) => enter(sql, row),
    session: (hash, at) => sql.one(sessionStatement, [hash, at]),
    sessionsOf: (personId, at) =>
      sql.query(
        `select ${sessionColumns} from ${sessionTables}
         where s.person_id = $1 and s.ended_at is null and s.expires_at > $2 order by s.created_at desc`,
        [personId, at],
      ),
    async touchSession(id, at) {
      await sql.run("update identity.session set last_seen_at = $2 where id = $1 and last_seen_at < $2", [id, at]);
    },
    endSession: async (id, at) => (await endSessions(sql, "id = $1", id, at)) === 1,
    endSessionByToken: async (hash, at) => (await endSessions(sql, "token_hash = $1", hash, at)) === 1,
    async putActing({ id, sessionId, representative, party, at }) {
      await sql.run(
        `insert into identity.acting
           (id, session_id, representative_id, principal_id, kind, mandate_id, source, scopes, valid_to, from_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          id,
          sessionId,
          representative,
          party.personId,
          party.kind,
          party.mandate ?? null,
          JSON.stringify(party.source),
          party.scopes,
          party.validTo,
          at,
        ],
      );
    },
    async setActing(id, party, at) {
      const { personId, name: _, ...acting } = party ?? {};
      await sql.run("update identity.acting set until_at = $2 where session_id = $1 and until_at is null", [id, at]);
      const changed = await sql.run(
        "update identity.session set acting_person_id = $2, acting = $3 where id = $1 and ended_at is null",
        [id, personId ?? null, party ? JSON.stringify(acting) : null],
      );
      return changed === 1;
    },
    mandateStands: async (id) =>
      (await sql.one("select from identity.mandate where id = $1 and status = 'active' for share", [id])) !== undefined,
    async moveClients(from, to) {
      await sql.run("update identity.oidc set session_id = $2 where session_id = $1", [from, to]);
    },
    async sealedCertificate(sessionId) {
      const row = await sql.one<{ sealed: Buffer | null }>(
        "select signing_certificate_enc as sealed from identity.session where id = $1 and ended_at is null",
        [sessionId],
      );
      return row?.sealed ?? undefined;
    },

    async putSignatureRequest({ id, sessionId, sealed, expiresAt }) {
      await sql.run(
        "insert into identity.signature_request (id, session_id, sealed, expires_at) values ($1, $2, $3, $4)",
        [id, sessionId, sealed, expiresAt],
      );
    },
    takeSignatureRequest: (id, sessionId) =>
      sql.one(
        `delete from identity.signature_request where id = $1 and session_id = $2
         returning sealed, expires_at`,
        [id, sessionId],
      ),

    async advanceListNumber(issuerFingerprint, number) {
      const kept = await sql.run(
        `insert into identity.list_number (issuer_fingerprint, number) values ($1, $2)
         on conflict (issuer_fingerprint) do update set number = excluded.number
           where identity.list_number.number <= excluded.number`,
        [issuerFingerprint, number.toString()],
      );
      return kept === 1;
    },

    async forgetExpired(at) {
      const challenges = await sql.run("delete from identity.challenge where expires_at <= $1", [at]);
      const requests = await sql.run("delete from identity.signature_request where expires_at <= $1", [at]);
      // Whoever let a session run out acted for somebody until it did.
      await sql.run(
        `update identity.acting a set until_at = least(s.expires_at, s.last_seen_at + interval '15 minutes')
         from identity.session s where s.id = a.session_id and a.until_at is null
           and s.expires_at <= $1::timestamptz - interval '1 day'`,
        [at],
      );
      const sessions = await sql.run(
        "delete from identity.session where expires_at <= $1::timestamptz - interval '1 day'",
        [at],
      );
      const tries = await sql.run("delete from identity.binding_try where at <= $1::timestamptz - interval '1 day'", [
        at,
      ]);
      return challenges + requests + sessions + tries;
    },
  };
}

/** Ends the sessions that a condition names, and what was acted for in them. */
function endSessions(sql: Sql, condition: string, value: unknown, at: Date): Promise<number> {
  return sql.run(
    `with ended as (
       update identity.session set ended_at = $2, signing_certificate_enc = null
       where ${condition} and ended_at is null returning id
     ), acted as (
       update identity.acting a set until_at = $2 from ended where a.session_id = ended.id and a.until_at is null
     )
     select id from ended`,
    [value, at],
  );
}
