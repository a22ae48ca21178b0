import type { Sql } from "#store";

/** A card with its chip's secrets. Only `cards.ts` reads it. */
export interface CardRow {
  id: string;
  /** Printed on the plastic. */
  number: string;
  holder: string;
  hint: string;
  in_reader: boolean;
  authentication_key: string;
  authentication_certificate: Buffer;
  signature_key: string;
  signature_certificate: Buffer;
  pin1_salt: Buffer;
  pin1_hash: Buffer;
  pin1_tries: number;
  pin2_salt: Buffer;
  pin2_hash: Buffer;
  pin2_tries: number;
  /** A card made before there were such codes has none. */
  puk_salt: Buffer | null;
  puk_hash: Buffer | null;
  puk_tries: number;
  /** Made when it is first asked for. */
  citizen_certificate: Buffer | null;
}

export type Pin = 1 | 2;

/** Why a certificate does not stand. */
export type RevocationReason = "suspended" | "superseded" | "lost" | "damaged" | "revoked";

/** What the authority knows of a certificate it issued. */
export interface CertificateRow {
  readonly serial: string;
  readonly revokedAt: Date | null;
  readonly reason: RevocationReason | null;
}

/** One line of what an office did with a card. */
export interface ActRow {
  readonly id: string;
  readonly cardId: string;
  readonly what: "issue" | "renew" | "replace" | "suspend" | "lift" | "revoke" | "unblock";
  readonly reason: string;
  readonly officer: string;
  readonly at: Date;
}

/** All SQL of the cards. */
export interface CardStore {
  transaction<Value>(work: (store: CardStore) => Promise<Value>): Promise<Value>;
  /** Answers `false`, changing nothing, when a card of this id is already there. */
  putCard(
    row: Omit<CardRow, "in_reader" | "pin1_tries" | "pin2_tries" | "puk_tries" | "citizen_certificate">,
    serials: readonly string[],
  ): Promise<boolean>;
  card(id: string): Promise<CardRow | undefined>;
  cardByNumber(number: string): Promise<CardRow | undefined>;
  cards(): Promise<CardRow[]>;
  /** New certificates for the keys a card has; the former ones are superseded in the same transaction. */
  renewCard(
    id: string,
    certificates: { readonly authentication: Buffer; readonly signature: Buffer; readonly serials: readonly string[] },
    at: Date,
  ): Promise<void>;
  /** `cardId` null: an organisation's, which is on no card. */
  putCertificate(serial: string, cardId: string | null): Promise<void>;
  /** The card's certificate as a citizen's; the first one put stays. */
  keepCitizenCertificate(id: string, certificate: Buffer): Promise<void>;
  setPin(id: string, pin: Pin, salt: Buffer, hash: Buffer): Promise<void>;
  /** Takes one try of the unblocking code away if there is one left; answers how many were left before. */
  spendPukTry(id: string): Promise<number>;
  restorePukTries(id: string): Promise<void>;
  putAct(act: ActRow): Promise<void>;
  acts(cardId: string): Promise<ActRow[]>;
  /** Takes one try away if there is one left; answers how many were left before. */
  spendTry(id: string, pin: Pin): Promise<number>;
  restoreTries(id: string, pin: Pin): Promise<void>;
  place(id: string, inReader: boolean): Promise<boolean>;
  /** Takes back what stands or is suspended; suspending touches only what stands. Answers how many. */
  revokeCertificates(cardId: string, reason: RevocationReason, at: Date): Promise<number>;
  /** Lets suspended certificates stand again. Answers how many. */
  liftSuspension(cardId: string): Promise<number>;
  certificate(serial: string): Promise<CertificateRow | undefined>;
  certificatesOf(cardId: string): Promise<CertificateRow[]>;
  revokedCertificates(): Promise<{ serial: string; revokedAt: Date; reason: RevocationReason }[]>;
}

export function cardStore(sql: Sql): CardStore {
  return {
    transaction: (work) => sql.transaction((tx) => work(cardStore(tx))),
    putCard: (row, serials) =>
      sql.transaction(async (tx) => {
        const added = await tx.run(
          `insert into cards.card (id, holder, hint, authentication_key, authentication_certificate, signature_key,
             signature_certificate, pin1_salt, pin1_hash, pin2_salt, pin2_hash, number, puk_salt, puk_hash)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (id) do nothing`,
          [
            row.id,
            row.holder,
            row.hint,
            row.authentication_key,
            row.authentication_certificate,
            row.signature_key,
            row.signature_certificate,
            row.pin1_salt,
            row.pin1_hash,
            row.pin2_salt,
            row.pin2_hash,
            row.number,
            row.puk_salt,
            row.puk_hash,
          ],
        );
        if (added === 0) return false;
        for (const serial of serials)
          await tx.run("insert into cards.certificate (serial, card_id) values ($1, $2)", [serial, row.id]);
        return true;
      }),
    card: (id) => sql.one("select * from cards.card where id = $1", [id]),
    cardByNumber: (number) => sql.one("select * from cards.card where number = $1", [number]),
    cards: () => sql.query("select * from cards.card order by made_at, id"),
    renewCard: (id, { authentication, signature, serials }, at) =>
      sql.transaction(async (tx) => {
        await tx.run(
          `update cards.certificate set revoked_at = $2, reason = 'superseded' where card_id = $1 and revoked_at is null`,
          [id, at],
        );
        for (const serial of serials)
          await tx.run("insert into cards.certificate (serial, card_id) values ($1, $2)", [serial, id]);
        await tx.run(
          "update cards.card set authentication_certificate = $2, signature_certificate = $3, citizen_certificate = null where id = $1",
          [id, authentication, signature],
        );
      }),
    async putCertificate(serial, cardId) {
      await sql.run("insert into cards.certificate (serial, card_id) values ($1, $2)", [serial, cardId]);
    },
    async keepCitizenCertificate(id, certificate) {
      await sql.run("update cards.card set citizen_certificate = $2 where id = $1 and citizen_certificate is null", [
        id,
        certificate,
      ]);
    },
    async setPin(id, pin, salt, hash) {
      await sql.run(
        `update cards.card set pin${pin}_salt = $2, pin${pin}_hash = $3, pin${pin}_tries = 3 where id = $1`,
        [id, salt, hash],
      );
    },
    async spendPukTry(id) {
      const row = await sql.one<{ before: number }>(
        `update cards.card set puk_tries = puk_tries - 1 where id = $1 and puk_tries > 0
         returning puk_tries + 1 as before`,
        [id],
      );
      return row?.before ?? 0;
    },
    async restorePukTries(id) {
      await sql.run("update cards.card set puk_tries = 3 where id = $1", [id]);
    },
    async putAct({ id, cardId, what, reason, officer, at }) {
      await sql.run("insert into cards.act (id, card_id, what, reason, officer, at) values ($1, $2, $3, $4, $5, $6)", [
        id,
        cardId,
        what,
        reason,
        officer,
        at,
      ]);
    },
    acts: (cardId) =>
      sql.query(
        `select id, card_id as "cardId", what, reason, officer, at from cards.act
         where card_id = $1 order by at desc, id desc`,
        [cardId],
      ),
    async spendTry(id, pin) {
      const row = await sql.one<{ before: number }>(
        `update cards.card set pin${pin}_tries = pin${pin}_tries - 1 where id = $1 and pin${pin}_tries > 0
         returning pin${pin}_tries + 1 as before`,
        [id],
      );
      return row?.before ?? 0;
    },
    async restoreTries(id, pin) {
      await sql.run(`update cards.card set pin${pin}_tries = 3 where id = $1`, [id]);
    },
    place: async (id, inReader) =>
      (await sql.run("update cards.card set in_reader = $2 where id = $1", [id, inReader])) === 1,
    revokeCertificates: (cardId, reason, at) =>
      reason === "suspended"
        ? sql.run(
            `update cards.certificate set revoked_at = $2, reason = 'suspended' where card_id = $1 and revoked_at is null`,
            [cardId, at],
          )
        : sql.run(
            `update cards.certificate set revoked_at = $2, reason = $3
             where card_id = $1 and (revoked_at is null or reason = 'suspended')`,
            [cardId, at, reason],
          ),
    liftSuspension: (cardId) =>
      sql.run(
        "update cards.certificate set revoked_at = null, reason = null where card_id = $1 and reason = 'suspended'",
        [cardId],
      ),
    certificate: (serial) =>
      sql.one(`select serial, revoked_at as "revokedAt", reason from cards.certificate where serial = $1`, [serial]),
    certificatesOf: (cardId) =>
      sql.query(`select serial, revoked_at as "revokedAt", reason from cards.certificate where card_id = $1`, [cardId]),
    revokedCertificates: () =>
      sql.query(
        `select serial, revoked_at as "revokedAt", reason from cards.certificate
         where revoked_at is not null order by serial`,
      ),
  };
}
