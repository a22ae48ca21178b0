import type { Sql } from "#store";

/** A card with its chip's secrets. Only `cards.ts` reads it. */
export interface CardRow {
  id: string;
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
}

export type Pin = 1 | 2;

/** All SQL of the cards. */
export interface CardStore {
  transaction<Value>(work: (store: CardStore) => Promise<Value>): Promise<Value>;
  /** Answers `false`, changing nothing, when a card of this id is already there. */
  putCard(row: Omit<CardRow, "in_reader" | "pin1_tries" | "pin2_tries">, serials: readonly string[]): Promise<boolean>;
  card(id: string): Promise<CardRow | undefined>;
  cards(): Promise<CardRow[]>;
  /** Takes one try away if there is one left; answers how many were left before. */
  spendTry(id: string, pin: Pin): Promise<number>;
  restoreTries(id: string, pin: Pin): Promise<void>;
  place(id: string, inReader: boolean): Promise<boolean>;
  revokeCertificates(cardId: string, at: Date): Promise<number>;
  revokedCertificates(): Promise<{ serial: string; revokedAt: Date }[]>;
}

export function cardStore(sql: Sql): CardStore {
  return {
    transaction: (work) => sql.transaction((tx) => work(cardStore(tx))),
    putCard: (row, serials) =>
      sql.transaction(async (tx) => {
        const added = await tx.run(
          `insert into cards.card (id, holder, hint, authentication_key, authentication_certificate, signature_key,
             signature_certificate, pin1_salt, pin1_hash, pin2_salt, pin2_hash)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing`,
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
          ],
        );
        if (added === 0) return false;
        for (const serial of serials)
          await tx.run("insert into cards.certificate (serial, card_id) values ($1, $2)", [serial, row.id]);
        return true;
      }),
    card: (id) => sql.one("select * from cards.card where id = $1", [id]),
    cards: () => sql.query("select * from cards.card order by made_at, id"),
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
    revokeCertificates: (cardId, at) =>
      sql.run("update cards.certificate set revoked_at = $2 where card_id = $1 and revoked_at is null", [cardId, at]),
    revokedCertificates: () =>
      sql.query(
        `select serial, revoked_at as "revokedAt" from cards.certificate where revoked_at is not null order by serial`,
      ),
  };
}
