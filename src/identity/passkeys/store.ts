import type { Prepared, Sql } from "#store";

/** A passkey as stored. */
export interface PasskeyRow {
  readonly credential_id: string;
  readonly person_id: string;
  readonly web_id: Buffer;
  readonly public_key: Buffer;
  /** PostgreSQL's bigint comes as text. */
  readonly counter: string;
  readonly transports: string[];
  readonly synced: boolean;
  readonly name: string;
  readonly card_id: string;
  readonly bound_at: Date;
  readonly used_at: Date | null;
  readonly suspended_at: Date | null;
}

/** The certificate by which the issuer of a person's card is asked whether it is still good. */
export interface CardRow {
  readonly id: string;
  readonly fingerprint: Buffer;
  readonly issuer_fingerprint: Buffer;
  readonly certificate_enc: Buffer;
}

const columns = `credential_id, person_id, web_id, public_key, counter, transports, synced, name, card_id, bound_at,
  used_at, suspended_at`;

const cardGoodAt = (person: string): string =>
  `select max(good_at) as at from identity.credential where person_id = ${person} and kind <> 'passkey'`;

/** What every sign-in runs. */
const statements = {
  putChallenge: {
    name: "identity.passkey-challenge",
    text: `insert into identity.passkey_challenge (holder, challenge, next, expires_at) values ($1, $2, $3, $4)
      on conflict (holder) do update
        set challenge = excluded.challenge, next = excluded.next, expires_at = excluded.expires_at`,
  },
  takeChallenge: {
    name: "identity.passkey-challenge-taken",
    text: "delete from identity.passkey_challenge where holder = $1 returning challenge, next, expires_at",
  },
  byWebId: {
    name: "identity.passkey",
    text: `select ${columns} from identity.passkey where web_id = $1 and removed_at is null`,
  },
  lock: {
    name: "identity.passkey-locked",
    text: `select ${columns}, (${cardGoodAt("k.person_id")}) as card_good_at from identity.passkey k
      where credential_id = $1 and removed_at is null for update`,
  },
  used: {
    name: "identity.passkey-used",
    text: "update identity.passkey set counter = $2, used_at = $3 where credential_id = $1",
  },
  cardGoodAt: { name: "identity.card-good-at", text: cardGoodAt("$1") },
} satisfies Record<string, Prepared>;

/** All SQL about passkeys. */
export interface PasskeyStore {
  putChallenge(row: { holder: Buffer; challenge: string; next: string; expiresAt: Date }): Promise<void>;
  /** Deletes the open attempt and answers it: of two who take it, one gets it. */
  takeChallenge(holder: Buffer): Promise<{ challenge: string; next: string; expires_at: Date } | undefined>;
  putPasskey(row: {
    id: string;
    personId: string;
    fingerprint: Buffer;
    webId: Buffer;
    publicKey: Uint8Array;
    counter: number;
    transports: readonly string[];
    synced: boolean;
    name: string;
    cardId: string;
    at: Date;
  }): Promise<boolean>;
  byWebId(webId: Buffer): Promise<PasskeyRow | undefined>;
  /** Locked until the transaction ends; and when one of its person's cards was last known to be good. */
  lock(credentialId: string): Promise<(PasskeyRow & { readonly card_good_at: Date | null }) | undefined>;
  used(credentialId: string, counter: number, at: Date): Promise<void>;
  suspend(credentialId: string, at: Date): Promise<void>;
  passkeysOf(personId: string): Promise<PasskeyRow[]>;
  rename(credentialId: string, personId: string, name: string): Promise<boolean>;
  remove(credentialId: string, personId: string, at: Date): Promise<PasskeyRow | undefined>;
  /** Ends the sessions that a passkey opened, but one. Answers how many. */
  endSessionsOf(credentialId: string, at: Date, but?: string): Promise<number>;
  /** The credential that a live session was opened with, and when. */
  proofOf(sessionId: string): Promise<{ credential_id: string; by_card: boolean; auth_time: Date } | undefined>;
  /** When one of the person's cards was last known to be good. */
  cardGoodAt(personId: string): Promise<Date | undefined>;
  /** The person's newest card whose certificate is kept. */
  newestCard(personId: string): Promise<CardRow | undefined>;
  setCardGood(credentialId: string, at: Date): Promise<void>;
  forgetExpired(at: Date): Promise<number>;
}

export function passkeyStore(sql: Sql): PasskeyStore {
  return {
    async putChallenge({ holder, challenge, next, expiresAt }) {
      await sql.run(statements.putChallenge, [holder, challenge, next, expiresAt]);
    },
    takeChallenge: (holder) => sql.one(statements.takeChallenge, [holder]),

    async putPasskey(row) {
      const made = await sql.run(
        `with made as (
           insert into identity.credential (id, person_id, kind, fingerprint, bound_at)
           values ($1, $2, 'passkey', $3, $11) on conflict do nothing returning id
         )
         insert into identity.passkey (credential_id, person_id, web_id, public_key, counter, transports, synced, name,
           card_id, bound_at)
         select id, $2, $4, $5, $6, $7, $8, $9, $10, $11 from made`,
        [
          row.id,
          row.personId,
          row.fingerprint,
          row.webId,
          row.publicKey,
          row.counter,
          row.transports,
          row.synced,
          row.name,
          row.cardId,
          row.at,
        ],
      );
      return made === 1;
    },
    byWebId: (webId) => sql.one(statements.byWebId, [webId]),
    lock: (credentialId) => sql.one(statements.lock, [credentialId]),
    async used(credentialId, counter, at) {
      await sql.run(statements.used, [credentialId, counter, at]);
    },
    async suspend(credentialId, at) {
      await sql.run("update identity.passkey set suspended_at = $2 where credential_id = $1", [credentialId, at]);
    },
    passkeysOf: (personId) =>
      sql.query(
        `select ${columns} from identity.passkey where person_id = $1 and removed_at is null order by bound_at`,
        [personId],
      ),
    rename: async (credentialId, personId, name) =>
      (await sql.run(
        "update identity.passkey set name = $3 where credential_id = $1 and person_id = $2 and removed_at is null",
        [credentialId, personId, name],
      )) === 1,
    remove: (credentialId, personId, at) =>
      sql.one(
        `update identity.passkey set removed_at = $3
         where credential_id = $1 and person_id = $2 and removed_at is null returning ${columns}`,
        [credentialId, personId, at],
      ),
    endSessionsOf: (credentialId, at, but) =>
      sql.run(
        `with ended as (
           update identity.session set ended_at = $2, signing_certificate_enc = null
           where credential_id = $1 and ended_at is null and id is distinct from $3 returning id
         ), acted as (
           update identity.acting a set until_at = $2 from ended where a.session_id = ended.id and a.until_at is null
         )
         select id from ended`,
        [credentialId, at, but ?? null],
      ),
    proofOf: (sessionId) =>
      sql.one(
        `select s.credential_id, c.certificate_enc is not null as by_card, s.auth_time from identity.session s
         join identity.credential c on c.id = s.credential_id where s.id = $1 and s.ended_at is null`,
        [sessionId],
      ),
    async cardGoodAt(personId) {
      const row = await sql.one<{ at: Date | null }>(statements.cardGoodAt, [personId]);
      return row?.at ?? undefined;
    },
    newestCard: (personId) =>
      sql.one(
        `select id, fingerprint, issuer_fingerprint, certificate_enc from identity.credential
         where person_id = $1 and certificate_enc is not null order by good_at desc limit 1`,
        [personId],
      ),
    async setCardGood(credentialId, at) {
      await sql.run("update identity.credential set good_at = $2 where id = $1", [credentialId, at]);
    },
    forgetExpired: (at) => sql.run("delete from identity.passkey_challenge where expires_at <= $1", [at]),
  };
}
